"""The real agent and the real depot with a disk of which part cannot be read, or that somebody has to decide about."""

import base64
import errno
import http.client
import json
import os
import ssl
import subprocess
import sys
import unittest

import test_agent_depot as rig

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from failing_disk import FailingDisk  # noqa: E402

BAD_FIRST, BAD_SECTORS = 110 * rig.MIB // 512, 48
VERIFY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../scripts/verify-evidence")


class Gaps(unittest.TestCase):
    def setUp(self):
        self.room = rig.Room(self)

    def stop_failing(self):
        """Between the end of whoever reads it and that of its folder."""
        self.room.close()
        self.room.loop = None
        self.failing.close()

    def make_the_disk_fail(self):
        room = self.room
        rig.detach(room.loop)
        room.loop = None
        self.failing = FailingDisk(room.disk, room.path("failing.img"), [(BAD_FIRST, BAD_SECTORS, errno.EIO)])
        self.addCleanup(self.stop_failing)
        room.loop = rig.attach(room.path("failing.img"))

    def batch(self, action, **more):
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", self.room.ports["https"], context=context, timeout=20)
        with open(os.path.join(self.room.data, "run", "admin.token")) as file:
            token = file.read().strip()
        body = json.dumps({"action": action, "ids": [self.room.machine()["id"]], "expected_count": 1, **more})
        connection.request("POST", "/api/v1/batches", body, {"Authorization": "Bearer " + token, "Content-Type": "application/json",
                                                             "X-Resus": "1"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer["results"][0]

    def wait_for_question(self, code):
        self.room.wait_until(lambda: (self.room.machine() or {}).get("code") == code, code)
        machine = self.room.machine()
        self.assertEqual(machine["condition"], "needs_you")
        return machine

    def custody(self, action):
        """The lines of the custody log about an action, from the file itself."""
        with open(os.path.join(self.room.data, "store", "custody.log")) as file:
            entries = [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in file]
        return [entry for entry in entries if entry["action"] == action]

    def test_unreadable_sectors_wait_for_a_person_and_stand_in_the_record(self):
        room = self.room
        room.prepare()
        self.make_the_disk_fail()
        room.start_depot()
        room.start_agent()
        machine = self.wait_for_question("E-READ-01")
        self.assertEqual((machine["phase"], machine["params"]["sectors"]), ("imaging", "48"))
        self.assertIn("accept_gaps", machine["actions"])
        self.assertIn("hold", machine["actions"])
        self.assertEqual(machine["sentence"], "48 sectors unreadable. Rest of copy safe.")
        self.assertEqual(machine["next_action"], "Accept the gaps, or hold for an analyst.")
        record = room.api("/api/v1/evidence/" + machine["evidence_id"])["record"]
        self.assertEqual(record["unreadable"], [{"offset": BAD_FIRST * 512, "length": BAD_SECTORS * 512, "cause": 1}])
        self.assertEqual(record["bytes_read"] + record["unreadable_bytes"], record["disk_bytes"])
        self.assertEqual(record["device"]["write_block"]["sectors_written_after"],
                         record["device"]["write_block"]["sectors_written_before"])
        with open(room.disk, "rb") as file:
            self.assertIn(rig.MARKER, file.read(), "the disk is untouched until somebody has decided")
        checked = subprocess.run([sys.executable, VERIFY, "--json", os.path.join(room.data, "store"), machine["evidence_id"]],
                                 capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertEqual(self.batch("accept_gaps", reason="the ward has a paper copy")["ok"], True)
        room.wait_until(lambda: room.machine()["code"] != "E-READ-01", "the machine to go on")
        [line] = self.custody("accept_gaps")
        self.assertEqual(line["reason"], "the ward has a paper copy")

    def test_an_encrypted_disk_waits_for_a_person_before_anything_is_copied(self):
        room = self.room
        room.prepare()
        with open(room.disk, "r+b") as file:  # the volume's header of LUKS 2: magic and version
            file.seek(rig.PARTITION_START)
            file.write(b"LUKS\xba\xbe\x00\x02")
        room.before = rig.sha256(room.disk)
        room.start_depot()
        room.start_agent()
        machine = self.wait_for_question("E-DISK-05")
        self.assertEqual(machine["phase"], "copying")
        self.assertIn("LUKS 2", machine["sentence"])
        self.assertEqual(self.batch("accept_disk")["ok"], False, "without a reason nothing goes on")
        self.assertEqual(self.batch("accept_disk", reason="no key, copied for later")["ok"], True)
        room.wait_phase("imaging")
        [evidence] = room.api("/api/v1/evidence")["evidence"]
        self.assertEqual(evidence["sha256"], room.before)
        record = room.api("/api/v1/evidence/" + evidence["id"])["record"]
        self.assertEqual([one["kind"] for one in record["device"]["encrypted"]], ["LUKS 2"])
        self.assertEqual(record["device"]["questions"][0]["kind"], "encrypted")
        self.assertEqual(record["device"]["partition_table"]["kind"], "gpt")
        self.assertLess(abs(record["device"]["clock_offset_ms"]), 10_000)
        [line] = self.custody("accept_disk")
        self.assertEqual(line["reason"], "no key, copied for later")


if __name__ == "__main__":
    unittest.main(verbosity=2)
