"""DA-AO-01 to 10, 22 to 24: images, their checks, log and source. (02, 05 and 09: exports.py)"""

import hashlib
import json
import os
import select
import subprocess

from assertions import assertion, equal, holds, not_applicable
from room import MIB, Refused, digest


@assertion("DA-AO-01", "The data of the image is the data that was acquired")
def image_is_the_data(room):
    disk = room.disk()
    result = room.acquire(disk, "--verify")
    holds(room.resus("evidence", "verify", result["id"])["ok"], "the store's own check")
    equal(digest(room.export(result["id"])), result["sha256"], "export")
    return "read back from the store's disk, exported, compared"


@assertion("DA-AO-03", "An error while writing the image is told")
def write_error(room):
    evidence = room.acquire(room.disk())["id"]
    words = [room.programs + "/resus", "evidence", "export", evidence, "--store", room.store, "--output", "-", "--json"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, check=False)
    equal(json.loads(done.stderr.splitlines()[-1])["code"], "E-WRITE-01", "what was told")
    return "export to /dev/full: E-WRITE-01"


@assertion("DA-AO-04", "Too little space for the image file is told")
def insufficient_space(room):
    disk = room.disk()
    try:
        room.resus("evidence", "export", room.acquire(disk)["id"], "--output", room.small_folder("tiny", 2) + "/disk.raw")
    except Refused as refusal:
        told = refusal
        holds(told.problem["code"] in ("E-SPACE-01", "E-WRITE-01"), f"told as {told.problem['code']}")
    else:
        raise AssertionError("the export went on")
    holds(not os.path.exists(room.path("tiny/disk.raw")), "half an export has the name of a whole one")
    small = room.small_folder("small", 16)
    words = [room.programs + "/resus", "evidence", "acquire", disk, "--store", small + "/store", "--json"]
    copy = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        holds(select.select([copy.stderr], [], [], 60)[0], "a minute passed and nothing was told")
        holds(b"E-SPACE-01" in copy.stderr.readline(), "something else was told")
        room.sh("mount", "-o", "remount,size=2g", small)
        out = copy.communicate(timeout=120)[0]
    finally:
        copy.kill()
    equal(json.loads(out.splitlines()[-1])["sha256"], digest(disk), "hash of the copy that had waited")
    return f"an export ends ({told.problem['code']}, nothing with the final name); a copy says E-SPACE-01, waits, and goes on when there is room"


@assertion("DA-AO-06", "The check of an unchanged image says so")
def unchanged(room):
    evidence = room.acquire(room.disk())["id"]
    report = room.resus("evidence", "verify", evidence)
    equal((report["ok"], report["damaged_ranges"]), (True, []), "verify")


@assertion("DA-AO-07", "The check of a changed image says so")
def changed(room):
    evidence = room.acquire(room.disk())["id"]
    for path in (room.packs()[0], f"{room.store}/evidence/{evidence}/map", f"{room.store}/evidence/{evidence}/record.json"):
        at = os.path.getsize(path) // 2
        room.flip(path, at)
        try:
            ok = room.resus("evidence", "verify", evidence)["ok"]
        except Refused:
            ok = False
        equal(ok, False, f"one bit of {os.path.basename(path)}")
        room.flip(path, at)
    holds(room.resus("evidence", "verify", evidence)["ok"], "changed back")
    return "one bit in pack, map and record, each alone"


@assertion("DA-AO-08", "It says which locations are affected")
def affected_locations(room):
    disk = room.disk()
    evidence = room.acquire(disk)["id"]
    room.flip(room.packs()[0], os.path.getsize(room.packs()[0]) // 2)
    ours = room.resus("evidence", "verify", evidence)["damaged_ranges"]
    scrubbed = room.resus("evidence", "scrub")["affected"]
    equal([d["ranges"] for d in scrubbed if d["id"] == evidence], [ours], "scrub against verify")
    told = room.independent("--key", room.store + "/keys/signing.pub")[evidence]
    equal((told["ok"], damaged_ranges(told)), (False, [(one["offset_bytes"], one["length_bytes"]) for one in ours]), "independent verifier")
    return "byte ranges of the disk; verify, scrub and the independent verifier name the same"


def damaged_ranges(told):
    """(first byte, bytes) of the disk that the independent verifier names, neighbours together."""
    found = []
    for begin, last in sorted((int(words[2]), int(words[4].rstrip(":"))) for words in map(str.split, told["findings"]) if words[:2] == ["disk", "bytes"]):
        if found and sum(found[-1]) == begin:
            begin = found.pop()[0]
        found.append((begin, last + 1 - begin))
    return found


not_applicable("DA-AO-10", "If a multi-file image finds too little space and devices can be switched, it goes on on another one",
               "no switching: a depot's machines wait until there is room and go on by themselves")


@assertion("DA-AO-22", "If asked for, hashes of blocks of a given size are computed during the acquisition")
def block_hashes(room):
    disk = room.disk()
    evidence = room.acquire(disk)["id"]
    with open(disk, "rb") as file:
        for at in (0, MIB, 7 * MIB - 4096, 12 * MIB):
            file.seek(at)
            found = room.resus("evidence", "search", "--block", hashlib.sha256(file.read(4096)).hexdigest())
            places = [place for one in found["disks"] if one["id"] == evidence for place in one["offsets_bytes"]]
            holds(at in places, f"the block at byte {at} is not known by its SHA-256")
    return "always, and always of 4096 bytes: SHA-256; samples compared with hashlib"


@assertion("DA-AO-23", "What is logged of significance is accurate")
def log_accuracy(room):
    disk = room.disk()
    device = room.loop(disk)
    result = room.acquire(device, "--operator", "J. Doe")
    record, line = room.record(result["id"]), room.custody()[-1]
    equal((record["sha256"], record["disk_bytes"]), (digest(disk), os.path.getsize(disk)), "hash and size")
    equal((record["operator"], record["device"]["path"], record["unreadable_bytes"]), ("J. Doe", device, 0), "who, what, gaps")
    equal((line["action"], line["actor"], line["details"]["id"], line["details"]["sha256"]),
          ("evidence.complete", "J. Doe", result["id"], digest(disk)), "custody line")
    holds(record["started_at"] <= record["copied_at"] <= line["time"], "times are not in order")
    holds(room.resus("custody", "verify")["ok"], "custody chain")
    return "signed record and custody line against the disk"


@assertion("DA-AO-24", "In a forensically safe environment the source is unchanged by the acquisition")
def source_unchanged(room):
    disk = room.disk()
    before, device = digest(disk), room.loop(disk)
    written = open(f"/sys/block/{os.path.basename(device)}/stat").read().split()[6]
    room.acquire(device)
    equal(digest(disk), before, "content")
    equal(room.sh("blockdev", "--getro", device).strip(), b"1", "write block of the device")
    equal(open(f"/sys/block/{os.path.basename(device)}/stat").read().split()[6], written, "sectors written, as the kernel counts")
    return "content, the kernel's write counter, and the device is marked read-only"
