"""A folder, disks and stores for one assertion; everything is gone afterwards."""

import base64
import hashlib
import json
import lzma
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

from assertions import NotTried

MIB = 1 << 20
LONGEST = 120  # seconds for one command on these small disks
SAMPLES = "/usr/share/forensics-samples"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + "/tests/support")
from failing_disk import FailingDisk  # noqa: E402


class Refused(Exception):
    """The tool ended with an error; `problem` is what it said as JSON."""

    def __init__(self, words, done):
        text = (done.stderr or b"").decode(errors="replace").strip()
        super().__init__(f"{' '.join(words[:3])} ended with {done.returncode}: {text[-200:]}")
        self.status = done.returncode
        try:
            self.problem = json.loads(text.splitlines()[-1])
        except (ValueError, IndexError):
            self.problem = {"code": "", "detail": text}


class Room:
    def __init__(self, programs):
        self.programs = programs

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="resus-conformance-")
        self.store = self.path("store")
        self.undo = []  # commands and functions: what must be taken back before the folder can go, newest last
        return self

    def __exit__(self, *_):
        for step in reversed(self.undo):
            if callable(step):
                step()
            else:
                subprocess.run(step, check=False, capture_output=True)
        shutil.rmtree(self.folder)  # fails where something is still mounted: so does the assertion

    def unmount_later(self, folder):
        self.undo.append(["umount", folder])

    def path(self, name):
        return os.path.join(self.folder, name)

    def sh(self, *words, **options):
        return subprocess.run(words, check=True, capture_output=True, **options).stdout

    def resus(self, *words, store=None):
        """The last line printed, as JSON; raises Refused on an error."""
        return self.command(*words, "--store", store or self.store)

    def command(self, *words):
        """The same for what takes no store."""
        words = [os.path.join(self.programs, "resus"), *words, "--json"]
        done = subprocess.run(words, capture_output=True, check=False, timeout=LONGEST)
        printed = done.stdout.strip().splitlines()
        if done.returncode != 0 and not printed:
            raise Refused(words[1:], done)
        return json.loads(printed[-1])

    def start(self, *words):
        """A command that is not waited for; it ends with the room."""
        process = subprocess.Popen([os.path.join(self.programs, "resus"), *words, "--json"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.undo.append(process.communicate)
        self.undo.append(process.kill)
        return process

    def printed(self, process):
        """What a started command printed last, as JSON."""
        return json.loads(process.communicate(timeout=LONGEST)[0].splitlines()[-1])

    def refused(self, *words):
        """What it said, as JSON, to what it must refuse."""
        try:
            self.resus(*words)
        except Refused as told:
            return told.problem
        raise AssertionError(f"{' '.join(words[:2])} was not refused")

    def disk(self, name="source.img", size=24 * MIB + 512 * 3, seed=1, table=True):
        """A partitioned disk of data, repeats and zeros whose size is no multiple of 4096."""
        rng = random.Random(seed)
        path = self.path(name)
        with open(path, "wb") as disk:
            disk.truncate(size)
            disk.seek(MIB)
            disk.write(rng.randbytes(6 * MIB))
            if size > 16 * MIB:
                disk.seek(12 * MIB)
                disk.write(b"the same page again " * 100_000)
            if not table:
                disk.seek(size - 1000)
                disk.write(rng.randbytes(1000))
        if table and size > 22 * MIB:
            self.sh("sfdisk", "-q", path, input=b"label: gpt\nstart=2048, size=40960\n")
        return path

    def sample(self, name):
        """A disk made by Debian's forensics-samples, which is not ours."""
        packed = f"{SAMPLES}/{name}.xz"
        if not os.path.exists(packed):
            raise NotTried("package forensics-samples-all is not installed")
        path = self.path(name)
        with lzma.open(packed) as source, open(path, "wb") as disk:
            shutil.copyfileobj(source, disk, MIB)
        return path

    def loop(self, path, *options):
        device = self.sh("losetup", "-f", "--show", *options, path).decode().strip()
        self.undo.append(["losetup", "-d", device])
        # The read-only mark stays with the device number and would meet the next user.
        self.undo.append(["blockdev", "--setrw", device])
        if "-r" not in options:
            self.sh("blockdev", "--setrw", device)
        return device

    def failing(self, image, places, **options):
        """A loop device over `image` that cannot be read at (first sector, sectors, errno), each with its own errno."""
        if not shutil.which("qemu-storage-daemon") or not os.path.exists("/dev/fuse"):
            raise NotTried("needs qemu-storage-daemon and /dev/fuse")
        disk = FailingDisk(image, self.path("failing.img"), places, **options)
        self.undo.append(disk.close)
        return self.loop(self.path("failing.img"), "--direct-io=on")

    def small_folder(self, name, mib):
        folder = self.path(name)
        os.mkdir(folder)
        self.sh("mount", "-t", "tmpfs", "-o", f"size={mib}m", "none", folder)
        self.unmount_later(folder)
        return folder

    def acquire(self, disk, *options):
        return self.resus("evidence", "acquire", disk, *options)

    def export(self, evidence, name="export.raw"):
        self.resus("evidence", "export", evidence, "--output", self.path(name))
        return self.path(name)

    def record(self, evidence):
        """The signed record as it stands in the store."""
        with open(f"{self.store}/evidence/{evidence}/record.json") as file:
            return json.loads(base64.b64decode(json.load(file)["payload"]))

    def custody(self):
        with open(self.store + "/custody.log") as file:
            return [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in file]

    def stored(self):
        """Bytes in the store's packs, whole or growing."""
        folder = self.store + "/packs"
        return sum(entry.stat().st_size for entry in os.scandir(folder)) if os.path.isdir(folder) else 0

    def allocated(self):
        """Bytes that the store's packs take of the file system."""
        return sum(entry.stat().st_blocks * 512 for entry in os.scandir(self.store + "/packs"))

    def json(self, name):
        with open(self.path(name)) as file:
            return json.load(file)

    def independent(self, *options):
        """What scripts/verify-evidence says of each piece of evidence, by id."""
        done = subprocess.run([ROOT + "/scripts/verify-evidence", self.store, "--json", *options], capture_output=True, check=False)
        return {one["id"]: one for one in json.loads(done.stdout)["results"]}

    def packs(self):
        return sorted(os.path.join(self.store, "packs", name) for name in os.listdir(self.store + "/packs"))

    def flip(self, path, at):
        with open(path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1]))

    def unit_tests(self, program, which):
        """Runs tests of one of the tree's own test programs; how many."""
        path = os.path.join(self.programs, program)
        if not os.path.exists(path):
            raise NotTried(program + " is not built")
        done = self.test(path, "--gtest_filter=" + which)
        passed = re.search(r"\[  PASSED  \] ([1-9]\d*) test", done.stdout)
        if not passed or "SKIPPED" in done.stdout:
            raise AssertionError(f"{program}: no test ran, or one was skipped")
        return int(passed[1])

    def test(self, *words, timeout=600, **environment):
        """Runs one of the tree's own tests; its last line is the reason."""
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=timeout, cwd=ROOT,
                              env={**os.environ, "RESUS_PROGRAM": self.programs + "/resus", "RESUS_AGENT": self.programs + "/resus-agent",
                                   "RESUS_PHONE_HOME": self.programs + "/resus-phone-home", **environment})
        if done.returncode != 0:
            raise AssertionError(f"{words[-1]}: {(done.stdout + done.stderr).strip()[-200:]}")
        return done


def digest(path, name="sha256"):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, name).hexdigest()
