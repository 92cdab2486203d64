"""How much memory the real programs take at most: over the size of the disk, over its fragments, over the machines at once."""

import json
import os
import random
import subprocess
import sys
import threading
import unittest

import test_agent_depot as rig

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from running_depot import resus  # noqa: E402

MIB = 1 << 20
GIB = 1 << 30
BLOCK = 4096
RUN_BYTES = 256  # the store's side of a copy: a run of the map in three forms (offered, placed, encoded) and its index entry
AGENT_MIB = 300
DEPOT_MIB, MACHINE_MIB = 400, 64


def sparse_disk(path, size):
    with open(path, "wb") as disk:
        disk.write(b"a mostly empty disk")
        disk.truncate(size)
    return path


def fragmented_disk(path, size):
    """Every other block holds data that no other block has: the worst a map can meet."""
    source = random.Random(size)
    with open(path, "wb") as disk:
        piece = bytearray(MIB)
        for _ in range(size // MIB):
            for at in range(0, MIB, 2 * BLOCK):
                piece[at:at + 16] = source.randbytes(16)
            disk.write(piece)
    return path


def full_disk(path, size, seed):
    source = random.Random(seed)
    with open(path, "wb") as disk:
        for _ in range(size // MIB):
            disk.write(source.randbytes(MIB))
    return path


def peak_mib(process):
    """VmHWM of a process that still runs; None when it has ended."""
    try:
        with open(f"/proc/{process.pid}/status") as status:
            return next((int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:")), None)
    except FileNotFoundError:
        return None


class Watch:
    """Looks at a process until it ends: its peak only grows, so the last look is the peak."""

    def __init__(self, process):
        self.mib = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(process,), daemon=True)
        self._thread.start()

    def _look(self, process):
        while not self._ended.wait(0.01):
            peak = peak_mib(process)
            if peak is None:
                return
            self.mib = peak

    def end(self):
        self._ended.set()
        self._thread.join()
        return self.mib


class Workbench(unittest.TestCase):
    def acquire(self, make, size):
        """Peak memory in MiB of `resus evidence acquire` on such a disk."""
        folder = rig.tempfile.mkdtemp(prefix="resus-memory-")
        self.addCleanup(rig.shutil.rmtree, folder)
        disk = make(os.path.join(folder, "disk.img"), size)
        program = subprocess.Popen([rig.RESUS, "evidence", "acquire", disk, "--store", folder + "/store", "--verify"],
                                   stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(program.returncode, 0)
        rig.shutil.rmtree(folder + "/store")
        os.unlink(disk)
        print(f"acquire {make.__name__} of {size // MIB} MiB: {used.ru_maxrss // 1024} MiB", flush=True)
        return used.ru_maxrss / 1024

    def test_does_not_grow_with_an_empty_disk(self):
        small, large = self.acquire(sparse_disk, 512 * MIB), self.acquire(sparse_disk, 4 * GIB)
        self.assertLess(large, AGENT_MIB)
        # Buffers in flight differ from run to run by a few MiB; a byte for every 4 KiB block would be 2 MiB, a leaf of the tree 64.
        self.assertLess(large - small, 24)

    def test_grows_with_the_runs_of_a_fragmented_disk_and_no_faster(self):
        small, large = self.acquire(fragmented_disk, 128 * MIB), self.acquire(fragmented_disk, 384 * MIB)
        runs = 256 * MIB // BLOCK
        self.assertLess(large - small, 24 + runs * RUN_BYTES / MIB)


class Machine:
    """One more agent of a room's depot, with a disk and an identity of its own."""

    def __init__(self, room, number, disk):
        self.loop = rig.attach(disk)
        room.test.addCleanup(rig.detach, self.loop)
        state = room.path(f"state-{number}")
        with open(room.path("identity.json")) as file:
            identity = json.load(file)
        identity["smbios"]["uuid"] = f"4c4c4544-0001-4000-8000-0000000001{number:02x}"
        identity["smbios"]["serial"] = f"M{number}"
        identity["links"][0]["mac"] = f"52:54:00:00:01:{number:02x}"
        with open(room.path(f"identity-{number}.json"), "w") as file:
            json.dump(identity, file)
        self.agent = room.start(f"agent-{number}", [
            rig.AGENT, "--config", room.path("agent.json"), "--state", state, "--disk", self.loop, "--identity",
            room.path(f"identity-{number}.json"), "--phone-home", rig.PHONE_HOME, "--status-port", "0", "--no-reboot"])
        self.watch = Watch(self.agent)
        room.test.addCleanup(subprocess.run, ["umount", state + "/target"], capture_output=True)
        room.test.addCleanup(self.end)

    def end(self):
        if self.agent.poll() is None:
            self.agent.kill()
            self.agent.wait()
        return self.watch.end()


def machines(room):
    return room.api("/api/v1/snapshot")["machines"]


def all_reached(room, count, phase):
    """A machine that stops on the way fails the test with what it says."""
    now = machines(room)
    for machine in now:
        if machine["condition"] in ("failed", "needs_you"):
            room.test.fail(f"{json.dumps(machine)}\n{room.logs()}")
    return len(now) == count and all(rig.PHASES.index(m["phase"]) >= rig.PHASES.index(phase) for m in now)


class RoomTest(unittest.TestCase):
    def room(self):
        room = rig.Room(self)
        room.prepare()
        open(room.path("agent.log"), "wb").close()
        room.start_depot()
        return room


class Rooms(RoomTest):
    def whole_way(self, room, number, size):
        """Peak memory in MiB of an agent that goes from its first contact to the restart."""
        machine = Machine(room, number, sparse_disk(room.path(f"disk-{number}.img"), size))
        room.wait_until(lambda: all_reached(room, number, "verifying_install"), "the install")
        room.wait_until(lambda: machine.agent.poll() == 0, "the restart")
        mib = machine.end()
        print(f"agent, disk of {size // MIB} MiB: {mib:.0f} MiB", flush=True)
        return mib

    def test_an_agent_does_not_grow_with_its_disk(self):
        room = self.room()
        small, large = self.whole_way(room, 1, 512 * MIB), self.whole_way(room, 2, 4 * GIB)
        self.assertLess(large, AGENT_MIB)
        self.assertLess(large - small, 24)  # as of the workbench

    def test_a_depot_stays_small_with_machines_a_new_image_and_an_export_at_once(self):
        count = 3
        room = self.room()
        watch = Watch(room.depot)
        full_disk(room.path("second.img"), 128 * MIB, 0)
        for number in range(1, count + 1):
            Machine(room, number, full_disk(room.path(f"disk-{number}.img"), 192 * MIB, number))
        room.wait_until(lambda: any(m["phase"] == "copying" for m in machines(room)), "a copy")
        job = resus("image", "import", room.path("second.img"), "--name", "second", "--detach", "--data", room.data)
        room.wait_until(lambda: all_reached(room, count, "imaging"), "the copies")
        evidence = room.api("/api/v1/evidence")["evidence"]
        self.assertEqual(len(evidence), count)
        with open(os.devnull, "wb") as nowhere:
            subprocess.run([rig.RESUS, "evidence", "export", evidence[0]["id"], "--output", "-", "--data", room.data],
                           stdout=nowhere, check=True)
        room.wait_until(lambda: resus("job", "show", job["id"], "--data", room.data)["state"] == "done", "the image")
        mib = watch.end()
        print(f"depot, {count} machines, an import and an export: {mib:.0f} MiB", flush=True)
        self.assertLess(mib, DEPOT_MIB + MACHINE_MIB * count)


if __name__ == "__main__":
    unittest.main(verbosity=2)
