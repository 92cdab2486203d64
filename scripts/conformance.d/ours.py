"""What NIST's plan does not ask for and evidence needs."""

import json
import os
import time

from assertions import NotTried, assertion, equal, holds
from room import MIB, ROOT, digest

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
    room.store = room.path("uncut")
    room.acquire(disk)
    uncut = room.stored()
    kept = cut_three_times(room, disk, uncut)
    result = room.acquire(disk)
    equal(result["sha256"], digest(disk), "hash")
    holds(result["bytes_added"] < uncut - kept + 2 * MIB, f"{result['bytes_added']} bytes added after a cut with {kept} of {uncut} stored")
    holds(room.stored() < uncut + 2 * MIB, f"something is stored twice: {room.stored()} bytes, uncut {uncut}")
    holds(room.resus("evidence", "verify", result["id"])["ok"], "verify")
    return f"killed at 10, 50 and 99 %; the last copy added {result['bytes_added'] / MIB:.1f} of {uncut // MIB} MiB, none is stored twice"


def cut_three_times(room, disk, uncut):
    """How much is stored after the last cut. A copy that was faster than its killer is begun again from nothing."""
    for attempt in range(5):
        room.store = room.path(f"store-{attempt}")
        if all(cut_at(room, disk, uncut * part // 100) for part in (10, 50, 99)):
            return room.stored()
    raise AssertionError("there was always evidence: it came too early, or the copy always ended before it was killed")


def cut_at(room, disk, stored):
    """Kills a copy when so much is stored, and has the store opened. Whether there is no evidence: it was still at work."""
    copy = room.start("evidence", "acquire", disk, "--store", room.store)
    while copy.poll() is None and room.stored() < stored:
        time.sleep(0.0005)
    copy.kill()
    copy.wait()
    room.resus("evidence", "scrub")
    return room.resus("evidence", "list") == []


@assertion("R-02", "A power cut at any write of the store loses nothing that was durable", quick=False)
def crash_tests(room):
    room.unit_tests("imaging_tests", "*PowerCut*:FailedWrite*")
    return "imaging_tests: stops at every write, drops what was not synced, tears the last write"


@assertion("R-03", "Agent and depot killed in every phase come to the same end", quick=False)
def every_phase(room):
    unittest(room, "test_agent_depot", "AgentAndDepot.test_agent_and_depot_killed_in_every_phase_come_to_the_same_end")
    return "tests/firmware/test_agent_depot.py; with whole machines and their power: tests/vm"


@assertion("R-04", "Evidence of another disk is no ground for writing to this one")
def other_disk(room):
    room.resus("image", "import", room.disk("golden.img", seed=3), "--name", "ward")
    evidence = room.acquire(room.disk("first.img", seed=1))["id"]
    other = room.disk("second.img", seed=2)
    before = digest(other)
    equal(room.refused("image", "deploy", "ward", other, "--evidence", evidence)["code"], "E-DISK-02", "what was told")
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
    evidence = room.acquire(disk)["id"]
    def told():
        return room.independent("--key", room.store + "/keys/signing.pub")
    whole = told()
    equal((whole[evidence]["ok"], whole[evidence]["sha256"], whole["custody log"]["ok"]), (True, digest(disk), True), "whole evidence")
    room.flip(room.packs()[0], 1000)
    equal(told()[evidence]["ok"], False, "a flipped bit")
    return "scripts/verify-evidence, from the format document alone; of damage it names the same ranges, see DA-AO-08"


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


@assertion("R-17", "A machine whose disk was swapped while it was off goes no step further", quick=False)
def swapped_disk(room):
    unittest(room, "test_agent_cuts", "Cuts.test_another_disk_at_the_next_start_is_neither_copied_nor_written")
    return "tests/firmware/test_agent_cuts.py: another one of the same size and content, in the middle of the copy: E-DISK-02, no evidence, neither is written"


@assertion("R-18", "A cut network is waited out, and what the depot had is not sent again", quick=False)
def network_cut(room):
    unittest(room, "test_agent_cuts", "Cuts.test_a_network_that_is_cut_is_waited_out")
    unittest(room, "test_agent_cuts", "Cuts.test_connections_that_fall_silent_are_given_up")
    return ("tests/firmware/test_agent_cuts.py: connections broken twice in the middle of the copy and once in that of the image, and refused for a while; "
            "connections that fall silent in both")


@assertion("R-24", "Memory stays within its limits, whatever the disk's size", quick=False)
def memory(room):
    unittest(room, "test_memory")
    return "tests/firmware/test_memory.py: disks of up to 4 GiB; 1 TiB in the long run"


@assertion("R-25", "A disk that is hidden in part, locked or encrypted is not copied before somebody says so")
def asked_first(room):
    disk = room.disk()
    with open(disk, "r+b") as file:
        file.seek(MIB)
        file.write(b"LUKS\xba\xbe\x00\x02")
    told = room.refused("evidence", "acquire", disk)
    equal(told["code"], "E-DISK-05", "what was told")
    holds("LUKS" in told["detail"], "it does not say what it found")
    equal(room.resus("evidence", "list"), [], "evidence")
    device = room.record(room.acquire(disk, "--as-it-is")["id"])["device"]
    equal([one["kind"] for one in device["questions"]], ["encrypted"], "question in the record")
    return "an encrypted volume: E-DISK-05, with --as-it-is copied and recorded; hidden areas and locks: see DA-AM-07"
