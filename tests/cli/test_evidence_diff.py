"""Known-good subtraction: disks made from a golden one with known changes, each named, nothing else named."""

import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest

RESUS = os.environ["RESUS_PROGRAM"]
MIB = 1 << 20
EXT4, NTFS = 1 * MIB, 41 * MIB  # where the partitions begin
TABLE = b"label: gpt\nstart=2048, size=81920\nstart=83968, size=81920, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7\n"
HOSTILE = "evil\n\x1b[2J|0|name"


def sh(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, **options).stdout


class Mounted:
    """A file system in a file, mounted for a `with`."""

    def __init__(self, image, kind):
        self.image, self.kind, self.loop = image, kind, None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="resus-diff-mount-")
        if self.kind == "ntfs":
            sh("ntfs-3g", self.image, self.folder)
        else:
            self.loop = sh("losetup", "-f", "--show", self.image, text=True).strip()
            sh("blockdev", "--setrw", self.loop)  # the mark of an earlier user stays with the number
            sh("mount", self.loop, self.folder)
        return self.folder

    def __exit__(self, *_):
        sh("umount", self.folder)
        if self.loop:
            sh("losetup", "-d", self.loop)
        os.rmdir(self.folder)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def fill(folder, rng):
    """What the golden image has."""
    os.mkdir(folder + "/dir")
    for name, size in (("dir/changed.bin", 300_000), ("dir/deleted.bin", 100_000), ("same.bin", 50_000), ("quiet.bin", 40_000),
                       ("renamed.bin", 9_000)):
        write(f"{folder}/{name}", rng.randbytes(size))
    write(folder + "/small.txt", b"a small golden file that lies in its MFT entry\n")
    os.symlink("dir/quiet-target", folder + "/link")


def infect(folder, rng, hostile):
    """What a worm does through the file system."""
    with open(folder + "/dir/changed.bin", "r+b") as file:
        file.seek(150_000)
        file.write(b"WORM")
    os.remove(folder + "/dir/deleted.bin")
    os.chmod(folder + "/same.bin", 0o4755)
    os.rename(folder + "/renamed.bin", folder + "/dir/other-name.bin")
    write(folder + "/dir/added.bin", rng.randbytes(7_000))
    if hostile:
        write(folder + "/" + HOSTILE, b"x" * 5000)


def behind_its_back(image, old, new):
    """Changes bytes without the file system knowing, in its journal's copies too: where those lie is a matter of time."""
    with open(image, "r+b") as file:
        content = file.read()
        assert old in content and len(old) == len(new), old
        at = content.find(old)
        while at >= 0:
            file.seek(at)
            file.write(new)
            at = content.find(old, at + 1)


