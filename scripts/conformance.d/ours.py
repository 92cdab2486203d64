"""What NIST's plan does not ask for and evidence needs."""

import json
import os
import subprocess
import time

from assertions import NotTried, assertion, equal, holds
from room import MIB, ROOT, Refused, digest

FIRMWARE = ROOT + "/tests/firmware"


def unittest(room, name, *tests):
    if not os.path.exists(room.programs + "/resus-agent"):
        raise NotTried("resus-agent is not built")
    done = room.test("python3", "-m", "unittest", "-q", *[f"{name}.{test}" for test in tests] or [name], timeout=1800, PYTHONPATH=FIRMWARE)
    holds("skipped" not in done.stderr, f"{name} skipped tests")


@assertion("R-01", "A copy cut by SIGKILL at any point leaves a whole store, and the next one goes on from there")
def killed(room):
    disk = room.disk(size=96 * MIB)
    with open(disk, "r+b") as file:
        file.seek(20 * MIB)
        file.write(os.urandom(60 * MIB))
    words = [room.programs + "/resus", "evidence", "acquire", disk, "--store", room.store]
    for part in (10, 50):
        copy = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while copy.poll() is None and stored(room) < 66 * MIB * part // 100:
            time.sleep(0.001)
        copy.kill()
        copy.wait()
        equal(room.resus("evidence", "list"), [], "evidence of a copy that was cut")
        room.resus("evidence", "scrub")
    result = room.acquire(disk)
    equal(result["sha256"], digest(disk), "hash")
    holds(result["bytes_known"] > MIB, "nothing of the cut copies was used")
    holds(room.resus("evidence", "verify", result["id"])["ok"], "verify")
    return f"killed at 10 and 50 %; {result['bytes_known'] // MIB} MiB were not stored again"


def stored(room):
    folder = room.store + "/packs"
    return sum(entry.stat().st_size for entry in os.scandir(folder)) if os.path.isdir(folder) else 0


@assertion("R-02", "A power cut at any write of the store loses nothing that was durable", quick=False)
def crash_tests(room):
    program = room.programs + "/imaging_tests"
    if not os.path.exists(program):
        raise NotTried("imaging_tests is not built")
    done = room.test(program, "--gtest_filter=*PowerCut*:FailedWrite*")
    holds("PASSED" in done.stdout and "[  PASSED  ] 0" not in done.stdout, "no test ran")
    return "imaging_tests: stops at every write, drops what was not synced, tears the last write"


@assertion("R-03", "Agent and depot cut in every phase (power, network) come to the same end", quick=False)
def every_phase(room):
    unittest(room, "test_agent_depot", "AgentAndDepot.test_agent_and_depot_killed_in_every_phase_come_to_the_same_end")
    return "tests/firmware/test_agent_depot.py"


@assertion("R-04", "Evidence of another disk is no ground for writing to this one")
def other_disk(room):
    room.resus("image", "import", room.disk("golden.img", seed=3), "--name", "ward")
    evidence = room.acquire(room.disk("first.img", seed=1))["id"]
    other = room.disk("second.img", seed=2)
    before = digest(other)
    try:
        room.resus("image", "deploy", "ward", other, "--evidence", evidence)
    except Refused as told:
        equal(told.problem["code"], "E-DISK-02", "what was told")
    else:
        raise AssertionError("it went on")
    equal(digest(other), before, "the disk was written")
    return "E-DISK-02, nothing written"


@assertion("R-05", "A flipped bit in the store is found, and machines, disks and byte ranges are named")
def flipped_bit(room):
    evidence = {name: room.acquire(room.disk(name + ".img", seed=1))["id"] for name in ("one", "two")}
    room.flip(room.packs()[0], os.path.getsize(room.packs()[0]) // 3)
    report = room.resus("evidence", "scrub")
    equal(report["ok"], False, "scrub")
    equal({disk["id"] for disk in report["affected"]}, set(evidence.values()), "evidence named")
    holds(all(disk["ranges"] and disk["serial"].startswith("file:") for disk in report["affected"]), "no ranges or serials")
    return "both disks that share the block are named"


@assertion("R-06", "Without a permit for exactly this disk and copy nothing is written", quick=False)
def permit_gate(room):
    unittest(room, "test_agent_permits")
    return "tests/firmware/test_agent_permits.py: every field changed alone, expired, signed by others"


@assertion("R-07", "A full evidence disk makes machines wait; they go on by themselves", quick=False)
def full_disk(room):
    unittest(room, "test_agent_full_disk")
    return "tests/firmware/test_agent_full_disk.py"


@assertion("R-08", "A disk is written only after its copy is complete and read back")
def copy_first(room):
    room.resus("image", "import", room.disk("golden.img", seed=3), "--name", "ward")
    disk = room.disk("infected.img")
    before = digest(disk)
    evidence = room.resus("image", "deploy", "ward", disk)["evidence"]
    record = room.record(evidence)
    equal(record["sha256"], before, "the copy is of the disk as it was")
    holds(record["verified_at"], "the copy was not read back before the permit")
    actions = [line["action"] for line in room.custody()]
    holds(actions.index("evidence.complete") < max(i for i, action in enumerate(actions) if "deploy" in action or "permit" in action),
          f"order in the custody log: {actions}")
    return "workbench deployment; the copy's hash is the disk's before it"


@assertion("R-09", "A verifier that shares no code, given public keys alone, agrees")
def independent(room):
    disk = room.disk()
    room.acquire(disk)
    words = [ROOT + "/scripts/verify-evidence", room.store, "--key", room.store + "/keys/signing.pub"]
    equal(subprocess.run(words, capture_output=True, check=False).returncode, 0, "whole evidence")
    room.flip(room.packs()[0], 1000)
    equal(subprocess.run(words, capture_output=True, check=False).returncode, 1, "a flipped bit")
    return "scripts/verify-evidence, from the format document alone"


@assertion("R-10", "A changed line of the custody log is found")
def custody(room):
    room.acquire(room.disk())
    room.acquire(room.disk("second.img", seed=2))
    path = room.store + "/custody.log"
    with open(path) as file:
        lines = file.read().splitlines()
    first = json.loads(lines[0])
    payload = first["payload"]
    first["payload"] = payload[:-6] + ("A" if payload[-6] != "A" else "B") + payload[-5:]
    with open(path, "w") as file:
        file.write("\n".join([json.dumps(first, separators=(",", ":"))] + lines[1:]) + "\n")
    report = room.resus("custody", "verify")
    equal((report["ok"], report["first_broken_line"]), (False, 1), "verdict")


@assertion("R-11", "An indicator found on one machine names the others")
def indicator(room):
    disks = {}
    for seed in (1, 2, 3):
        path = room.disk(f"{seed}.img", seed=seed)
        if seed != 2:
            with open(path, "r+b") as file:
                file.seek(3 * MIB - 9 + seed)
                file.write(b"INDICATOR-OF-COMPROMISE")
        disks[seed] = room.acquire(path)["id"]
    found = {one["id"]: one["offsets_bytes"] for one in room.resus("evidence", "search", "--pattern", "INDICATOR-OF-COMPROMISE")["disks"]}
    equal(found, {disks[1]: [3 * MIB - 8], disks[3]: [3 * MIB - 6]}, "found")
    return "bytes over the border of two blocks, on two of three disks"


@assertion("R-12", "Subtracting the golden image leaves exactly what was changed", quick=False)
def subtraction(room):
    room.test("python3", ROOT + "/tests/cli/test_evidence_diff.py", "-q")
    return "ext4 and NTFS: tests/cli/test_evidence_diff.py"
