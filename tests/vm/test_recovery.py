"""The whole way of a machine, by BIOS and by UEFI, and what must be true on the way and at the end."""

import base64
import datetime
import hashlib
import io
import os
import re
import subprocess
import tarfile
import unittest

import recovery
from depot import REPOSITORY, RESUS, resus
from rig.processes import run
from rig.room import Room

BACKUP_TIME = datetime.datetime(2026, 11, 20, 21, 14, 3, tzinfo=datetime.timezone.utc)
SHOTS = os.path.join(os.environ.get("RESUS_RESULTS", os.path.join(REPOSITORY, "build")), "dashboard")


class Browser:
    """A technician at the dashboard: signs in, approves, watches one machine become ready."""

    def __init__(self, room, depot, pc, image, backup, slot):
        user, password = re.search(r"sign in\s+(\S+) / (\S+)", depot.log()).groups()
        port = room.forward(depot.ports["https"])
        script = os.path.join(REPOSITORY, "tests", "ui", "follow-recovery.mjs")
        self.process = subprocess.Popen(
            ["node", script, "--url", f"https://127.0.0.1:{port}", "--user", user, "--password", password, "--shots", SHOTS,
             "--code", pc.code_on_screen(), "--slot", slot, "--image", image["id"], "--backup", backup["id"],
             "--timeout", "900", "--allow-restart"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        room.on_close(self.process.kill)

    def finish(self):
        output = self.process.communicate(timeout=900)[0]
        print(output)
        if self.process.returncode:
            raise AssertionError(f"the browser saw something wrong:\n{output}")


def share_done(machine):
    progress = machine.get("progress") or {}
    return progress["done"] / progress["total"] if progress.get("total") else 0.0


def unpacked(archive):
    return io.BytesIO(subprocess.run(["zstd", "-dc", archive], check=True, capture_output=True).stdout)


def files_below(folder):
    """Every name below the folder, relative to it."""
    return {os.path.relpath(os.path.join(where, name), folder)
            for where, folders, files in os.walk(folder) for name in folders + files}


class RecoveryTest(unittest.TestCase):
    def test_two_machines_of_a_fleet_come_back(self):
        with Room() as room:
            depot, image, backup = recovery.prepare_depot(room)
            first = recovery.InfectedPc(room, "first", firmware="bios", bus="ahci")
            first.machine.start()
            recovery.approve(depot, first, image, backup, "B07")
            self.watch_to_the_end(depot, first, "B07")
            second = recovery.InfectedPc(room, "second", firmware="uefi", bus="nvme", tpm=True)
            second.machine.start()
            browser = Browser(room, depot, second, image, backup, "B08")
            depot.wait_phase(second.machine.mac, "copying", 240)
            depot.kill()  # the pages must come back by themselves
            depot.start()
            self.watch_to_the_end(depot, second, "B08", hostname=None)
            browser.finish()
            sent = [recovery.evidence_of(depot, pc)["bytes_added"] for pc in (first, second)]
            print(f"the first machine sent {sent[0]} bytes of evidence, the second {sent[1]}")
            self.assertLess(sent[1] * 20, sent[0], "the second machine sends a small part of what the first sent")
            self.check_firmware(depot)
            depot.stop()
            self.check_evidence(depot, [first, second])

    def watch_to_the_end(self, depot, pc, slot, hostname="pc-"):
        mac = pc.machine.mac
        self.check_untouched_so_far(depot, pc)
        depot.wait_phase(mac, "ready", 900)
        pc.machine.wait_for(r"GOLDEN-READY boot=first", 120)
        pc.machine.kill()
        self.check_disk(pc, hostname and hostname + slot.lower())

    def check_untouched_so_far(self, depot, pc):
        """Freezes the PC near the end of its copy: whatever it did to its disk until then must be nothing."""
        depot.wait_for(pc.machine.mac, lambda m: m["phase"] != "queued" and share_done(m) > 0.9, "most of the copy", 600)
        pc.machine.qmp("stop")
        self.assertIn(depot.machine(pc.machine.mac)["phase"], ("copying", "verifying_copy"), "no permit was signed yet")
        self.assertEqual(recovery.sha256(pc.disk), pc.before, "no byte is written before the permit")
        pc.machine.qmp("cont")

    def check_disk(self, pc, hostname):
        self.assertFalse(recovery.contains(pc.disk, recovery.MARKER), "no trace of the worm on the whole disk")
        self.assertEqual(recovery.differing_partitions(pc.disk), [recovery.ROOT, recovery.DATA], "only what was restored to differs")
        self.check_data(pc)
        run("sfdisk", "-V", pc.disk)
        self.check_home(pc, hostname)

    def check_home(self, pc, hostname):
        """The files of the root partition's user are those of the backup, with all that tar keeps of them."""
        patients = "/home/ward/Documents/patients.txt"
        with recovery.RootFileSystem(pc.disk) as root:
            self.assertEqual(root.read(patients), "".join(f"{n}\n" for n in range(1, 60001)).encode())
            stat = root.stat(patients)
            self.assertEqual((stat["uid"], stat["links"]), (1000, 2))
            self.assertEqual(stat["mtime"], (int(BACKUP_TIME.timestamp()), 250_000_000))
            self.assertEqual(root.stat("/home/ward/Documents/patients-link.txt")["inode"], stat["inode"])
            self.assertEqual(root.stat("/home/ward/.config/settings.ini")["mode"], 0o600)
            self.assertIn("kept by the restore", root.attribute(patients, "user.comment"))
            if hostname:
                self.assertEqual(root.read("/etc/hostname").strip().decode(), hostname)

    def check_data(self, pc):
        """The files of the NTFS partition are those of its backup, and nothing else of it changed."""
        mtime = int(BACKUP_TIME.timestamp()) * 10**9 + 250_000_000
        with recovery.DataPartition(pc.disk) as folder, tarfile.open(fileobj=unpacked(recovery.DATA_BACKUP)) as backup:
            names = {name for name in backup.getnames() if os.path.basename(name) != "aux.txt"}  # a device to Windows
            self.assertEqual(files_below(folder), names)
            for name in names:
                path, member = os.path.join(folder, name), backup.getmember(name)
                self.assertEqual(os.stat(path).st_mtime_ns, mtime, name)
                if member.isfile():
                    with open(path, "rb") as found:
                        self.assertEqual(found.read(), backup.extractfile(member).read(), name)
            with open(os.path.join(folder, "Patients/list.csv:comment"), "rb") as stream:
                self.assertEqual(stream.read(), b"kept by the restore")
        self.assertLess(recovery.changed_bytes(pc.disk, recovery.DATA),
                        os.path.getsize(recovery.DATA_BACKUP) + 2 * recovery.MIB)

    def check_firmware(self, depot):
        """The record of the UEFI machine says what starts it and what its TPM was told; that of the BIOS machine nothing."""
        found = {}
        for evidence in depot.api("GET", "/api/v1/evidence")["evidence"]:
            report = depot.api("GET", f"/api/v1/evidence/{evidence['id']}/report.json")
            found[report["disk"]["serial"]] = report["disk"].get("machine_firmware")
        self.assertEqual(found["SER-FIRST"], {})
        firmware = found["SER-SECOND"]
        entries = {entry["number"]: entry["description"] for entry in firmware["boot"]["entries"]}
        self.assertIn("UEFI PXEv4", entries[firmware["boot"]["current"]], "it came over the network")
        self.assertTrue(any("NVMe" in entries.get(number, "") for number in firmware["boot"]["order"]), firmware["boot"])
        values = {variable["name"]: variable for variable in firmware["variables"]}
        self.assertEqual(base64.b64decode(values["SecureBoot"]["value"]), b"\0")
        log = base64.b64decode(firmware["tpm_log"]["log"])
        self.assertEqual(hashlib.sha256(log).hexdigest(), firmware["tpm_log"]["sha256"])
        self.assertIn(b"Spec ID Event03", log[:64], "TCG PC Client Platform Firmware Profile 1.05, 10.4.5.1")

    def check_evidence(self, depot, pcs):
        listed = resus("evidence", "list", "--store", depot.store)
        self.assertEqual(len(listed), len(pcs))
        for evidence in listed:
            self.assertTrue(resus("evidence", "verify", evidence["id"], "--store", depot.store)["ok"])
            export = subprocess.Popen([RESUS, "evidence", "export", evidence["id"], "--store", depot.store,
                                       "--output", "-"], stdout=subprocess.PIPE)
            digest = subprocess.run(["sha256sum"], stdin=export.stdout, capture_output=True, check=True).stdout
            self.assertEqual(export.wait(), 0)
            self.assertEqual(digest.split()[0].decode(), pcs[0].before, "the export is the disk as it was")
        self.assertTrue(resus("custody", "verify", "--store", depot.store)["ok"])


if __name__ == "__main__":
    unittest.main()
