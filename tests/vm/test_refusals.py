"""What must not happen on a real machine: each time the disk stays as it was, bit for bit."""

import base64
import datetime
import json
import os
import random
import sys
import time
import unittest

import recovery
from depot import REPOSITORY, ApiError, Depot, resus
from rig.machine import Disk
from rig.processes import run
from rig.room import DEPOT_ADDRESS, Room
from rig.stranger import Stranger

sys.path.insert(0, os.path.join(REPOSITORY, "tests", "support"))
import signing_depot as signing  # noqa: E402

IMAGE_BYTES = 64 * recovery.MIB  # nothing of it is ever written here: small, so that the copies are quick
DISK_BYTES = 96 * recovery.MIB
NEW_BYTES = 24 * recovery.MIB    # of the disk, what no image has and does not compress
AHEAD = datetime.timedelta(days=3)  # three times as long as a permit is good for


def make_random(path, size, content, seed):
    """A disk of which the first `content` bytes are random, with the marker in front."""
    with open(path, "wb") as file:
        file.write(recovery.MARKER + random.Random(seed).randbytes(content))
        file.truncate(size)


class RefusalTest(unittest.TestCase):
    def test_two_disks_stop_and_ask_and_a_wrong_code_or_slot_approves_nothing(self):
        with Room() as room:
            depot, image, backup = recovery.prepare_depot(room)
            pc = recovery.InfectedPc(room, "pc", bus="ahci")
            other = room.path("other.img")
            run("truncate", "-s", "64M", other)
            pc.machine.disks.append(Disk(other, "SER-OTHER", "ahci"))
            pc.machine.start()
            depot.wait_phase(pc.machine.mac, "awaiting_approval", 180, bad=())
            code = pc.code_on_screen()
            seen = depot.machine(pc.machine.mac)
            self.assertEqual(seen["code"], "E-DISK-03", "more than one disk could be meant")
            self.assertIn("Choose the disk by its serial", seen["next_action"])
            pc.machine.wait_for("E-DISK-03", 30)
            self.assertIn("Next: Choose the disk by its serial", pc.machine.screen_text())
            for params in ({"short_code": code}, {"short_code": "222222", "disk_serial": "SER-PC"},
                           {"short_code": code, "disk_serial": "SER-NOBODY"}):
                self.assertFalse(self.approved(depot, seen, image, backup, params), params)
            time.sleep(3)
            self.assertEqual(depot.machine(pc.machine.mac)["phase"], "awaiting_approval")
            pc.machine.kill()
            self.assertEqual(recovery.sha256(pc.disk), pc.before)

    def approved(self, depot, machine, image, backup, params):
        body = {"action": "approve", "ids": [machine["id"]], "expected_count": 1, "reason": "test",
                "params": {"slot": "X01", "image_id": image["id"], "backup_id": backup["id"],
                           "attempt": machine["attempt"], **params}}
        try:
            return depot.api("POST", "/api/v1/batches", body)["results"][0]["ok"]
        except ApiError:
            return False


