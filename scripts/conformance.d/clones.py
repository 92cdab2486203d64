"""DA-AM-04, DA-AO-11 to 21: clones. A clone is evidence imported as a golden image and laid down."""

import os

from assertions import assertion, equal, holds, not_applicable
from room import MIB, Refused, digest


def image_of(room, disk):
    evidence = room.acquire(disk)["id"]
    room.resus("image", "import", evidence, "--name", "clone")
    return evidence


def target(room, size, content=b"\xa5", name="target.img"):
    path = room.path(name)
    with open(path, "wb") as file:
        file.write(content * size)
    return path, room.loop(path)


def lay_down(room, device):
    return room.resus("image", "deploy", "clone", device, "--waive", "a blank disk for a clone")


not_applicable("DA-AM-04", "A clone is made during the acquisition", "clones are made from the image, see DA-AO-12")
not_applicable("DA-AO-11", "If asked for, a clone is made during the acquisition", "as DA-AM-04")


@assertion("DA-AO-12", "If asked for, a clone is made from an image")
def clone(room):
    disk = room.disk()
    image_of(room, disk)
    path, device = target(room, os.path.getsize(disk))
    lay_down(room, device)
    equal(digest(path), digest(disk), "clone")
    return "imported as golden image, laid down, read back from the device"


@assertion("DA-AO-13", "The clone is written through the access interface of its device")
def clone_interface(room):
    disk = room.disk()
    image_of(room, disk)
    path, device = target(room, os.path.getsize(disk))
    plain = target(room, os.path.getsize(disk), name="plain.img")[0]
    lay_down(room, device)
    lay_down(room, plain)
    equal((digest(path), digest(plain)), (digest(disk),) * 2, "clones")
    return "block device (loop) and image file"


@assertion("DA-AO-14", "Each sector of an unaligned clone lies at the address it had")
def clone_addresses(room):
    disk = room.path("numbered.img")
    with open(disk, "wb") as file:
        for sector in range(8 * MIB // 512):
            file.write(b"sector %-505d" % sector)
    image_of(room, disk)
    path, device = target(room, os.path.getsize(disk))
    lay_down(room, device)
    with open(path, "rb") as file:
        for sector in range(8 * MIB // 512):
            equal(file.read(512), b"sector %-505d" % sector, f"sector {sector}")
    return "16384 sectors that bear their numbers"


not_applicable("DA-AO-15", "In an aligned clone each sector of a span (a partition, or what lies between) keeps its distance from the span's start",
               "no aligned clones: addresses are kept")
not_applicable("DA-AO-16", "If a subset of an image or acquisition is asked for, all of it is cloned", "whole disks only")


not_applicable("DA-AO-17", "If asked for, excess sectors of a larger clone device are not modified",
               "they are always filled: nothing of what was on the device may survive, see DA-AO-18")


@assertion("DA-AO-18", "If asked for, excess sectors of a larger clone device get a benign fill")
def excess(room):
    disk = room.disk(size=8 * MIB, table=False)
    image_of(room, disk)
    path, device = target(room, 12 * MIB)
    lay_down(room, device)
    with open(path, "rb") as file, open(disk, "rb") as source:
        equal(file.read(8 * MIB) == source.read(), True, "the clone's part")
        holds(not any(file.read()), "excess sectors are not zeros")
    return "always zeros; with a GPT its second copy is moved to the device's end"


not_applicable("DA-AO-19", "On a clone device that is too small all its sectors are used for a truncated clone", "refused before anything is written, see DA-AO-20")


@assertion("DA-AO-20", "A truncated clone is told")
def too_small(room):
    image_of(room, room.disk(size=8 * MIB))
    path, device = target(room, 4 * MIB)
    before = digest(path)
    equal(room.refused("image", "deploy", "clone", device, "--waive", "a blank disk for a clone")["code"], "E-IMAGE-01", "what was told")
    equal(digest(path), before, "the device was written")
    return "there would be one: E-IMAGE-01 before anything is written"


@assertion("DA-AO-21", "A write error during cloning is told")
def write_error(room):
    image_of(room, room.disk(size=24 * MIB))
    folder = room.small_folder("full", 4)
    room.sh("truncate", "-s", str(24 * MIB), folder + "/thin.img")
    device = room.loop(folder + "/thin.img")  # has the size, has not the room
    try:
        lay_down(room, device)
    except Refused as told:
        holds(told.problem["code"] in ("E-WRITE-01", "E-DEPLOY-01", "E-SPACE-01"), f"told as {told.problem['code']}")
        return f"a device that takes 4 of 24 MiB: {told.problem['code']}"
    raise AssertionError("it went on")
