"""DA-AO-02, 05 and 09, and what leaves the store otherwise: E01 sets in the hands of other people's tools, and mounts."""

import errno
import os
import subprocess

from assertions import assertion, equal, holds
from failing import GAPS, failing_evidence, gap_ranges
from room import MIB, digest

SEGMENT = 2 * MIB


def e01(room, evidence, name="out.E01", *options):
    """The set's first file and what its side file says."""
    room.resus("evidence", "export", evidence, "--format", "e01", "--output", room.path(name), *options)
    return room.path(name), room.json(name + ".resus.json")


def read_by_ewfexport(room, first):
    room.sh("ewfexport", "-q", "-u", "-f", "raw", "-S", "0", "-t", first + "-read", first, stdin=subprocess.DEVNULL)
    return digest(first + "-read.raw")


def verified_by_ewf(room, first):
    """What ewfverify and ewfinfo print of a set that is sound."""
    verified = room.sh("ewfverify", "-d", "sha1,sha256", first).decode()
    holds("ewfverify: SUCCESS" in verified, "ewfverify: " + verified[-200:])
    return verified, room.sh("ewfinfo", first).decode()


@assertion("DA-AO-02", "The image is made in the format asked for")
def formats(room):
    disk = room.disk()
    result = room.acquire(disk, "--md5", "--sha1")
    equal(digest(room.export(result["id"])), digest(disk), "raw")
    first, side = e01(room, result["id"])
    verified, told = verified_by_ewf(room, first)
    for name in ("sha1", "sha256"):
        holds(digest(disk, name) in verified, f"ewfverify computes another {name}")
    for name in ("md5", "sha1"):
        holds(digest(disk, name) in told and side[name] == digest(disk, name), f"ewfinfo has another {name}")
    holds(f"({os.path.getsize(disk)} bytes)" in told, "ewfinfo has another size")
    equal(read_by_ewfexport(room, first), digest(disk), "E01 read by ewfexport")
    return "raw; E01: ewfverify, ewfinfo and ewfexport agree on size, MD5, SHA-1 and SHA-256 of the disk"


@assertion("DA-AO-05", "Files of a multi-file image are no larger than asked for")
def segments(room):
    disk = room.disk()
    first, side = e01(room, room.acquire(disk)["id"], "set.E01", "--segment-size", str(SEGMENT), "--compression", "none")
    sizes = {name: os.path.getsize(room.path(name)) for name in os.listdir(room.folder) if name.startswith("set.E") and "." not in name[4:]}
    equal(sorted(sizes), side["segments"], "files there and files listed")
    holds(len(sizes) >= os.path.getsize(disk) // SEGMENT, f"too few for what they hold: {sizes}")
    holds(max(sizes.values()) <= SEGMENT, f"larger than asked for: {sizes}")
    verified_by_ewf(room, first)
    equal(read_by_ewfexport(room, first), digest(disk), "the set read by ewfexport")
    os.rename(room.path(side["segments"][3]), room.path("kept-back"))
    done = subprocess.run(["ewfverify", "-q", first], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    holds(done.returncode != 0, "ewfverify does not miss a file that was taken away")
    return f"{len(sizes)} files of at most 2 MiB, each looked at; ewfexport gives the disk from them, and from one less it does not"


@assertion("DA-AO-09", "Conversion to another format keeps the data")
def conversion(room):
    disk = room.sample("fs.multiple")
    evidence = room.acquire(disk)["id"]
    raw = room.export(evidence)
    first, _ = e01(room, evidence, "out.E01", "--compression", "best")
    equal((digest(raw), read_by_ewfexport(room, first)), (digest(disk),) * 2, "raw, E01")
    sizes = room.sh("img_stat", "-i", "ewf", first).decode()
    holds(f"Size of data in bytes:\t{os.path.getsize(disk)}\n" in sizes, "img_stat: " + sizes)
    theirs = listings(room, disk)
    for copy, kind in ((raw, "raw"), (first, "ewf")):
        equal(listings(room, copy, kind) == theirs, True, f"Sleuthkit lists the same in the {kind} image")
    holds(sum(map(len, theirs.values())) > 1000, f"Sleuthkit lists next to nothing: {theirs.keys()}")
    return f"raw and E01 of a disk that others made; Sleuthkit (img_stat, mmls, fls) finds the same in its {len(theirs)} file systems"


def listings(room, disk, kind="raw"):
    """What fls prints of each partition, by first sector."""
    table = room.sh("mmls", "-M", "-a", "-i", kind, disk).decode()
    starts = [line.split()[2] for line in table.splitlines() if line[:3].isdigit()]
    found = {}
    for start in starts:
        done = subprocess.run(["fls", "-r", "-p", "-i", kind, "-o", start, disk], capture_output=True, check=False)
        if done.returncode == 0:
            found[start] = done.stdout
    return found


@assertion("R-13", "Mounted evidence is the disk as it was, and cannot be written")
def mounted(room):
    disk = room.disk()
    evidence = room.acquire(disk)["id"]
    folder = room.path("mounted")
    os.mkdir(folder)
    room.sh(room.programs + "/resus", "evidence", "mount", evidence, folder, "--store", room.store)
    room.unmount_later(folder)
    equal(digest(folder + "/disk.raw"), digest(disk), "disk.raw")
    with open(disk, "rb") as file:
        file.seek(MIB)
        partition = file.read(20 * MIB)
    with open(folder + "/partitions/p1.raw", "rb") as file:
        holds(file.read() == partition, "p1.raw is not the partition")
    for name, act in {"opened for writing": lambda: open(folder + "/disk.raw", "r+b"), "removed": lambda: os.remove(folder + "/disk.raw"),
                      "added to": lambda: open(folder + "/new", "w"), "cut": lambda: os.truncate(folder + "/disk.raw", 0)}.items():
        try:
            act()
        except OSError as refused:
            equal(refused.errno, errno.EROFS, name)
        else:
            raise AssertionError(f"it can be {name}")
    return "disk.raw and its partition compared; opening for writing, cutting, removing and adding refused (EROFS)"


@assertion("R-16", "An E01 set of a disk with gaps says where they are")
def gaps_listed(room):
    result, _ = failing_evidence(room)
    first, side = e01(room, result["id"])
    equal([(one["offset_bytes"], one["length_bytes"], one["cause"]) for one in side["unreadable"]], gap_ranges(GAPS), "side file")
    _, told = verified_by_ewf(room, first)
    for begin, sectors, _ in GAPS:
        holds(f"{begin} - {begin + sectors - 1}" in told, f"ewfinfo does not name sector {begin}")
    return "the side file with causes, ewfinfo without: E01 has no place for them"
