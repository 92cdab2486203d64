"""What is promised of evidence that is kept: holds, deletion, time stamps, keys, and an index that may be lost."""

import os
import random
import shutil
import subprocess

from assertions import assertion, equal, holds
from room import MIB, digest
from stamp_authority import Authority, Server

OVERRIDE = ("--override-retention", "judge's order")


def two_disks(room):
    """Evidence of two disks that share 2 MiB and have 6 MiB of their own each."""
    found = []
    for number in (1, 2):
        with open(room.path(f"{number}.img"), "wb") as disk:
            disk.write(random.Random(0).randbytes(2 * MIB) + random.Random(number).randbytes(6 * MIB))
        found.append(room.acquire(room.path(f"{number}.img"))["id"])
    return found


@assertion("R-19", "Evidence that is held is not deleted")
def held(room):
    evidence, _ = two_disks(room)
    for reason in ("case 12", "case 13"):
        room.resus("evidence", "hold", evidence, "--reason", reason)
    told = room.refused("evidence", "delete", evidence, "--reason", "case closed", *OVERRIDE)
    equal(told["code"], "E-EVID-03", "what was told")
    holds("case 12" in told["detail"], "the holds are not named")
    holds(room.resus("evidence", "verify", evidence)["ok"], "it is no longer whole")
    room.resus("evidence", "unhold", evidence, "--reason", "both over")
    told = room.refused("evidence", "delete", evidence, "--reason", "case closed")
    holds("kept for ever" in told["detail"], f"without a word on its retention: {told}")
    return "two holds: E-EVID-03; let go, it is still kept until somebody says why its retention does not count"


@assertion("R-20", "A deletion is signed and frees what nothing else needs, and no more")
def deletion(room):
    gone, kept = two_disks(room)
    before = room.allocated()
    done = room.resus("evidence", "delete", gone, "--reason", "case closed", *OVERRIDE)
    holds(5 * MIB < done["freed_bytes"] < 7 * MIB, f"{done['freed_bytes']} bytes freed of 6 MiB that nothing else needs")
    holds(before - room.allocated() > 5 * MIB, "the space is not given back")
    equal(digest(room.export(kept)), digest(room.path("2.img")), "the other disk")
    lines = [(line["action"], line["reason"]) for line in room.custody() if line["action"].startswith("evidence.delete")]
    equal(lines, [("evidence.delete", "case closed"), ("evidence.deleted", "")], "custody lines before and after")
    holds(room.resus("custody", "verify")["ok"], "custody chain")
    others = room.independent("--key", room.store + "/keys/signing.pub")
    holds(all(one["ok"] for one in others.values()), f"independent verifier: {others}")
    equal((others[gone]["deleted"]["reason"], others[kept]["deleted"]), ("case closed", None), "tombstone, as the independent verifier reads it")
    return "6 of 8 MiB given back to the file system; record and tombstone verify without our code, the other disk is whole"


@assertion("R-21", "A time stamp of an outside authority is kept only if it holds, and openssl says the same of it")
def time_stamp(room):
    evidence = room.acquire(room.disk())["id"]
    mine, stranger = Authority(room.path("authority")), Authority(room.path("stranger"), "Somebody Else")
    folder = f"{room.store}/evidence/{evidence}"
    for authority in (stranger, mine):
        server = Server(authority.reply).up()
        room.undo.append(server.down)
        words = ("evidence", "stamp", evidence, "--url", server.url, "--tsa-ca", mine.ca)
        if authority is stranger:
            equal(room.refused(*words)["code"], "E-STAMP-01", "a stamp of a stranger")
            holds(not os.path.exists(folder + "/stamp.tsr"), "the stranger's stamp was kept")
        else:
            room.resus(*words)
    openssl = ["openssl", "ts", "-verify", "-data", folder + "/record.json", "-in", folder + "/stamp.tsr", "-CAfile"]
    holds(b"Verification: OK" in room.sh(*openssl, mine.ca), "openssl does not verify it")
    holds(subprocess.run([*openssl, stranger.ca], capture_output=True, check=False).returncode, "openssl verifies anything")
    equal(room.resus("evidence", "verify", evidence, "--tsa-ca", mine.ca)["stamp"]["state"], "stamped", "our own check")
    return "an authority made of `openssl ts`; a stranger's stamp is refused (E-STAMP-01)"


@assertion("R-22", "Evidence from before a change of keys still verifies")
def key_rotation(room):
    data = room.path("data")
    room.store = data + "/store"
    room.sh(room.programs + "/resus", "depot", "init", "--data", data)
    before = room.acquire(room.disk())["id"]
    rotation = room.command("depot", "keys", "rotate", "--reason", "yearly", "--data", data)
    after = room.acquire(room.disk("second.img", seed=2))["id"]
    signers = []
    for evidence in (before, after):
        holds(room.resus("evidence", "verify", evidence)["ok"], evidence)
        signers.append(room.json(f"{room.store}/evidence/{evidence}/record.json")["key"])
    equal(signers, [rotation["former"], rotation["current"]], "keys that signed")
    holds(room.resus("custody", "verify")["ok"], "custody chain over the change")
    others = room.independent()
    holds(all(one["ok"] for one in others.values()) and len(others) == 3, f"independent verifier: {others}")
    new_key_alone = room.independent("--key", room.store + "/keys/signing.pub")
    equal((new_key_alone[before]["ok"], new_key_alone[after]["ok"]), (False, True), "by the new key alone")
    return "by both verifiers; the new key alone does not vouch for what the former one signed"


@assertion("R-23", "What is known of the blocks is made again from the packs alone")
def lost_index(room):
    disk, sealed = room.disk(), room.disk("second.img", seed=2)
    evidence = [room.acquire(path)["id"] for path in (disk, sealed)]
    shutil.rmtree(room.store + "/index")
    for pack in room.packs():  # and without the seek tables, by which frames are found quickly
        with open(pack, "r+b") as file:
            file.seek(-9, os.SEEK_END)
            file.write(bytes(9))
    again = room.acquire(disk)
    equal(again["bytes_added"], 0, "bytes of the same disk that were stored again")
    holds(os.path.isdir(room.store + "/index"), "there is no new index")
    for one, path in zip(evidence, (disk, sealed)):
        holds(room.resus("evidence", "verify", one)["ok"], one)
        equal(digest(room.export(one, one + ".raw")), digest(path), "export")
    return "index folder and the packs' seek tables lost: a third copy stores nothing again, everything verifies"
