"""The real agent and the real depot when the network between them is cut, and when the machine comes back with another disk."""

import json
import os
import shutil
import sys
import unittest

import test_agent_depot as rig

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from relay import Relay  # noqa: E402

NEW_BYTES = 24 * rig.MIB  # of the disk; half of them lie where the golden image has its bulk


class Cuts(unittest.TestCase):
    def setUp(self):
        self.room = rig.Room(self)
        self.room.prepare()
        with open(self.room.path("golden.img"), "rb") as golden, open(self.room.path("tree/var/bulk"), "rb") as bulk:
            place = golden.read().index(bulk.read(4096))
        with open(self.room.disk, "r+b") as file:
            for begin in (place, 100 * rig.MIB):
                file.seek(begin)
                file.write(os.urandom(NEW_BYTES // 2))
        self.room.before = rig.sha256(self.room.disk)

    def through_a_relay(self):
        relay = Relay(self.room.ports["agent"])
        self.addCleanup(relay.close)
        with open(self.room.path("agent.json")) as file:
            config = json.load(file)
        with open(self.room.path("agent.json"), "w") as file:
            json.dump({**config, "agent_port": relay.port}, file)
        return relay

    def wait_out(self, relay, phase):
        """Waits for the cut, and until the agent has tried again in vain."""
        self.room.wait_until(relay.is_cut, f"the cut while {phase}")
        before = relay.turned_away
        self.room.wait_until(lambda: relay.turned_away > before + 1, "the agent to try again")
        self.assertEqual(self.room.machine()["phase"], phase)

    def test_a_network_that_is_cut_is_waited_out(self):
        room = self.room
        room.start_depot()
        relay = self.through_a_relay()
        relay.cut_behind(sent=NEW_BYTES // 2)
        room.start_agent()
        self.wait_out(relay, "copying")
        relay.cut_behind(sent=NEW_BYTES // 4)
        relay.mend()
        self.wait_out(relay, "copying")
        relay.cut_behind(received=4 * rig.MIB)  # a golden image is received, what is copied is sent
        relay.mend()
        self.wait_out(relay, "imaging")
        self.assertLess(relay.sent, NEW_BYTES * 3 // 2, "what had arrived was sent again")
        relay.mend()
        room.wait_phase("verifying_install")
        room.wait_until(lambda: room.agent.poll() == 0, "the restart")
        room.check_the_end()

    def a_moment_of_silence(self, relay, phase):
        self.room.wait_until(relay.is_silent, f"the silence while {phase}")
        self.assertEqual(self.room.machine()["phase"], phase)
        self.assertGreater(relay.lost, 0)
        relay.mend()

    def test_connections_that_fall_silent_are_given_up(self):
        room = self.room
        room.start_depot()
        relay = self.through_a_relay()
        relay.silence_behind(sent=NEW_BYTES // 2)
        room.start_agent()
        self.a_moment_of_silence(relay, "copying")
        room.wait_until(lambda: room.machine()["phase"] == "imaging", "the evidence in spite of it")
        relay.silence_behind(received=4 * rig.MIB)
        self.a_moment_of_silence(relay, "imaging")
        room.wait_phase("verifying_install")
        room.wait_until(lambda: room.agent.poll() == 0, "the restart")
        room.check_the_end()

    def swap(self, disk):
        """The machine is off meanwhile."""
        rig.detach(self.room.loop)
        self.room.loop = rig.attach(disk)

    def test_another_disk_at_the_next_start_is_neither_copied_nor_written(self):
        room = self.room
        other = shutil.copy(room.disk, room.path("other.img"))  # as large, with the same content, and another serial number
        room.start_depot()
        relay = self.through_a_relay()
        relay.cut_behind(sent=NEW_BYTES // 2)
        room.start_agent()
        self.cut_once_by_power(relay)
        self.swap(other)
        room.start_agent()
        room.wait_until(lambda: ((room.machine() or {}).get("code") or "").startswith("E-DISK-"), "the refusal")
        machine = room.machine()
        self.assertEqual((machine["code"], machine["phase"], machine["condition"]), ("E-DISK-02", "copying", "needs_you"), machine)
        self.assertEqual(room.api("/api/v1/evidence")["evidence"], [])
        room.kill(room.agent)
        self.swap(room.disk)
        self.assertEqual((rig.sha256(other), rig.sha256(room.disk)), (room.before, room.before))

    def cut_once_by_power(self, relay):
        self.room.wait_until(relay.is_cut, "the middle of the copy")
        self.room.kill(self.room.agent)
        relay.mend()


if __name__ == "__main__":
    unittest.main(verbosity=2)
