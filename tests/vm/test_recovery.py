"""The whole way of a machine, by BIOS and by UEFI, and what must be true on the way and at the end."""

import datetime
import os
import subprocess
import unittest

import recovery
from depot import resus
from rig.processes import run
from rig.room import Room

BACKUP_TIME = datetime.datetime(2026, 11, 20, 21, 14, 3, tzinfo=datetime.timezone.utc)


class RecoveryTest(unittest.TestCase):
    def test_two_machines_of_a_fleet_come_back(self):
        with Room() as room:
            depot, image, backup = recovery.prepare_depot(room)
            first = recovery.InfectedPc(room, "first", firmware="bios", bus="ahci")
            self.recover(depot, first, image, backup, "B07")
            second = recovery.InfectedPc(room, "second", firmware="uefi", bus="nvme")
            self.recover(depot, second, image, backup, "B08")
            sent = [recovery.evidence_of(depot, pc)["bytes_added"] for pc in (first, second)]
            print(f"the first machine sent {sent[0]} bytes of evidence, the second {sent[1]}")
            self.assertLess(sent[1] * 20, sent[0], "the second machine sends a small part of what the first sent")
            depot.stop()
            self.check_evidence(depot, [first, second])

    def recover(self, depot, pc, image, backup, slot):
        mac = pc.machine.mac
        pc.machine.start()
        recovery.approve(depot, pc, image, backup, slot)
        depot.wait_phase(mac, "verifying_copy", 600)
        seen = depot.machine(mac)
        if seen["phase"] == "verifying_copy":
            self.assertEqual(recovery.sha256(pc.disk), pc.before, "no byte is written before the permit")
        depot.wait_phase(mac, "verifying_install", 900)
        depot.wait_phase(mac, "ready", 300)
        pc.machine.wait_for(r"GOLDEN-READY boot=first", 120)
        pc.machine.kill()
        self.check_disk(pc, slot)

    def check_disk(self, pc, slot):
        self.assertFalse(recovery.contains(pc.disk, recovery.MARKER), "no trace of the worm on the whole disk")
        self.assertEqual(recovery.differing_partitions(pc.disk), [3], "only the restored partition differs")
        run("sfdisk", "-V", pc.disk)
        root = recovery.RootFileSystem(pc.disk)
        home = "/home/ward/Documents/patients.txt"
        self.assertEqual(root.read(home), "".join(f"{n}\n" for n in range(1, 60001)).encode())
        stat = root.stat(home)
        self.assertEqual((stat["uid"], stat["links"]), (1000, 2))
        self.assertEqual(stat["mtime"], (int(BACKUP_TIME.timestamp()), 250_000_000))
        self.assertEqual(root.stat("/home/ward/Documents/patients-link.txt")["inode"], stat["inode"])
        self.assertEqual(root.stat("/home/ward/.config/settings.ini")["mode"], 0o600)
        self.assertIn("kept by the restore", root.attribute(home, "user.comment"))
        self.assertEqual(root.read("/etc/hostname").strip().decode(), "pc-" + slot.lower())

    def check_evidence(self, depot, pcs):
        listed = resus("evidence", "list", "--store", depot.store)
        self.assertEqual(len(listed), len(pcs))
        for evidence in listed:
            self.assertTrue(resus("evidence", "verify", evidence["id"], "--store", depot.store)["ok"])
            with subprocess.Popen([recovery_program(), "evidence", "export", evidence["id"], "--store", depot.store,
                                   "--output", "-"], stdout=subprocess.PIPE) as export:
                digest = subprocess.run(["sha256sum"], stdin=export.stdout, capture_output=True, check=True).stdout
            self.assertEqual(digest.split()[0].decode(), pcs[0].before, "the export is the disk as it was")
        self.assertTrue(resus("custody", "verify", "--store", depot.store)["ok"])


def recovery_program():
    from depot import RESUS
    return RESUS


if __name__ == "__main__":
    unittest.main()
