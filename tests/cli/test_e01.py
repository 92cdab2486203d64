"""E01 exports in the hands of the labs' own tools: ewf-tools and Sleuthkit."""

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from test_workbench import MIB, RESUS, make_disk, sha256


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode:
        raise AssertionError(f"{argv}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class E01(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="resus-e01-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.store = cls.path("store")
        cls.disk = cls.make_disk_with_files("disk.img")
        cls.id = cls.resus("evidence", "acquire", cls.disk, "--operator", "J. Doe")["id"]

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def resus(cls, *arguments, status=0):
        done = subprocess.run([RESUS, *arguments, "--store", cls.store, "--json"], capture_output=True, text=True)
        if done.returncode != status:
            raise AssertionError(f"{arguments}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return json.loads((done.stdout if status == 0 else done.stderr).strip().splitlines()[-1])

    @classmethod
    def make_disk_with_files(cls, name):
        """A GPT disk of an odd number of sectors with an ext4 file system: files, noise, much that is empty."""
        disk, tree = cls.path(name), cls.path("tree")
        os.makedirs(tree)
        for number in range(40):
            with open(os.path.join(tree, f"letter-{number}.txt"), "w") as file:
                file.write(f"Dear patient {number}, " * 3000)
        with open(os.path.join(tree, "scan.bin"), "wb") as file:
            file.write(random.Random(7).randbytes(5 * MIB))
        make_disk(disk, seed=1, size_mib=40)
        os.truncate(disk, 40 * MIB + 37 * 512)
        run("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, "-E", f"offset={MIB}", disk, "20480k")
        return disk

    def export(self, name, *options, evidence=None):
        output = self.path(name)
        done = self.resus("evidence", "export", evidence or self.id, "--format", "e01", "--output", output, *options)
        with open(output + ".resus.json") as file:
            side = json.load(file)
        self.assertEqual([os.path.exists(self.path(s)) for s in side["segments"]], [True] * len(side["segments"]))
        self.assertEqual(side["segments"], done["segments"])
        self.assertEqual([n for n in os.listdir(self.folder) if n.endswith(".partial")], [])
        return output, side

    def check(self, output, disk):
        """Every tool finds the set sound and gives the disk's bytes."""
        verified = run("ewfverify", "-d", "sha1,sha256", output)
        self.assertIn("ewfverify: SUCCESS", verified)
        self.assertIn(sha256(disk), verified)
        raw = output + "-raw"
        run("ewfexport", "-q", "-u", "-f", "raw", "-S", "0", "-t", raw, output)
        self.assertEqual(sha256(raw + ".raw"), sha256(disk))
        os.remove(raw + ".raw")
        self.assertIn(f"Size of data in bytes:\t{os.path.getsize(disk)}", run("img_stat", "-i", "ewf", output))

    def test_every_tool_reads_one_segment(self):
        output, side = self.export("one.E01", "--compression", "best", "--case-number", "2026/17", "--examiner", "Jørn Ünal", "--notes", "seized\ton ward 3")
        self.check(output, self.disk)
        self.assertEqual(side["sha256"], sha256(self.disk))
        information = run("ewfinfo", output)
        for line in ("Case number:\\s+2026/17", "Examiner name:\\s+Jørn Ünal", f"Evidence number:\\s+{self.id}", "Compression level:\\s+best",
                     f"MD5:\\s+{side['md5']}", f"SHA1:\\s+{side['sha1']}", f"Notes:\\s+seized on ward 3; {self.id}, SHA-256 {side['sha256']}"):
            self.assertRegex(information, line)
        self.assertRegex(run("mmls", "-i", "ewf", output), r"0000002048\s+0000043007")
        self.assertIn("letter-17.txt", run("fls", "-i", "ewf", "-o", "2048", output))
        with open(output + ".record.json") as record:
            self.assertEqual(json.load(record)["purpose"], "record")

    def test_many_segments_make_one_disk(self):
        output, side = self.export("many.E01", "--segment-size", str(MIB), "--compression", "none")
        self.assertGreater(len(side["segments"]), 40)
        self.assertLessEqual(max(os.path.getsize(self.path(s)) for s in side["segments"]), MIB)
        self.check(output, self.disk)

    def test_names_go_on_behind_99(self):
        disk = self.path("noise.img")
        with open(disk, "wb") as file:
            file.write(random.Random(3).randbytes(104 * MIB))
        evidence = self.resus("evidence", "acquire", disk)["id"]
        output, side = self.export("hundred.E01", "--segment-size", str(MIB), evidence=evidence)
        self.assertIn("hundred.EAA", side["segments"])
        self.check(output, disk)

    def test_an_empty_disk_needs_several_tables_and_next_to_no_room(self):
        disk = self.path("empty.img")
        with open(disk, "wb") as file:
            file.truncate(600 * MIB)
        evidence = self.resus("evidence", "acquire", disk)["id"]
        output, side = self.export("empty.E01", evidence=evidence)
        self.assertLess(os.path.getsize(output), 3 * MIB)
        self.assertIn("ewfverify: SUCCESS", run("ewfverify", "-q", output))
        self.assertEqual(side["sha256"], sha256(disk))

    def test_what_is_there_is_not_overwritten(self):
        output = self.path("taken.E01")
        with open(self.path("taken.E02"), "w") as file:
            file.write("somebody's")
        problem = self.resus("evidence", "export", self.id, "--format", "e01", "--output", output, status=5)
        self.assertEqual(problem["code"], "E-CONFLICT-01")
        self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("taken")], ["taken.E02"])

    def test_wrong_names_and_sizes_are_refused_before_anything_is_written(self):
        for options in (["--output", self.path("set.raw")], ["--output", "-"], ["--output", self.path("set.E01"), "--segment-size", "1000"]):
            problem = self.resus("evidence", "export", self.id, "--format", "e01", *options, status=2)
            self.assertEqual(problem["code"], "E-USAGE-01")
        self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("set")], [])

    def test_damage_in_the_store_leaves_no_set(self):
        damaged = self.path("damaged")
        shutil.copytree(self.store, damaged)
        packs = os.path.join(damaged, "packs")
        pack = max((os.path.join(packs, n) for n in os.listdir(packs)), key=os.path.getsize)
        with open(pack, "r+b") as file:
            file.seek(os.path.getsize(pack) // 2)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 1]))
        codes = []
        for evidence in self.resus("evidence", "list"):
            done = subprocess.run([RESUS, "evidence", "export", evidence["id"], "--format", "e01", "--output", self.path("bad.E01"), "--store", damaged, "--json"],
                                  capture_output=True, text=True)
            if done.returncode:
                codes.append(json.loads(done.stderr.strip().splitlines()[-1])["code"])
                self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("bad")], [])
            for name in [n for n in os.listdir(self.folder) if n.startswith("bad")]:
                os.remove(self.path(name))
        self.assertEqual(codes, ["E-EVID-02"])

    def test_an_interrupted_export_leaves_nothing(self):
        disk = self.path("large.img")
        with open(disk, "wb") as file:
            file.write(b"mostly empty")
            file.truncate(2048 * MIB)
        evidence = self.resus("evidence", "acquire", disk)["id"]
        export = subprocess.Popen([RESUS, "evidence", "export", evidence, "--format", "e01", "--output", self.path("cut.E01"), "--store", self.store],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not os.path.exists(self.path("cut.E01.partial")) and time.monotonic() < deadline:
            time.sleep(0.01)
        export.send_signal(signal.SIGINT)
        self.assertEqual(export.wait(60), 130)
        self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("cut")], [])

    def test_a_full_disk_ends_it_and_leaves_nothing(self):
        small = self.path("small")
        os.makedirs(small)
        run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small)
        try:
            problem = self.resus("evidence", "export", self.id, "--format", "e01", "--compression", "none", "--output", os.path.join(small, "a.E01"), status=1)
            self.assertEqual(problem["code"], "E-SPACE-01")
            self.assertEqual(os.listdir(small), [])
        finally:
            run("umount", small)


if __name__ == "__main__":
    unittest.main(verbosity=2)
