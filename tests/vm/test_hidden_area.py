"""A disk with a Host Protected Area: it stops and asks, or the plan lifts the area, copies it too and leaves it as it was."""

import base64
import json
import os
import subprocess
import unittest

import recovery
from depot import CACHE, REPOSITORY, RESUS, resus
from rig.processes import run
from rig.room import Room

HIDDEN_BYTES = 48 * recovery.MIB
HIDDEN_MARKER = b"RESUS-TEST-HIDDEN-AREA"
QEMU = os.path.join(CACHE, "hpa-qemu")


def grown(path):
    """The infected disk with a hidden area behind its end: what it was told to be is what its table says."""
    run("cp", "--sparse=always", recovery.INFECTED, path)
    with open(path, "r+b") as disk:
        end = disk.seek(0, os.SEEK_END)
        for offset in (0, 5 * recovery.MIB, HIDDEN_BYTES - 512):
            disk.seek(end + offset)
            disk.write(HIDDEN_MARKER.ljust(512))
    return end


def tail_of(path, offset):
    with open(path, "rb") as disk:
        disk.seek(offset)
        return disk.read()


def custody(depot):
    """The lines of the custody log, their signatures aside."""
    with open(os.path.join(depot.store, "custody.log")) as log:
        return [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in log]


class HiddenAreaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run(os.path.join(REPOSITORY, "tests", "vm", "make-hpa-qemu"), QEMU, timeout_s=3600)

    def infected(self, room, name):
        source = room.path("source.img")
        end = grown(source)
        pc = recovery.InfectedPc(room, name, bus="ahci", source=source, qemu=os.path.join(QEMU, "qemu-system-x86_64"))
        pc.machine.disks[0].hpa_sectors = HIDDEN_BYTES // 512
        os.unlink(source)
        return pc, end

    def test_a_hidden_area_is_told_and_waits_for_somebody(self):
        with Room() as room:
            depot, image, backup = recovery.prepare_depot(room)
            pc, end = self.infected(room, "pc")
            pc.machine.start()
            recovery.approve(depot, pc, image, backup, "C01")
            seen = depot.wait_for(pc.machine.mac, lambda m: m["condition"] == "needs_you", "a question", 240)
            self.assertEqual(seen["code"], "E-DISK-05")
            self.assertEqual(seen["disk"]["size_bytes"], end)
            shown = str(depot.api("GET", f"/api/v1/machines/{seen['id']}"))
            self.assertIn(f"{HIDDEN_BYTES // 512} sectors ({HIDDEN_BYTES} bytes)", shown)
            pc.machine.kill()
            self.assertEqual(recovery.sha256(pc.disk), pc.before)

    def test_the_plan_lifts_it_and_nothing_is_laid_down_in_it(self):
        with Room() as room:
            depot, image, backup = recovery.prepare_depot(room, plan={"lift_hidden_areas": True})
            pc, end = self.infected(room, "pc")
            hidden = tail_of(pc.disk, end)
            pc.machine.start()
            recovery.approve(depot, pc, image, backup, "C01")
            depot.wait_phase(pc.machine.mac, "imaging", 600)
            pc.machine.reset()  # no power cycle: its kernel finds the area lifted and has nothing to tell
            depot.wait_phase(pc.machine.mac, "ready", 900)
            pc.machine.wait_for(r"GOLDEN-READY boot=first", 240)
            pc.machine.kill()
            self.check_copy(depot, pc, end)
            self.check_disk(pc, end, hidden)
            pc.machine.start()  # the power cycle: the area is hidden again
            pc.machine.wait_for(r"GOLDEN-READY boot=again", 240)
            pc.machine.kill()
            depot.stop()
            self.check_export(depot, pc)

    def check_copy(self, depot, pc, end):
        evidence = recovery.evidence_of(depot, pc)
        report = depot.api("GET", f"/api/v1/evidence/{evidence['id']}/report.json")
        disk = report["disk"]
        self.assertEqual((disk["size_bytes"], disk["lasting_bytes"]), (end + HIDDEN_BYTES, end))
        self.assertEqual([question["kind"] for question in disk["questions"]], ["lifted_area"])
        self.assertIn(f"{HIDDEN_BYTES // 512} sectors", disk["questions"][0]["text"])
        permits = [line["details"] for line in custody(depot) if line["action"] == "permit.issue"]
        self.assertTrue(permits)
        for permit in permits:
            self.assertEqual((permit["disk_bytes"], permit["lasting_bytes"]), (end + HIDDEN_BYTES, end))

    def check_export(self, depot, pc):
        evidence = resus("evidence", "list", "--store", depot.store)[0]
        export = subprocess.Popen([RESUS, "evidence", "export", evidence["id"], "--store", depot.store, "--output", "-"],
                                  stdout=subprocess.PIPE)
        digest = subprocess.run(["sha256sum"], stdin=export.stdout, capture_output=True, check=True).stdout
        self.assertEqual(export.wait(), 0)
        self.assertEqual(digest.split()[0].decode(), pc.before, "the copy is all of the disk, the hidden area too")

    def check_disk(self, pc, end, hidden):
        self.assertEqual(tail_of(pc.disk, end), hidden, "the hidden area is as it was")
        self.assertFalse(recovery.contains(pc.disk, recovery.MARKER), "no trace of the worm on the whole disk")
        self.assertEqual(recovery.differing_partitions(pc.disk), [recovery.ROOT, recovery.DATA])
        os.truncate(pc.disk, end)  # what the firmware shows after the power cycle
        run("sfdisk", "-V", pc.disk)
        with open(pc.disk, "rb") as disk:
            disk.seek(end - 512)
            self.assertEqual(disk.read(8), b"EFI PART", "the second partition table is at the end that lasts")
        with open(pc.disk, "r+b") as disk:
            disk.seek(end)
            disk.write(hidden)


if __name__ == "__main__":
    unittest.main()
