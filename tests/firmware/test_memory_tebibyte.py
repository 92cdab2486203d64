"""How much memory the copy of a disk of 1 TiB takes. A quarter of an hour and more: it belongs to the long run."""

import unittest

import test_memory as memory


class Tebibyte(memory.RoomTest):
    def test_an_agent_has_room_to_copy_it(self):
        room = self.room()
        watch = memory.Watch(room.depot)
        machine = memory.Machine(room, 1, memory.sparse_disk(room.path("disk-1.img"), 1024 * memory.GIB))
        room.wait_until(lambda: memory.all_reached(room, 1, "verifying_copy"), "the copy", 3600)
        agent, depot = machine.end(), watch.end()
        print(f"copy of 1 TiB: agent {agent:.0f} MiB, depot {depot:.0f} MiB", flush=True)
        self.assertLess(agent, memory.AGENT_MIB)
        self.assertLess(depot, memory.DEPOT_MIB)


if __name__ == "__main__":
    unittest.main(verbosity=2)