class OneMachineTest(unittest.TestCase):
    """One machine whose clock is three days ahead, from power on to the permit: at every gate it is refused."""

    def test_it_is_refused_at_every_gate(self):
        with Room() as room:
            self.room = room
            self.prepare()
            self.pc.machine.start()
            self.nothing_without_approval()
            self.an_impostor_gets_nothing()
            self.damaged_evidence_gives_no_permit()
            self.an_expired_permit_writes_nothing()
            self.a_permit_that_is_not_its_own_writes_nothing()
            self.pc.machine.kill()
            self.assertEqual(recovery.sha256(self.pc.disk), self.pc.before)

    def prepare(self):
        room = self.room
        self.depot = Depot(room)
        golden, infected = room.path("small-golden.img"), room.path("small-infected.img")
        make_random(golden, IMAGE_BYTES, recovery.MIB, seed=1)
        make_random(infected, DISK_BYTES, NEW_BYTES, seed=2)
        self.image = resus("image", "import", golden, "--name", "small", "--store", self.depot.store)
        self.depot.start()
        self.stranger = Stranger(room, self.depot.ports["agent"])
        ahead = (datetime.datetime.now(datetime.timezone.utc) + AHEAD).strftime("%Y-%m-%dT%H:%M:%S")
        self.pc = recovery.InfectedPc(room, "pc", bus="ahci", source=infected, clock=ahead)
        self.mac = self.pc.machine.mac

    def details(self):
        return self.depot.api("GET", f"/api/v1/machines/{self.depot.machine(self.mac)['id']}")

    def permits_signed(self):
        with open(os.path.join(self.depot.store, "custody.log")) as log:
            lines = [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in log]
        return sum(line["action"] == "permit.issue" for line in lines)

    def untouched(self, permits):
        self.assertEqual(recovery.sha256(self.pc.disk), self.pc.before)
        self.assertEqual(self.permits_signed(), permits, "permits signed so far")

    def says(self, code, next_action, seen=None):
        """Depot and screen show the code and what to do next."""
        if seen:
            self.assertEqual(seen["code"], code, seen)
            self.assertIn(next_action, seen["next_action"])
        self.pc.machine.wait_for(code, 30)
        self.wait_until(lambda: self.on_screen(code, "Next: " + next_action), f"{code} and what to do next on the screen", 30)

    def on_screen(self, *parts):
        shown = self.pc.machine.screen_text()
        return all(part in shown for part in parts)

    def nothing_without_approval(self):
        self.depot.wait_phase(self.mac, "awaiting_approval", 180, bad=())
        self.code = self.pc.code_on_screen()
        self.assertIn(self.code, self.pc.machine.screen_text())
        seen = self.depot.machine(self.mac)
        self.assertIn("approve", seen["actions"])
        for path in ("permit?attempt=1", f"images/{self.image['id']}/manifest", "restore?attempt=1", "task?wait=0&seen="):
            self.assertEqual(self.stranger.ask("GET", path), (401, "E-AUTH-03"), path)
        self.assertEqual(self.stranger.enrol_as(self.details()), (409, "E-AUTH-02"))
        time.sleep(3)  # it had time to do what it must not
        self.assertEqual(self.depot.machine(self.mac)["phase"], "awaiting_approval")
        self.untouched(permits=0)

    def an_impostor_gets_nothing(self):
        self.depot.approve(self.depot.machine(self.mac), self.code, self.image["id"], "none", "D01")
        self.depot.wait_phase(self.mac, "copying", 60)
        self.assertEqual(self.stranger.enrol_as(self.details()), (409, "E-AUTH-02"))
        for path in ("permit?attempt=1", f"images/{self.image['id']}/manifest", "task?wait=0&seen="):
            self.assertEqual(self.stranger.ask("GET", path), (401, "E-AUTH-03"), path)
        timeline = [entry["text"] for entry in self.details()["timeline"]]
        self.assertTrue(any("An agent with another key" in text for text in timeline), timeline)
        self.assertEqual(self.depot.machine(self.mac)["condition"], "ok", "the machine itself goes on")

    def damage(self, share):
        """Flips a bit in what the depot has stored of the copy, so far on in the pack."""
        folder = os.path.join(self.depot.store, "packs")
        with open(os.path.join(folder, min(os.listdir(folder))), "r+b") as pack:
            at = int(NEW_BYTES * share)
            pack.seek(at)
            byte = pack.read(1)[0]
            pack.seek(at)
            pack.write(bytes([byte ^ 1]))

    def stored_bytes(self):
        folder = os.path.join(self.depot.store, "packs")
        return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder))

    def mismatches(self):
        return sum("does not match the disk" in entry["text"] for entry in self.details()["timeline"])

    def wait_until(self, true, what, timeout_s=180):
        deadline = time.monotonic() + timeout_s
        while not true():
            if time.monotonic() > deadline:
                self.fail(f"no '{what}'\n{self.depot.log()}\n{self.pc.machine.screen_text()}")
            time.sleep(0.05)

    def damaged_evidence_gives_no_permit(self):
        """What was stored of the copy is damaged before the depot has read it again, the second time, too."""
        self.wait_until(lambda: self.stored_bytes() > NEW_BYTES / 2, "half of the copy")
        self.damage(0.4)
        self.wait_until(lambda: self.mismatches() == 1, "the first mismatch")
        self.damage(0.2)
        seen = self.depot.wait_for(self.mac, lambda m: m["condition"] == "needs_you", "the second mismatch", 180)
        self.assertEqual(seen["phase"], "copying", "copied again by itself once, then somebody must look")
        self.says("E-EVID-02", "Keep the evidence disk as it is", seen)
        self.assertEqual(resus_evidence(self.depot), [])
        self.untouched(permits=0)

    def an_expired_permit_writes_nothing(self):
        machine = self.depot.machine(self.mac)
        retried = self.depot.api("POST", "/api/v1/batches", {"action": "retry", "ids": [machine["id"]], "expected_count": 1,
                                                             "reason": "the evidence disk was checked"})["results"][0]
        self.assertTrue(retried["ok"], retried)
        seen = self.depot.wait_for(self.mac, lambda m: m["condition"] == "failed", "the refusal", 180, bad=())
        self.assertEqual(seen["phase"], "imaging")
        self.says("E-PERMIT-02", "Check the clocks of depot and machine", seen)
        self.assertEqual([one["sha256"] for one in resus_evidence(self.depot)], [self.pc.before], "the third copy is whole")
        self.untouched(permits=1)

    def a_permit_that_is_not_its_own_writes_nothing(self):
        """The depot makes way for one with the same keys that signs what it should not."""
        details = self.details()
        subject = {"disk_serial": details["disk"]["serial"], "disk_bytes": DISK_BYTES, "evidence_id": details["evidence"]["id"],
                   "evidence_root": details["evidence"]["root"], "image_id": self.image["id"],
                   "image_root": signing.image_root(self.depot.data, self.image["id"])}
        self.depot.stop()
        now_ms = int((time.time() + AHEAD.total_seconds()) * 1000)
        other_key = signing.new_signing_key(self.room.path("other.pem"))
        listener = self.room.listen(self.depot.ports["agent"], DEPOT_ADDRESS)
        with signing.SigningDepot(self.depot.data, listener, details["id"], details["attempt"], subject, now_ms) as depot:
            depot.wait_for_agent()
            for changes, key, code, words, next_action in (
                    ({"disk_serial": "SER-OTHER"}, None, "E-PERMIT-03", "serial differs", "Check which disk is in the machine"),
                    ({}, other_key, "E-PERMIT-01", "", "Check that the machine boots from the right depot"),
                    ({"expires_at_ms": now_ms - 1000}, None, "E-PERMIT-02", "expired", "Check the clocks")):
                trouble = depot.offer(changes, key)
                self.assertEqual(trouble["code"], code, trouble)
                self.assertIn(words, trouble["detail"])
                self.says(code, next_action)
                self.untouched(permits=1)


def resus_evidence(depot):
    return [one for one in depot.api("GET", "/api/v1/evidence")["evidence"] if one["state"] == "verified"]


if __name__ == "__main__":
    unittest.main()