class Disks:
    """Golden and infected disk, evidence of the latter in a store."""

    def __init__(self, folder, store=None):
        self.folder, self.store = folder, store or folder + "/store"
        rng = random.Random(7)
        parts = {kind: f"{folder}/{kind}.part" for kind in ("ext4", "ntfs")}
        for kind, part in parts.items():
            with open(part, "wb") as file:
                file.truncate(40 * MIB)
        sh("mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-O", "^metadata_csum", parts["ext4"])
        sh("mkntfs", "-q", "-F", "-f", parts["ntfs"])
        for kind, part in parts.items():
            with Mounted(part, kind) as mounted:
                fill(mounted, rng)
        self.golden = self.disk("golden.img", parts)
        self.quiet = {kind: self.content_of(part, kind, "quiet.bin") for kind, part in parts.items()}
        for kind, part in parts.items():
            with Mounted(part, kind) as mounted:
                infect(mounted, rng, hostile=kind == "ext4")
            behind_its_back(part, self.quiet[kind][20_000:20_016], b"BEHIND THE BACK!")
            with open(part, "r+b") as file:
                file.seek(30 * MIB + 512)
                file.write(b"MZ" + rng.randbytes(700))
        behind_its_back(parts["ext4"], b"dir/quiet-target", b"dir/worm--target")
        behind_its_back(parts["ntfs"], b"golden file that lies", b"infected file tha lie")
        self.infected = self.disk("infected.img", parts)
        with open(self.infected, "r+b") as file:
            file.seek(60 * 512)  # behind boot sector and partition table
            file.write(b"BOOTKIT MARKER")
        self.image = self.resus("image", "import", self.golden, "--name", "ward")
        self.evidence = self.resus("evidence", "acquire", self.infected)["id"]

    @staticmethod
    def content_of(part, kind, name):
        with Mounted(part, kind) as mounted, open(f"{mounted}/{name}", "rb") as file:
            return file.read()

    def disk(self, name, parts):
        path = f"{self.folder}/{name}"
        if name == "golden.img":
            with open(path, "wb") as file:
                file.truncate(82 * MIB)
            sh("sfdisk", "-q", path, input=TABLE)
        else:
            shutil.copyfile(self.golden, path)
        for kind, offset in (("ext4", EXT4), ("ntfs", NTFS)):
            with open(path, "r+b") as disk, open(parts[kind], "rb") as part:
                disk.seek(offset)
                shutil.copyfileobj(part, disk)
        return path

    def run(self, *words, json_wanted=True):
        words = [RESUS, *words, "--store", self.store] + (["--json"] if json_wanted else [])
        return subprocess.run(words, capture_output=True, text=True, env={**os.environ, "TMPDIR": self.temporary()})

    def temporary(self):
        path = self.folder + "/tmp"
        os.makedirs(path, exist_ok=True)
        return path

    def resus(self, *words):
        done = self.run(*words)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return json.loads(done.stdout.strip().splitlines()[-1])


