"""The real agent and permits that are not its own: whatever differs, it writes nothing and says what differs."""

import base64
import json
import os
import socket
import sys
import unittest

import test_agent_depot as rig

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import signing_depot as signing  # noqa: E402

ONE_SECTOR = 512
OTHERS = {  # what differs: (the permit's own fields, the code, what the agent must say)
    "disk": ({"disk_serial": "SER-OTHER"}, "E-PERMIT-03", "disk (serial differs)"),
    "size of disk": ({"disk_bytes": 128 * rig.MIB - ONE_SECTOR}, "E-PERMIT-03", "disk (size differs)"),
    "machine": ({"machine_id": "m-222222"}, "E-PERMIT-03", "machine"),
    "boot": ({"boot_id": "0" * 32}, "E-PERMIT-03", "boot of this machine"),
    "copy": ({"evidence_id": "ev-" + "2" * 16}, "E-PERMIT-03", "evidence"),
    "content of the copy": ({"evidence_root": "cd" * 32}, "E-PERMIT-03", "evidence root"),
    "no copy and no waiver": ({"evidence_id": ""}, "E-PERMIT-03", "neither evidence nor a waiver"),
    "image": ({"image_id": "img-other"}, "E-PERMIT-03", "golden image"),
    "content of the image": ({"image_root": "ef" * 32}, "E-PERMIT-03", "golden image root"),
    "a restriction it does not know": ({"only_on": "Sunday"}, "E-INPUT-01", "only_on"),
}


class Permits(unittest.TestCase):
    def setUp(self):
        self.room = rig.Room(self)
        self.room.prepare()
        listener = socket.create_server(("127.0.0.1", 0))
        subject = {"disk_serial": "loop:infected.img", "disk_bytes": os.path.getsize(self.room.disk),
                   "evidence_id": "ev-" + "1" * 16, "evidence_root": "ab" * 32,
                   "image_id": self.room.image["id"],
                   "image_root": signing.image_root(self.room.data, self.room.image["id"])}
        self.depot = signing.SigningDepot(self.room.data, listener, "m-TEST22", 1, subject)
        self.addCleanup(self.depot.close)
        with open(self.room.path("agent.json"), "w") as file:
            json.dump({"address": "127.0.0.1", "agent_port": self.depot.port, "https_port": 1,
                       "spki_sha256": signing.spki_sha256(os.path.join(self.room.data, "keys", "server.pem")),
                       "trusted_keys": [{"ed25519": self.room.key}]}, file)
        rig.run("blockdev", "--setro", self.room.loop)  # as init does on a real machine
        self.room.start_agent()
        self.depot.wait_for_agent()
        self.assertEqual(self.depot.enrolled["disks"][0]["serial"], subject["disk_serial"])

    def write_blocked(self):
        return rig.run("blockdev", "--getro", self.room.loop).strip() == "1"

    def refused(self, code, words, trouble):
        self.assertEqual(trouble["code"], code, trouble)
        self.assertIn(words, trouble["detail"])
        self.assertEqual(rig.sha256(self.room.disk), self.room.before)
        self.assertTrue(self.write_blocked())

    def test_a_permit_in_which_anything_differs_is_refused_and_the_right_one_is_not(self):
        for what, (changes, code, words) in OTHERS.items():
            with self.subTest(what):
                self.refused(code, words, self.depot.offer(changes))
        self.depot.give(signing.seal(self.depot.key, "permit", json.dumps(self.depot.right_permit()).encode()))
        self.depot.wait_for_question(r"images/.*/(nodes|segments)")
        self.assertFalse(self.write_blocked(), "it has opened the disk for writing and asks for the image")

    def test_an_expired_permit_is_refused(self):
        self.refused("E-PERMIT-02", "expired", self.depot.offer({"expires_at_ms": self.depot.now_ms - 1}))

    def test_a_permit_the_depot_did_not_sign_as_a_permit_is_refused(self):
        other = signing.new_signing_key(self.room.path("other.pem"))
        self.refused("E-PERMIT-01", "", self.depot.offer({}, key=other))
        envelope = signing.seal(self.depot.key, "permit", json.dumps(self.depot.right_permit()).encode())
        self.depot.give({**envelope, "key": signing.seal(other, "permit", b"")["key"]})
        self.refused("E-PERMIT-01", "", self.depot.trouble())
        changed = json.dumps({**self.depot.right_permit(), "expires_at_ms": self.depot.now_ms * 2}).encode()
        self.depot.give({**envelope, "payload": base64.b64encode(changed).decode()})
        self.refused("E-PERMIT-01", "", self.depot.trouble())
        self.assertRegex(self.depot.offer({}, purpose="record")["code"], r"^E-(PERMIT-01|INPUT-01)$")
        self.assertEqual(rig.sha256(self.room.disk), self.room.before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
