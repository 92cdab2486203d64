"""What needs hardware, or functions that this build may not have."""

import os

from assertions import NotTried, assertion, equal, holds
from room import MIB, digest


@assertion("DA-AM-07", "All hidden sectors are acquired")
def hidden_sectors(room):
    raise NotTried("needs a disk with a host protected area; none on a test machine")


def e01(room, *options):
    if not room.offers("evidence", "export", text="e01"):
        raise NotTried("this build writes no E01")
    disk = room.disk(size=24 * MIB)
    evidence = room.acquire(disk)["id"]
    room.resus("evidence", "export", evidence, "--format", "e01", "--output", room.path("out.E01"), *options)
    return disk


@assertion("DA-AO-02", "The image is made in the format asked for")
def formats(room):
    raw = room.disk(name="raw.img")
    equal(digest(room.export(room.acquire(raw)["id"])), digest(raw), "raw")
    if not room.offers("evidence", "export", text="e01"):
        return "raw; this build writes no E01"
    disk = e01(room)
    room.sh("ewfverify", "-q", room.path("out.E01"))
    room.sh("ewfexport", "-q", "-u", "-f", "raw", "-t", room.path("back"), room.path("out.E01"))
    equal(digest(room.path("back.raw")), digest(disk), "E01 read by ewfexport")
    return "raw; E01 as ewfverify and ewfexport read it"


@assertion("DA-AO-05", "Files of a multi-file image are no larger than asked for")
def segments(room):
    if not room.offers("evidence", "export", text="--segment"):
        raise NotTried("this build writes no multi-file images")
    e01(room, "--segment-size", str(2 * MIB))
    sizes = {name: os.path.getsize(room.path(name)) for name in os.listdir(room.folder) if name.startswith("out.E")}
    holds(len(sizes) > 2, f"one file only: {sizes}")
    holds(max(sizes.values()) <= 2 * MIB, f"larger than asked for: {sizes}")
    return f"{len(sizes)} files of at most 2 MiB"


@assertion("R-13", "Mounted evidence is the disk as it was, and cannot be written")
def mounted(room):
    if not room.offers("evidence", text="  mount "):
        raise NotTried("this build mounts no evidence")
    disk = room.disk()
    evidence = room.acquire(disk)["id"]
    folder = room.path("mounted")
    os.mkdir(folder)
    room.sh(room.programs + "/resus", "evidence", "mount", evidence, folder, "--store", room.store)
    room.unmount_later(folder)
    equal(digest(folder + "/disk.raw"), digest(disk), "disk.raw")
    try:
        with open(folder + "/disk.raw", "r+b"):
            pass
    except OSError:
        return "disk.raw compared, opening it for writing refused"
    raise AssertionError("disk.raw can be opened for writing")