class EvidenceDiff(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="resus-diff-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.disks = Disks(cls.folder)
        cls.found = cls.disks.resus("evidence", "diff", cls.disks.evidence, "--against", "ward")

    def named(self, partition):
        return {(file["state"], file["path"]): file for file in self.found["partitions"][partition]["files"]}

    def expected(self):
        return {("changed", "/dir/changed.bin"), ("changed", "/quiet.bin"), ("changed", "/same.bin"), ("added", "/dir/added.bin"),
                ("added", "/dir/other-name.bin"), ("deleted", "/dir/deleted.bin"), ("deleted", "/renamed.bin")}

    def test_the_changes_of_the_ext4_partition_are_named_and_nothing_else(self):
        named = self.named(0)
        hostile = [name for name in named if "evil" in name[1]]
        self.assertEqual(len(hostile), 1)
        self.assertEqual(set(named) - set(hostile), self.expected() | {("changed", "/link")})
        self.assertIn("mode", named["changed", "/same.bin"]["what"])
        self.assertNotIn("content", named["changed", "/same.bin"]["what"])
        self.assertEqual(named["changed", "/link"]["what"], ["content"])

    def test_the_changes_of_the_ntfs_partition_are_named_and_nothing_else(self):
        named = self.named(1)
        self.assertEqual(set(named) - {("changed", "/same.bin")}, (self.expected() | {("changed", "/small.txt")}) - {("changed", "/same.bin")})
        self.assertEqual(named["changed", "/small.txt"]["what"], ["content"])

    def test_a_change_that_left_size_and_times_alone_is_found_by_its_content(self):
        for partition in (0, 1):
            quiet = self.named(partition)["changed", "/quiet.bin"]
            self.assertEqual(quiet["what"], ["content"])
            self.assertNotEqual(quiet["sha256"], quiet["golden_sha256"])

    def test_hashes_are_those_of_the_files(self):
        golden = sh("sha256sum", "-", input=self.disks.quiet["ntfs"], text=False).split()[0].decode()
        self.assertEqual(self.named(1)["changed", "/quiet.bin"]["golden_sha256"], golden)

    def test_what_lies_in_free_space_is_found_to_the_sector(self):
        for number, start in ((0, EXT4), (1, NTFS)):
            self.assertEqual(self.found["partitions"][number]["unallocated"],
                             [{"offset_bytes": start + 30 * MIB + 512, "length_bytes": 1024, "looks_like": "Windows program"}])

    def test_what_lies_outside_the_partitions_is_found_to_the_sector(self):
        self.assertEqual(self.found["outside_partitions"]["sectors"],
                         [{"offset_bytes": 60 * 512, "length_bytes": 512, "looks_like": ""}])

    def test_every_block_is_accounted_for(self):
        self.assertEqual(sum(self.found["bytes"].values()), self.found["disk_bytes"])
        parts = [part["bytes"] for part in self.found["partitions"]] + [self.found["outside_partitions"]["bytes"]]
        for kind, total in self.found["bytes"].items():
            self.assertEqual(sum(part[kind] for part in parts), total, kind)
        for part in self.found["partitions"]:
            self.assertEqual(sum(part["not_golden_bytes"].values()), part["bytes"]["not_golden"])
            self.assertEqual(sum(r["length_bytes"] for r in part["not_golden"]), part["bytes"]["not_golden"])

    def test_a_name_from_the_disk_cannot_drive_the_terminal(self):
        text = self.disks.run("evidence", "diff", self.disks.evidence, "--against", "ward", json_wanted=False).stdout
        self.assertNotIn("\x1b", text)
        self.assertEqual(len([line for line in text.splitlines() if "evil" in line]), 1)
        self.assertIn("/dir/added.bin", text)

    def test_the_golden_disk_itself_has_no_difference(self):
        same = self.disks.resus("evidence", "acquire", self.disks.golden)["id"]
        found = self.disks.resus("evidence", "diff", same, "--against", "ward")
        self.assertEqual(found["bytes"]["same"], found["disk_bytes"])
        self.assertTrue(all(part["same"] and not part["files"] for part in found["partitions"]))

    def test_a_file_system_that_cannot_be_read_is_said_to_be_so(self):
        path = self.folder + "/wiped.img"
        shutil.copyfile(self.disks.infected, path)
        with open(path, "r+b") as file:
            file.seek(EXT4)
            file.write(random.Random(3).randbytes(4 * MIB))
        wiped = self.disks.resus("evidence", "acquire", path)["id"]
        first, second = self.disks.resus("evidence", "diff", wiped, "--against", "ward")["partitions"]
        self.assertIn("file system", first["not_compared"])
        self.assertEqual(first["files"], [])
        self.assertEqual((second["not_compared"], bool(second["files"])), ("", True))

    def test_too_little_temporary_space_is_an_error_and_leaves_nothing(self):
        small = self.folder + "/small"
        os.mkdir(small)
        sh("mount", "-t", "tmpfs", "-o", "size=2m", "none", small)
        self.addCleanup(sh, "umount", small)
        done = self.disks.run("evidence", "diff", self.disks.evidence, "--against", "ward", "--work", small)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stderr)["code"], "E-SPACE-01")
        self.assertEqual(os.listdir(small), [])

    def test_it_leaves_no_temporary_files_and_the_store_as_it_was(self):
        before = sorted(os.walk(self.disks.store))
        self.disks.resus("evidence", "diff", self.disks.evidence, "--against", "ward")
        self.assertEqual(sorted(os.walk(self.disks.store)), before)
        self.assertEqual(os.listdir(self.disks.temporary()), [])

    def test_what_another_key_signed_is_not_compared(self):
        stranger = self.folder + "/stranger.pub"
        with open(stranger, "w") as file:
            file.write("A" * 43 + "=\n")
        done = self.disks.run("evidence", "diff", self.disks.evidence, "--against", "ward", "--keys", stranger)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)

    def test_blocks_alone_need_no_sleuthkit(self):
        found = self.disks.resus("evidence", "diff", self.disks.evidence, "--against", self.disks.image["id"], "--blocks-only")
        self.assertEqual(found["bytes"], self.found["bytes"])
        self.assertTrue(all(part["files"] == [] for part in found["partitions"]))


if __name__ == "__main__":
    unittest.main()
