"""The real agent and the real depot when the evidence disk is full: the copy waits, and goes on by itself."""

import os
import subprocess
import unittest

import test_agent_depot as rig

DISK_BYTES = 1400 * rig.MIB  # sparse; the depot keeps 1 GiB in reserve
FILLER_BYTES = 400 * rig.MIB


class FullDisk(unittest.TestCase):
    def put_the_depot_on_a_small_disk(self, room):
        with open(room.path("small.img"), "wb") as file:
            file.truncate(DISK_BYTES)
        rig.run("mke2fs", "-q", "-t", "ext4", "-m", "0", room.path("small.img"))
        os.mkdir(room.data)
        loop = rig.attach(room.path("small.img"))
        self.addCleanup(rig.detach, loop)
        rig.run("mount", loop, room.data)
        self.addCleanup(subprocess.run, ["umount", room.data], capture_output=True)
        self.addCleanup(room.close)  # first: the depot's files must be closed

    def test_the_copy_waits_for_room_and_goes_on_by_itself(self):
        room = rig.Room(self)
        self.put_the_depot_on_a_small_disk(room)
        room.prepare()
        filler = os.path.join(room.data, "filler")
        rig.run("fallocate", "-l", str(FILLER_BYTES), filler)
        room.start_depot()
        room.start_agent()
        room.wait_until(lambda: (room.machine() or {}).get("code") == "E-SPACE-01", "E-SPACE-01")
        self.assertEqual(room.machine()["phase"], "copying")
        self.assertEqual(rig.sha256(room.disk), room.before)
        os.unlink(filler)
        room.wait_until(lambda: room.machine()["code"] != "E-SPACE-01", "the copy to go on")
        room.wait_phase("verifying_install")
        room.wait_until(lambda: room.agent.poll() == 0, "the restart")
        room.check_the_end()


if __name__ == "__main__":
    unittest.main(verbosity=2)
