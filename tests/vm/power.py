"""How a machine is recovered with power cuts on the way: it goes on by itself to the same end."""

import os
import random
import re
import time
import unittest

import recovery
from depot import PHASES, resus
from rig.processes import run
from rig.room import Room

DISK_BYTES = 1100 * recovery.MIB
SLOW_BYTES = 8 * recovery.MIB  # the golden image has 360 MB: three quarters of a minute
STAGES = {"copying": "copy", "imaging": "install"}  # what the machine's screen calls the long phases


def make_foreign_disk(path):
    """Little in common with the golden image, so that every phase lasts long enough to be cut."""
    rng = random.Random(77)
    with open(path, "wb") as disk:
        disk.truncate(DISK_BYTES)
        for number in range(24):
            disk.seek(number * 40 * recovery.MIB + 5000)
            disk.write(recovery.MARKER + rng.randbytes(recovery.MIB))


def at_work(pc, phase, fraction):
    """Whether the machine, since it was last switched on, has done so much of the phase. The depot alone does not know:
    after a cut it still shows what it heard last, while the machine is booting."""
    if phase not in STAGES:
        return True
    shares = re.findall(rf"resus .* {STAGES[phase]} (\d+) %", pc.machine.console())
    return bool(shares) and int(shares[-1]) >= 100 * fraction


class PowerRig(unittest.TestCase):
    """How a machine is recovered with cuts on the way."""

    def reach(self, depot, pc, phase, fraction=0.0):
        """Waits until the machine is in the phase, for its depot and on its own screen. A phase that was left already
        is a failure of the test."""
        deadline = time.monotonic() + 600
        machine = None
        while time.monotonic() < deadline:
            machine = depot.machine(pc.machine.mac)
            if machine is None:  # it has not spoken to the depot yet
                time.sleep(0.5)
                continue
            self.assertNotIn(machine["condition"], ("failed", "needs_you"), machine)
            self.assertLessEqual(PHASES.index(machine["phase"]), PHASES.index(phase), f"{phase} was too short to cut")
            if machine["phase"] == phase and at_work(pc, phase, fraction):
                return
            time.sleep(0.05)
        self.fail(f"{phase} was not reached: {machine}\n{depot.log()}")

    def cut(self, depot, pc, who, phase, fraction=0.0):
        if phase == "imaging":  # on a quick host it would be over before it is seen
            pc.machine.slow_writes(SLOW_BYTES)
        if phase != "queued":  # that was begun by the approval a moment ago and lasts no longer than a second
            self.reach(depot, pc, phase, fraction)
        if who in ("machine", "both"):
            pc.machine.kill()
        if who in ("depot", "both"):
            depot.kill()
            depot.start()
        if who in ("machine", "both"):
            pc.machine.start()
        print(f"{time.monotonic() - self.begun:4.0f} s: cut {who} in {phase}", flush=True)

    def recover(self, cuts, firmware="bios", bus="virtio", before_approval=()):
        self.begun = time.monotonic()
        with Room() as room:
            depot, image, backup = recovery.prepare_depot(room)
            source = room.path("source.img")
            make_foreign_disk(source)
            pc = recovery.InfectedPc(room, "pc", firmware=firmware, bus=bus, source=source)
            os.unlink(source)
            pc.machine.start()
            for who in before_approval:
                self.cut(depot, pc, who, "awaiting_approval")
                pc.code_on_screen()
                self.assertEqual(recovery.sha256(pc.disk), pc.before)
            recovery.approve(depot, pc, image, backup, "C01")
            for cut in cuts:
                self.cut(depot, pc, *cut)
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
        with recovery.RootFileSystem(pc.disk) as root:
            self.assertIn(b"60000\n", root.read("/home/ward/Documents/patients.txt"))
            listing = root.ask("ls -p /") + root.ask("ls -p /home/ward")
            self.assertNotIn("resus-staging", listing, "nothing of the staging is left")
        with recovery.DataPartition(pc.disk) as data:
            self.assertEqual(sorted(os.listdir(data)), ["Patients"])
            with open(os.path.join(data, "Patients/list.csv"), "rb") as file:
                self.assertEqual(sum(1 for _ in file), 90000)
