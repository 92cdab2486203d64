"""What the real agent refuses to write: a copy of a golden image that is not the signed one, bit for bit."""

import base64
import json
import os
import subprocess
import unittest

import test_agent_depot as rig

SEGMENT_BYTES = rig.MIB
NEEDLE_BYTES = 64
UNREADY = b"what the infected disk holds here is not what the golden image holds "


class Refusals(unittest.TestCase):
    def room(self):
        room = rig.Room(self)
        room.prepare()
        return room

    def trust_another_key(self, room):
        with open(room.path("agent.json")) as file:
            config = json.load(file)
        config["trusted_keys"] = [{"ed25519": base64.b64encode(os.urandom(32)).decode()}]
        with open(room.path("agent.json"), "w") as file:
            json.dump(config, file)

    def stored(self, room, name):
        return os.path.join(room.data, "store", "images", room.image["id"], name)

    def flip(self, path, offset):
        with open(path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1]))

    def stored_as_it_is(self, room):
        """A place in the pack's middle whose bytes were too random to compress: (offset in the pack, offset on the disk)."""
        with open(self.stored(room, "image.img.zst"), "rb") as pack, open(room.path("golden.img"), "rb") as golden:
            packed, disk = pack.read(), golden.read()
        for offset in range(len(packed) // 2, len(packed) - NEEDLE_BYTES, NEEDLE_BYTES):
            place = disk.find(packed[offset:offset + NEEDLE_BYTES])
            if place >= 0:
                return offset, place
        self.fail("the golden image has no bytes that do not compress")

    def spoil(self, room, segment):
        """Nothing on the machine's disk is right there: whatever is written into the segment will be seen."""
        with open(room.disk, "r+b") as file:
            file.seek(segment * SEGMENT_BYTES)
            file.write((UNREADY * (SEGMENT_BYTES // len(UNREADY) + 1))[:SEGMENT_BYTES])
        room.before = rig.sha256(room.disk)

    def segments(self, path):
        subprocess.run(["sync", path], check=True)
        with open(path, "rb") as file:
            return list(iter(lambda: file.read(SEGMENT_BYTES), b""))

    def refused_with(self, room):
        """Until the machine needs somebody; its code."""
        room.wait_until(lambda: (room.machine() or {}).get("condition") in ("failed", "needs_you"), "the refusal")
        machine = room.machine()
        self.assertEqual(machine["phase"], "imaging", machine)
        room.kill(room.agent)
        return machine["code"]

    def test_writes_nothing_for_a_signature_the_boot_image_does_not_trust(self):
        room = self.room()
        room.start_depot()
        self.trust_another_key(room)
        room.start_agent()
        self.assertEqual(self.refused_with(room), "E-IMAGE-02")
        self.assertEqual(rig.sha256(room.disk), room.before)

    def test_writes_nothing_for_a_node_table_with_a_flipped_byte(self):
        room = self.room()
        self.flip(self.stored(room, "nodes"), 40)
        room.start_depot()
        room.start_agent()
        self.assertEqual(self.refused_with(room), "E-IMAGE-02")
        self.assertEqual(rig.sha256(room.disk), room.before)

    def test_writes_nothing_of_a_segment_with_a_flipped_byte_and_half_a_system_never_boots(self):
        room = self.room()
        offset, place = self.stored_as_it_is(room)
        damaged = place // SEGMENT_BYTES
        self.spoil(room, damaged)
        before = self.segments(room.disk)
        self.flip(self.stored(room, "image.img.zst"), offset)
        room.start_depot()
        room.start_agent()
        self.assertRegex(self.refused_with(room), r"^E-IMAGE-\d\d$")
        after = self.segments(room.disk)
        self.assertEqual(after[damaged], before[damaged], f"segment {damaged} is as it was")
        # Other segments may have been written before the damaged one was fetched; then the first one is gone.
        self.assertTrue(after == before or not any(after[0]), "a disk that was written to does not boot")


if __name__ == "__main__":
    unittest.main(verbosity=2)
