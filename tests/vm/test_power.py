"""Power cuts of the machine and SIGKILL of the depot, phase by phase: it goes on by itself to the same end."""

import os
import random
import time
import unittest

import recovery
from depot import PHASES, resus
from rig.processes import run
from rig.room import Room

LONG = os.environ.get("RESUS_LONG") == "1"
DISK_BYTES = 1100 * recovery.MIB
SLOW_BYTES = 8 * recovery.MIB  # the golden image has 360 MB: three quarters of a minute


def make_foreign_disk(path):
    """Little in common with the golden image, so that every phase lasts long enough to be cut."""
    rng = random.Random(77)
    with open(path, "wb") as disk:
        disk.truncate(DISK_BYTES)
        for number in range(24):
            disk.seek(number * 40 * recovery.MIB + 5000)
            disk.write(recovery.MARKER + rng.randbytes(recovery.MIB))


class PowerRig(unittest.TestCase):
    """How a machine is recovered with cuts on the way."""

    def reach(self, depot, mac, phase, fraction=0.0):
        """Waits until the phase is under way by so much. A phase that was left already is a failure of the test."""
        deadline = time.monotonic() + 600
        machine = None
        while time.monotonic() < deadline:
            machine = depot.machine(mac)
            if machine is None:  # it has not spoken to the depot yet
                time.sleep(0.5)
                continue
            self.assertNotIn(machine["condition"], ("failed", "needs_you"), machine)
            self.assertLessEqual(PHASES.index(machine["phase"]), PHASES.index(phase), f"{phase} was too short to cut")
            progress = machine.get("progress") or {}
            share = progress.get("done", 0) / progress["total"] if progress.get("total") else 0.0
            if machine["phase"] == phase and (fraction == 0 or share >= fraction):
                return machine
            time.sleep(0.05)
        self.fail(f"{phase} was not reached: {machine}")

    def cut(self, depot, pc, who, phase, fraction):
        if phase == "imaging":  # on a quick host it would be over before it is seen
            pc.machine.slow_writes(SLOW_BYTES)
        self.reach(depot, pc.machine.mac, phase, fraction)
        if who in ("machine", "both"):
            pc.machine.kill()
        if who in ("depot", "both"):
            depot.kill()
            depot.start()
        if who in ("machine", "both"):
            pc.machine.start()
        print(f"cut {who} in {phase}", flush=True)

    def recover(self, cuts, firmware="bios", bus="virtio", before_approval=()):
        with Room() as room:
            depot, image, backup = recovery.prepare_depot(room)
            source = room.path("source.img")
            make_foreign_disk(source)
            pc = recovery.InfectedPc(room, "pc", firmware=firmware, bus=bus, source=source)
            os.unlink(source)
            pc.machine.start()
            for who in before_approval:
                self.cut(depot, pc, who, "awaiting_approval", 0)
                pc.code_on_screen()
                self.assertEqual(recovery.sha256(pc.disk), pc.before)
            recovery.approve(depot, pc, image, backup, "C01")
            for who, phase, fraction in cuts:
                self.cut(depot, pc, who, phase, fraction)
            depot.wait_phase(pc.machine.mac, "ready", 900, bad=("failed",))
            pc.machine.kill()
            depot.stop()
            self.check(depot, pc)

    def check(self, depot, pc):
        evidence = resus("evidence", "list", "--store", depot.store)
        self.assertEqual(len(evidence), 1, "no evidence is lost or stored twice")
        self.assertEqual(evidence[0]["sha256"], pc.before)
        self.assertTrue(resus("evidence", "verify", evidence[0]["id"], "--store", depot.store)["ok"])
        self.assertTrue(resus("custody", "verify", "--store", depot.store)["ok"])
        self.assertFalse(recovery.contains(pc.disk, recovery.MARKER))
        self.assertEqual(recovery.differing_partitions(pc.disk), [recovery.ROOT, recovery.DATA])
        run("sfdisk", "-V", pc.disk)
        root = recovery.RootFileSystem(pc.disk)
        self.assertIn(b"60000\n", root.read("/home/ward/Documents/patients.txt"))
        listing = root.ask("ls -p /") + root.ask("ls -p /home/ward")
        self.assertNotIn("resus-staging", listing, "nothing of the staging is left")
        with recovery.DataPartition(pc.disk) as data:
            self.assertEqual(sorted(os.listdir(data)), ["Patients"])
            with open(os.path.join(data, "Patients/list.csv"), "rb") as file:
                self.assertEqual(sum(1 for _ in file), 90000)


class PowerTest(PowerRig):
    def test_both_sides_lose_power_in_one_recovery(self):
        self.recover([("machine", "copying", 0.3), ("depot", "copying", 0.2), ("depot", "imaging", 0.2),
                      ("machine", "imaging", 0.4), ("machine", "restoring", 0), ("machine", "verifying_install", 0)])


if LONG:
    class EveryPhaseTest(PowerRig):
        """The whole matrix: scripts/test --long."""

        def test_the_machine_loses_power_in_every_phase_by_uefi(self):
            self.recover([("machine", phase, 0) for phase in PHASES[2:8]], firmware="uefi", bus="nvme")

        def test_the_depot_loses_power_in_every_phase(self):
            self.recover([("depot", phase, 0) for phase in PHASES[2:8]], bus="ahci")

        def test_cuts_before_approval_and_of_both_sides_at_once(self):
            self.recover([("both", "copying", 0.3), ("both", "imaging", 0.3), ("both", "restoring", 0)],
                         before_approval=("machine", "depot", "both"))


if __name__ == "__main__":
    unittest.main()
