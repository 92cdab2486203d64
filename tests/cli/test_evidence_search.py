"""Searching and scrubbing a store: the real program, several machines' disks, a read-only copy."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest

RESUS = os.environ["RESUS_PROGRAM"]
MIB, BLOCK = 1 << 20, 4096


class Search(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="resus-search-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = self.folder + "/store"
        rng = random.Random(1)
        self.worm = rng.randbytes(5 * BLOCK + 1234)
        self.base = bytearray(rng.randbytes(6 * MIB))
        self.resus("image", "import", self.disk("golden", self.base), "--name", "ward")
        first, second = bytearray(self.base), bytearray(self.base)
        self.lay(first, 2 * MIB, self.worm)
        self.lay(second, 3 * MIB, self.worm[:2 * BLOCK])        # in two pieces
        self.lay(second, 4 * MIB, self.worm[2 * BLOCK:])
        self.marker = "c2.example.invalid/größe".encode()
        second[MIB - 7:MIB - 7 + len(self.marker)] = self.marker   # over a border
        self.first = self.resus("evidence", "acquire", self.disk("first", first))["id"]
        self.second = self.resus("evidence", "acquire", self.disk("second", second))["id"]

    @staticmethod
    def lay(disk, offset, data):
        disk[offset:offset + len(data)] = data
        end = offset + len(data)
        disk[end:end + (-end) % BLOCK] = bytes((-end) % BLOCK)

    def disk(self, name, content):
        path = f"{self.folder}/{name}.img"
        with open(path, "wb") as file:
            file.write(content)
        return path

    def resus(self, *words, status=0):
        done = subprocess.run([RESUS, *words, "--store", self.store, "--json"], capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads((done.stdout or done.stderr).strip().splitlines()[-1])

    def search(self, *words, status=0):
        return self.resus("evidence", "search", *words, status=status)

    def places(self, *words):
        return {disk["id"]: disk["offsets_bytes"] for disk in self.search(*words)["disks"]}

    def test_a_file_names_the_machines_that_have_it_and_where(self):
        path = self.disk("worm", self.worm)
        found = {disk["id"]: disk for disk in self.search("--file", path)["disks"]}
        self.assertEqual(set(found), {self.first, self.second})
        self.assertTrue(all(disk["whole"] and disk["last_block"] == "padded with zeros" for disk in found.values()))
        self.assertEqual(found[self.first]["serial"], "file:first.img")
        self.assertEqual([(p["file_offset_bytes"], p["disk_offset_bytes"], p["length_bytes"]) for p in found[self.second]["pieces"]],
                         [(0, 3 * MIB, 2 * BLOCK), (2 * BLOCK, 4 * MIB, 3 * BLOCK + 1234)])

    def test_a_block_of_the_golden_image_is_marked_as_such(self):
        digest = hashlib.sha256(self.base[:BLOCK]).hexdigest()
        disks = self.search("--block", digest)["disks"]
        self.assertEqual([(d["kind"], d["name"]) for d in disks][0], ("golden image", "ward"))
        self.assertEqual({d["id"] for d in disks[1:]}, {self.first, self.second})

    def test_a_hash_can_be_a_whole_disks(self):
        with open(self.folder + "/first.img", "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.assertEqual([d["id"] for d in self.search("--sha256", digest)["whole_disks"]], [self.first])

    def test_a_pattern_is_found_over_a_border_as_text_and_as_bytes(self):
        self.assertEqual(self.places("--pattern", self.marker.decode()), {self.second: [MIB - 7]})
        self.assertEqual(self.places("--pattern", "hex:" + self.marker.hex()), {self.second: [MIB - 7]})
        self.assertEqual(self.places("--pattern", self.marker.decode(), "--utf16"), {})

    def test_windows_text_is_found(self):
        disk = bytearray(self.base)
        text = "evil größe 😀.exe".encode("utf-16-le")
        disk[5 * MIB + 3:5 * MIB + 3 + len(text)] = text
        third = self.resus("evidence", "acquire", self.disk("third", disk))["id"]
        self.assertEqual(self.places("--pattern", "evil größe 😀.exe", "--utf16"), {third: [5 * MIB + 3]})

    def test_what_is_nowhere_is_found_nowhere(self):
        self.assertEqual(self.places("--pattern", "this stands on none of the disks"), {})
        self.assertEqual(self.search("--file", self.disk("other", random.Random(9).randbytes(20_000)))["disks"], [])

    def test_a_copy_of_the_store_is_searched_and_nothing_changes_in_it(self):
        shutil.copytree(self.store, self.folder + "/copy")
        self.store = self.folder + "/copy"
        shutil.rmtree(self.store + "/keys")
        os.remove(self.store + "/lock")
        before = [(where, sorted(names)) for where, _, names in os.walk(self.store)]
        self.assertEqual(self.places("--pattern", self.marker.decode()), {self.second: [MIB - 7]})
        self.assertEqual([(where, sorted(names)) for where, _, names in os.walk(self.store)], before)

    def test_exactly_one_thing_is_looked_for(self):
        self.assertEqual(self.search(status=2)["code"], "E-USAGE-01")
        done = subprocess.run([RESUS, "evidence", "search", "--store", self.store, "--block", "00", "--pattern", "four"], capture_output=True)
        self.assertEqual(done.returncode, 2)
        self.search("--pattern", "abc", status=2)
        self.search("--pattern", "hex:0", status=2)
        self.search("--block", hashlib.sha256(bytes(BLOCK)).hexdigest(), status=2)

    def flip(self, path, at):
        with open(path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1]))

    def test_a_flipped_bit_is_found_and_the_disks_and_ranges_it_touches_are_named(self):
        self.assertTrue(self.resus("evidence", "scrub")["ok"])
        image = os.listdir(self.store + "/images")[0]
        self.flip(f"{self.store}/images/{image}/image.img.zst", 300_000)   # in the first segment: everybody's
        report = self.resus("evidence", "scrub", status=1)
        self.assertEqual([frame["frame"] for frame in report["damaged_frames"]], [0])
        touched = {disk["id"]: disk["ranges"] for disk in report["affected"]}
        self.assertEqual(set(touched), {image, self.first, self.second})
        self.assertEqual(touched[self.first], [{"offset_bytes": 0, "length_bytes": MIB}])
        # The marker's first bytes lie in the last block of this segment, which the second disk therefore has elsewhere.
        self.assertEqual(touched[self.second], [{"offset_bytes": 0, "length_bytes": MIB - BLOCK}])
        text = subprocess.run([RESUS, "evidence", "scrub", "--store", self.store], capture_output=True, text=True).stdout
        self.assertIn("golden image ward", text)
        self.assertIn("file:second.img", text)

    def test_damage_to_one_machines_blocks_names_that_machine_alone(self):
        pack = sorted(os.listdir(self.store + "/packs"))[0]
        self.flip(f"{self.store}/packs/{pack}", 100)
        affected = self.resus("evidence", "scrub", status=1)["affected"]
        self.assertIn(self.first, [disk["id"] for disk in affected])
        self.assertTrue(all(disk["kind"] == "evidence" for disk in affected))
        ranges = [disk["ranges"] for disk in affected if disk["id"] == self.first][0]
        self.assertEqual(ranges, [{"offset_bytes": 2 * MIB, "length_bytes": 6 * BLOCK}])

    def test_a_pack_that_is_gone_and_a_map_that_is_damaged_are_named(self):
        self.flip(f"{self.store}/evidence/{self.second}/map", 40)
        os.remove(f"{self.store}/packs/" + sorted(os.listdir(self.store + "/packs"))[0])
        report = self.resus("evidence", "scrub", status=1)
        problems = {disk["id"]: disk["map_problem"] for disk in report["affected"]}
        self.assertEqual(set(problems), {self.first, self.second})
        self.assertEqual(problems[self.first], "")
        self.assertIn("map", problems[self.second])
        self.assertIn("missing", report["damaged_frames"][0]["reason"])

    def test_a_search_that_could_not_see_everything_says_so(self):
        pack = sorted(os.listdir(self.store + "/packs"))[0]
        self.flip(f"{self.store}/packs/{pack}", 100)
        self.assertTrue(self.search("--pattern", "not on any of these disks", status=1)["not_searched"]["frames"])

    def test_the_index_is_made_from_the_packs_alone(self):
        again = self.folder + "/again"
        os.makedirs(again + "/packs")
        for name in os.listdir(self.store + "/packs"):
            shutil.copy(f"{self.store}/packs/{name}", again + "/packs")
        self.store = again
        found = self.resus("evidence", "acquire", self.disk("worm", self.worm[:5 * BLOCK]))
        self.assertEqual((found["bytes_added"], found["bytes_known"]), (0, 5 * BLOCK))


if __name__ == "__main__":
    unittest.main()
