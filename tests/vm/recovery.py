"""A whole recovery: an infected PC, its depot, and what must be true of its disk before and afterwards."""

import json
import os
import re
import shutil
import subprocess
import tempfile

from depot import CACHE, Depot, resus
from rig.machine import Disk, Machine
from rig.processes import run

MARKER = b"RESUS-TEST-WORM-MARKER"
GOLDEN = os.path.join(CACHE, "golden.img")
INFECTED = os.path.join(CACHE, "infected.img")
BACKUP = os.path.join(CACHE, "backup.tar.zst")
DATA_BACKUP = os.path.join(CACHE, "backup-data.tar.zst")
ROOT, DATA = 3, 4  # numbers of the golden partitions that a restore touches
MIB = 1 << 20
CLUSTER_BYTES = 4096


def sha256(path):
    return run("sha256sum", path, timeout_s=300).stdout.split()[0]


def contains(path, needle):
    """Whether the bytes stand anywhere in the file, block borders included."""
    with open(path, "rb") as file:
        tail = b""
        while piece := file.read(16 * MIB):
            if needle in tail + piece:
                return True
            tail = piece[-len(needle):]
    return False


def prepare_depot(room, **options):
    """A depot with the golden image and the backup of both partitions, started. Returns (depot, image, backup)."""
    depot = Depot(room, **options)
    image = resus("image", "import", GOLDEN, "--name", "ward-pc", "--store", depot.store)
    backup = resus("backup", "add", BACKUP, "--name", "ward-files", "--data", depot.data)
    resus("backup", "add", DATA_BACKUP, "--name", "ward-data", "--part-of", "ward-files", "--partition", DATA, "--data", depot.data)
    depot.start()
    return depot, image, backup


class InfectedPc:
    """A virtual PC with a copy of the infected disk."""

    def __init__(self, room, name, firmware="bios", bus="virtio", source=INFECTED, **options):
        self.disk = room.path(f"{name}.img")
        run("cp", "--sparse=always", source, self.disk)
        self.before = sha256(self.disk)
        self.machine = Machine(room, name, [Disk(self.disk, "SER-" + name.upper(), bus)], firmware=firmware, **options)

    def code_on_screen(self, timeout_s=180):
        """The short code as the machine itself shows it: what the technician compares."""
        return self.machine.wait_for(r"resus (?:m-\S+)? ?([2-9A-HJ-NP-Z]{6}): awaiting", timeout_s).group(1)


def approve(depot, pc, image, backup, slot):
    """Waits for the PC, compares the codes as a technician would, approves. Returns its id."""
    depot.wait_phase(pc.machine.mac, "awaiting_approval", 180, bad=())
    shown = pc.code_on_screen()
    seen = depot.wait_for(pc.machine.mac, lambda m: m["short_code"] == shown, f"the screen's code {shown} on the dashboard", 30)
    depot.approve(seen, shown, image["id"], backup["id"], slot)
    return seen["id"]


def evidence_of(depot, pc):
    machine = depot.machine(pc.machine.mac)
    return depot.api("GET", f"/api/v1/machines/{machine['id']}")["evidence"]


def golden_partitions():
    table = json.loads(run("sfdisk", "-J", GOLDEN).stdout)["partitiontable"]
    return [(p["start"] * 512, p["size"] * 512, p["type"]) for p in table["partitions"]]


def differing_partitions(disk):
    """Numbers of the golden partitions that do not stand on the disk byte for byte."""
    different = []
    with open(GOLDEN, "rb") as golden, open(disk, "rb") as found:
        for number, (offset, length, _) in enumerate(golden_partitions(), start=1):
            golden.seek(offset)
            found.seek(offset)
            if golden.read(length) != found.read(length):
                different.append(number)
    return different


def changed_bytes(disk, number):
    """How much of one golden partition is not on the disk as the image has it, in whole clusters."""
    offset, length, _ = golden_partitions()[number - 1]
    with open(GOLDEN, "rb") as golden, open(disk, "rb") as found:
        golden.seek(offset)
        found.seek(offset)
        return CLUSTER_BYTES * sum(golden.read(CLUSTER_BYTES) != found.read(CLUSTER_BYTES)
                                   for _ in range(length // CLUSTER_BYTES))


class Partition:
    """with Partition(disk) as it: one golden partition of a disk image, taken out of it into a file of its own."""

    number = None

    def __init__(self, disk):
        self.disk, self.work = disk, tempfile.mkdtemp(prefix="resus-partition.", dir="/var/tmp")
        self.piece = os.path.join(self.work, "piece")

    def __enter__(self):
        try:
            offset, length, _ = golden_partitions()[self.number - 1]
            run("dd", f"if={self.disk}", f"of={self.piece}", "bs=1M", "iflag=skip_bytes,count_bytes", f"skip={offset}",
                f"count={length}", "conv=sparse")
            return self.open()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        shutil.rmtree(self.work, ignore_errors=True)


class DataPartition(Partition):
    """with DataPartition(disk) as folder: the NTFS partition, checked and mounted read-only by ntfs-3g. "file:name" is
    the file's stream of that name."""

    number = DATA

    def open(self):
        self.folder = os.path.join(self.work, "mounted")
        run("ntfsfix", "--no-action", self.piece)
        os.mkdir(self.folder)
        run("ntfs-3g", "-o", "ro,streams_interface=windows", self.piece, self.folder)
        return self.folder

    def __exit__(self, *_):
        folder = os.path.join(self.work, "mounted")
        if os.path.ismount(folder):
            run("umount", folder)
        super().__exit__()


class RootFileSystem(Partition):
    """with RootFileSystem(disk) as root: the root partition, read with debugfs, nothing mounted. The golden system has
    run on it and lost its power: its journal is replayed first, as its next start would do, and it must be whole then.
    Before that, debugfs may find bitmaps that are newer than their checksums, and opens nothing."""

    number = ROOT

    def open(self):
        repaired = subprocess.run(["e2fsck", "-p", self.piece], capture_output=True, text=True)
        if repaired.returncode not in (0, 1):
            raise AssertionError(f"the root file system is damaged: {repaired.stdout}{repaired.stderr}")
        run("e2fsck", "-f", "-n", self.piece)
        return self

    def _debugfs(self, command):
        """debugfs ends with status 0 whatever happens: what it says besides its name and version is an error."""
        done = subprocess.run(["debugfs", "-R", command, self.piece], check=True, capture_output=True)
        if said := done.stderr.split(b"\n", 1)[1]:
            raise AssertionError(f"debugfs {command}: {said.decode()}")
        return done.stdout

    def ask(self, command):
        return self._debugfs(command).decode()

    def read(self, path):
        return self._debugfs(f'cat "{path}"')

    def stat(self, path):
        text = self.ask(f'stat "{path}"')
        fields = {"mode": int(re.search(r"Mode:\s+0?(\d+)", text).group(1), 8),
                  "uid": int(re.search(r"User:\s+(\d+)", text).group(1)),
                  "links": int(re.search(r"Links:\s+(\d+)", text).group(1)),
                  "inode": int(re.search(r"Inode:\s+(\d+)", text).group(1)),
                  "mtime": re.search(r"mtime: (0x[0-9a-f]+)(?::([0-9a-f]+))?", text)}
        seconds = int(fields["mtime"].group(1), 16)
        nanoseconds = int(fields["mtime"].group(2) or "0", 16) >> 2
        fields["mtime"] = (seconds, nanoseconds)
        return fields

    def attribute(self, path, name):
        return self.ask(f'ea_get -V "{path}" {name}')
