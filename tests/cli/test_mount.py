"""Evidence as files: the real program, the real kernel's FUSE, Sleuthkit on top."""

import errno
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from test_e01 import run
from test_workbench import MIB, RESUS, contents, make_disk, sha256


def flip(pack, at):
    with open(pack, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))


class Mount(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="resus-mount-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store, self.point = self.path("store"), self.path("point")
        os.mkdir(self.point)
        self.disk = make_disk(self.path("disk.img"), seed=1)
        with open(self.path("letter.txt"), "w") as file:
            file.write("Dear patient, " * 5000)
        os.mkdir(self.path("tree"))
        shutil.move(self.path("letter.txt"), self.path("tree"))
        run("mke2fs", "-q", "-F", "-t", "ext4", "-d", self.path("tree"), "-E", f"offset={12 * MIB}", self.disk, "9000k")
        self.id = self.acquire(self.disk)["id"]

    def path(self, name):
        return os.path.join(self.folder, name)

    def acquire(self, disk, store=None):
        return json.loads(run(RESUS, "evidence", "acquire", disk, "--store", store or self.store, "--json").splitlines()[-1])

    def mounted(self):
        with open("/proc/self/mounts") as mounts:
            return any(line.split()[1] == self.point for line in mounts)

    def mount(self, *options, store=None, evidence=None):
        """In the foreground; the process."""
        log = open(self.path("log"), "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen([RESUS, "evidence", "mount", evidence or self.id, self.point, "--store", store or self.store, "--foreground", "--json", *options],
                                   stdout=subprocess.PIPE, stderr=log, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(lambda: (process.kill(), process.wait(), subprocess.run(["umount", "-l", self.point], stderr=subprocess.DEVNULL)))
        line = process.stdout.readline()
        if not line:
            raise AssertionError(open(self.path("log")).read())
        self.files = json.loads(line)["files"]
        return process

    def end(self, process, by_signal=signal.SIGTERM):
        if by_signal:
            process.send_signal(by_signal)
        else:
            run("fusermount3", "-u", self.point)
        self.assertEqual(process.wait(30), 0)
        self.assertFalse(self.mounted())
        self.assertEqual(os.listdir(self.point), [])

    def at(self, name):
        return os.path.join(self.point, name)

    def test_the_files_are_the_disk_and_its_parts(self):
        before = contents(self.store)
        process = self.mount("--cache", str(2 * MIB))
        self.assertEqual(sorted(os.listdir(self.point)), ["damage.txt", "disk.raw", "partitions", "record.json", "record.txt", "unreadable.json"])
        self.assertEqual(sha256(self.at("disk.raw")), sha256(self.disk))
        with open(self.disk, "rb") as disk:
            disk.seek(MIB)
            part = disk.read(20 * MIB)
        self.assertEqual(sha256(self.at("partitions/p1.raw")), hashlib.sha256(part).hexdigest())
        self.assertEqual(os.path.getsize(self.at("partitions/p1.raw")), len(part))
        with open(self.at("record.json")) as shown, open(os.path.join(self.store, "evidence", self.id, "record.json")) as stored:
            self.assertEqual(shown.read(), stored.read())
        with open(self.at("record.txt")) as text, open(self.at("unreadable.json")) as ranges:
            self.assertIn(sha256(self.disk), text.read())
            self.assertEqual(json.load(ranges), [])
        self.end(process)
        self.assertEqual(contents(self.store), before, "nothing in the store is changed")

    def test_random_reads_are_the_disks_bytes(self):
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        process = self.mount("--cache", str(3 * MIB))
        size = os.path.getsize(self.disk)
        with open(self.disk, "rb") as disk, open(self.at("disk.raw"), "rb", buffering=0) as shown:
            for _ in range(2000):
                offset, length = rng.randrange(size), rng.choice([1, 512, 4096, 70_000])
                self.assertEqual(os.pread(shown.fileno(), length, offset), os.pread(disk.fileno(), length, offset), f"seed {seed}: {length} at {offset}")
        self.end(process, signal.SIGINT)

    def read_without_the_process(self, process, shown, offsets):
        """Single reads while the process stands still; None if any of them waits for its answer."""
        content = []
        reader = threading.Thread(target=lambda: content.extend(os.pread(shown.fileno(), 4096, offset) for offset in offsets))
        process.send_signal(signal.SIGSTOP)
        reader.start()
        reader.join(2)
        waits = reader.is_alive()
        process.send_signal(signal.SIGCONT)
        reader.join()
        return None if waits else content

    def test_a_file_is_in_the_kernels_memory_when_somebody_has_looked_around_in_it(self):
        process = self.mount()
        with open(self.disk, "rb") as disk:
            disk.seek(MIB)
            expected = [disk.read(4096) for _ in range(20 * MIB // 4096)]
        with open(self.at("partitions/p1.raw"), "rb", buffering=0) as shown:
            for page in random.sample(range(19 * MIB // 4096), 200):
                os.pread(shown.fileno(), 512, page * 4096)
            deadline, last_mib = time.monotonic() + 60, iter(random.sample(range(19 * MIB, 20 * MIB, 4096), 256))
            time.sleep(1)
            while not self.read_without_the_process(process, shown, [next(last_mib)]) and time.monotonic() < deadline:
                time.sleep(1)  # the end comes last
            self.assertEqual(self.read_without_the_process(process, shown, range(0, 20 * MIB, 4096)), expected)
        self.end(process)

    def test_nobody_can_write_there(self):
        process = self.mount()
        for act in (lambda: open(self.at("disk.raw"), "r+b"), lambda: open(self.at("new"), "w"), lambda: os.remove(self.at("disk.raw"))):
            with self.assertRaises(OSError) as refused:
                act()
            self.assertEqual(refused.exception.errno, errno.EROFS)
        self.end(process)

    def test_sleuthkit_finds_the_files(self):
        process = self.mount()
        self.assertIn("letter.txt", run("fls", "-o", str(12 * MIB // 512), self.at("disk.raw")))
        self.assertIn("0000002048", run("mmls", self.at("disk.raw")))
        self.end(process, by_signal=None)

    def test_a_dos_table_gives_partitions_too(self):
        disk = self.path("dos.img")
        with open(disk, "wb") as file:
            file.write(random.Random(5).randbytes(4 * MIB))
        run("sh", "-c", f"printf 'label: dos\\nstart=2048, size=2048\\nstart=4096, size=1024\\n' | sfdisk -q {disk}")
        process = self.mount(evidence=self.acquire(disk)["id"])
        with open(disk, "rb") as file:
            self.assertEqual(sha256(self.at("partitions/p2.raw")), hashlib.sha256(os.pread(file.fileno(), 1024 * 512, 2 * MIB)).hexdigest())
        self.end(process)

    def test_damage_is_an_error_there_and_a_gap_of_the_next_copy(self):
        damaged = self.path("damaged")
        shutil.copytree(self.store, damaged)
        packs = os.path.join(damaged, "packs")
        pack = os.path.join(packs, sorted(os.listdir(packs))[0])
        flip(pack, os.path.getsize(pack) // 3)
        report = json.loads(subprocess.run([RESUS, "evidence", "verify", self.id, "--store", damaged, "--keys", self.store + "/keys/signing.pub", "--json"],
                                           capture_output=True, text=True).stdout.splitlines()[-1])
        bad = report["damaged_ranges"]
        self.assertTrue(bad)
        process = self.mount(store=damaged)
        wrong, size = [], os.path.getsize(self.disk)
        with open(self.disk, "rb") as disk, open(self.at("disk.raw"), "rb", buffering=0) as shown:
            for offset in range(0, size, 4096):
                try:
                    self.assertEqual(os.pread(shown.fileno(), 4096, offset), os.pread(disk.fileno(), 4096, offset))
                except OSError as error:
                    self.assertEqual(error.errno, errno.EIO)
                    wrong.append(offset)
        expected = [o for r in bad for o in range(r["offset_bytes"], r["offset_bytes"] + r["length_bytes"], 4096)]
        self.assertEqual(wrong, expected)
        with open(self.path("log")) as log:
            self.assertIn("E-EVID-02", log.read())
        self.assertEqual(self.damaged_bytes(), expected)
        copy = self.acquire(self.at("disk.raw"), store=self.path("second"))
        self.assertEqual(copy["unreadable"], sum(r["length_bytes"] for r in bad))
        self.end(process)
        self.check_gaps(copy["id"], bad)

    def damaged_bytes(self):
        with open(self.at("damage.txt")) as file:
            lines = file.read().splitlines()
        self.assertIn("none", lines[0])
        self.assertTrue(all("E-EVID-02" in line for line in lines[1:]), lines)
        return sorted(int(line.split()[4]) for line in lines[1:])

    def check_gaps(self, evidence, ranges):
        """An E01 set of a disk with unreadable ranges names them, and holds zeros there."""
        run(RESUS, "evidence", "export", evidence, "--format", "e01", "--store", self.path("second"), "--output", self.path("gaps.E01"))
        with open(self.path("gaps.E01.resus.json")) as side:
            listed = json.load(side)
        self.assertEqual([(r["offset_bytes"], r["length_bytes"]) for r in listed["unreadable"]], [(r["offset_bytes"], r["length_bytes"]) for r in ranges])
        verified = run("ewfverify", "-d", "sha256", self.path("gaps.E01"))
        self.assertIn("ewfverify: SUCCESS", verified)
        self.assertIn(listed["sha256"], verified)
        information = run("ewfinfo", self.path("gaps.E01"))
        first = ranges[0]["offset_bytes"] // 512
        self.assertRegex(information, rf"(?i)at sector\(s\):\s+{first} - {first + ranges[0]['length_bytes'] // 512 - 1}")

    def test_it_works_beside_whoever_holds_the_store(self):
        holder = subprocess.Popen(["flock", self.store + "/lock", "cat"], stdin=subprocess.PIPE)
        self.addCleanup(lambda: (holder.stdin.close(), holder.wait()))
        while subprocess.run(["flock", "-n", self.store + "/lock", "true"]).returncode == 0:
            time.sleep(0.01)
        process = self.mount()
        self.assertEqual(sha256(self.at("disk.raw")), sha256(self.disk))
        self.end(process)

    def test_in_the_background_it_stays_until_it_is_unmounted(self):
        run(RESUS, "evidence", "mount", self.id, self.point, "--store", os.path.relpath(self.store))
        self.addCleanup(subprocess.run, ["umount", "-l", self.point], stderr=subprocess.DEVNULL)
        self.assertEqual(sha256(self.at("disk.raw")), sha256(self.disk))
        self.assertEqual(self.damaged_bytes(), [])
        run("fusermount3", "-u", self.point)
        self.assertEqual(os.listdir(self.point), [])

    def test_in_the_background_damage_is_seen_beside_the_disk_while_it_is_met(self):
        packs = os.path.join(self.store, "packs")
        pack = os.path.join(packs, sorted(os.listdir(packs))[0])
        flip(pack, os.path.getsize(pack) // 3)
        run(RESUS, "evidence", "mount", self.id, self.point, "--store", self.store)
        self.addCleanup(subprocess.run, ["umount", "-l", self.point], stderr=subprocess.DEVNULL)
        wrong = []
        with open(self.at("disk.raw"), "rb", buffering=0) as shown:
            for offset in range(0, os.path.getsize(self.disk), 4096):
                try:
                    os.pread(shown.fileno(), 4096, offset)
                except OSError:
                    wrong.append(offset)
                    if len(wrong) in (1, 2, 100):  # not from a cache of the kernel
                        self.assertIn(offset, self.damaged_bytes())
        self.assertGreater(len(wrong), 100)
        self.assertEqual(self.damaged_bytes(), wrong)

    def test_a_golden_image_is_shown_like_a_disk(self):
        run(RESUS, "image", "import", self.disk, "--name", "ward", "--store", self.store)
        before = contents(self.store)
        run(RESUS, "image", "mount", "ward", self.point, "--store", self.store)
        self.addCleanup(subprocess.run, ["umount", "-l", self.point], stderr=subprocess.DEVNULL)
        self.assertEqual(sorted(os.listdir(self.point)), ["damage.txt", "disk.raw", "manifest.json", "manifest.txt", "partitions"])
        self.assertEqual(sha256(self.at("disk.raw")), sha256(self.disk))
        self.assertIn("letter.txt", run("fls", "-o", str(12 * MIB // 512), self.at("disk.raw")))
        with open(self.at("manifest.txt")) as text:
            self.assertIn(sha256(self.disk), text.read())
        run("fusermount3", "-u", self.point)
        self.assertEqual(contents(self.store), before)
        done = subprocess.run([RESUS, "image", "mount", "nobody", self.point, "--store", self.store, "--json"], capture_output=True, text=True)
        self.assertEqual(json.loads(done.stderr.splitlines()[-1])["code"], "E-FOUND-01", done.stderr)

    def test_what_cannot_be_mounted_is_said(self):
        stranger = self.path("stranger.pub")
        with open(stranger, "w") as file:
            file.write("A" * 43 + "=\n")
        full = self.path("tree")
        for arguments, code in (([self.id, full], "E-CONFLICT-01"), ([self.id, self.path("nowhere")], "E-FOUND-01"), (["ev-0", self.point], "E-FOUND-01"),
                                ([self.id, self.point, "--keys", stranger], "E-EVID-02")):
            done = subprocess.run([RESUS, "evidence", "mount", *arguments, "--store", self.store, "--json"], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(json.loads(done.stderr.splitlines()[-1])["code"], code, done.stderr)
            self.assertFalse(self.mounted())


if __name__ == "__main__":
    unittest.main(verbosity=2)
