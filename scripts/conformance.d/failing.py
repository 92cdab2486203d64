"""DA-AM-09 and 10, and what disks that fail are promised beyond them. The disks fail by QEMU's blkdebug (tests/support)."""

import errno
import os
import signal
import time

from assertions import assertion, equal, holds
from room import MIB, digest

SECTOR = 512
CAUSES = {"medium": 1, "timeout": 2, "device_gone": 3, "not_tried": 4}  # imaging/FORMAT.md section 5
TOLD = {"medium error": "medium", "timeout": "timeout", "device gone": "device_gone", "not tried": "not_tried"}
CAUSE_OF = {errno.EIO: "medium", errno.ENODATA: "medium", errno.ETIMEDOUT: "timeout"}
DISK = 24 * MIB
GAPS = [(5000, 1, errno.EIO), (6 * MIB // SECTOR - 24, 48, errno.ENODATA), (20484, 4, errno.ETIMEDOUT), (DISK // SECTOR - 1, 1, errno.EIO)]


def gap_ranges(gaps):
    return [(first * SECTOR, sectors * SECTOR, CAUSE_OF[number]) for first, sectors, number in gaps]


def told_ranges(result):
    return [(one["offset_bytes"], one["length_bytes"], TOLD[one["cause"]]) for one in result["unreadable_ranges"]]


def failing_evidence(room):
    """A copy of a disk with GAPS, and the image file that stands behind it."""
    disk = room.disk("behind.img", size=DISK)
    return room.acquire(room.failing(disk, GAPS)), disk


@assertion("DA-AM-09", "Unresolved read errors are told with type and location")
def read_errors(room):
    result, _ = failing_evidence(room)
    equal(told_ranges(result), gap_ranges(GAPS), "ranges told")
    equal(result["unreadable"], sum(sectors for _, sectors, _ in GAPS) * SECTOR, "unreadable bytes")
    recorded = room.record(result["id"])["unreadable"]
    equal([(one["offset"], one["length"], one["cause"]) for one in recorded],
          [(at, length, CAUSES[cause]) for at, length, cause in gap_ranges(GAPS)], "ranges in the signed record")
    return ("four places from one to 48 sectors, inside the disk, over the border of two megabytes and in its last sector: exact to the sector;"
            " medium errors (EIO, ENODATA) and a timeout are told apart")


@assertion("DA-AM-10", "In place of what could not be read stands a benign fill")
def benign_fill(room):
    result, disk = failing_evidence(room)
    with open(disk, "rb") as file:
        expected = bytearray(file.read())
    for at, length, _ in gap_ranges(GAPS):
        expected[at:at + length] = bytes(length)
    with open(room.export(result["id"]), "rb") as copy:
        holds(copy.read() == expected, "the copy is not the disk with zeros in its gaps")
    return "zeros in the four places, listed as unreadable in the record; every other sector is the disk's"


@assertion("R-14", "A failing disk is worked at no longer than it may be, and what was not tried is told", quick=False)
def time_budget(room):
    disk = room.disk("behind.img", size=DISK)
    places = [(8 * MIB // SECTOR, 4 * MIB // SECTOR, errno.EIO)]
    begun = time.monotonic()
    result = room.acquire(room.failing(disk, places, reads_per_second=25), "--rescue-time", "1")  # more than LONGEST without a limit
    took, told = time.monotonic() - begun, told_ranges(result)
    equal({cause for _, _, cause in told}, {"medium", "not_tried"}, f"causes after {took:.0f} s")
    holds(all(8 * MIB <= at and at + length <= 12 * MIB for at, length, _ in told), f"gaps outside the 4 MiB that failed: {told}")
    equal(result["unreadable"], 4 * MIB, "unreadable bytes")
    holds(took >= 60, f"a minute was given, and {took:.0f} s taken")
    return "25 reads a second, 4 of 24 MiB dead, one minute given: what was tried and what was not stand in the record"


@assertion("R-15", "A second reading says where the disk gave other bytes")
def second_reading(room):
    disk = room.disk("source.img", size=96 * MIB, table=False)
    with open(disk, "r+b") as file:
        file.write(os.urandom(96 * MIB))
    before = digest(disk)
    copy = stopped_between(room, disk, 24 * MIB, 72 * MIB)
    room.flip(disk, 5 * MIB + 77)
    copy.send_signal(signal.SIGCONT)
    result = room.printed(copy)
    equal(result["sha256"], before, "the record is of the first reading")
    equal(result["second_reading"]["bytes"], 96 * MIB, "bytes read again")
    equal(result["second_reading"]["differences"], [{"offset_bytes": 5 * MIB, "length_bytes": MIB}], "places that differ")
    equal(room.record(result["id"])["device"]["second_reading"], result["second_reading"], "in the signed record")
    return "one byte of 96 MiB changed between the readings (--reread whole): its megabyte is named, in the record, too"


def stopped_between(room, disk, low, high):
    """A copy with a second reading, stopped when so much of the first is stored."""
    for attempt in range(5):
        room.store = room.path(f"store-{attempt}")
        copy = room.start("evidence", "acquire", disk, "--reread", "whole", "--store", room.store)
        while copy.poll() is None and room.stored() < low:
            time.sleep(0.001)
        copy.send_signal(signal.SIGSTOP)
        if copy.poll() is None and room.stored() < high:
            return copy
        copy.kill()
        copy.wait()
    raise AssertionError("the copy was never caught in the middle")
