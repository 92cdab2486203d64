"""Time stamps of a real authority (openssl ts): taken when they verify, refused when they do not, asked for again when it was silent."""

import base64
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from running_depot import RESUS, RunningDepot, resus
from stamp_authority import Authority, Server

VERIFIER = os.path.join(os.path.dirname(__file__), "../../scripts/verify-evidence")


class TimeStamps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.room = tempfile.mkdtemp(prefix="resus-stamps-")
        cls.addClassCleanup(shutil.rmtree, cls.room)
        cls.good = Authority(os.path.join(cls.room, "good"))
        cls.other = Authority(os.path.join(cls.room, "other"), "Somebody Else")

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="case-", dir=self.room)
        self.store = self.path("data/store")
        with open(self.path("disk.img"), "wb") as disk:
            disk.write(random.Random(5).randbytes(1 << 20))
        self.id = resus("evidence", "acquire", self.path("disk.img"), "--store", self.store)["id"]
        self.record = os.path.join(self.store, "evidence", self.id, "record.json")
        self.stamp = os.path.join(self.store, "evidence", self.id, "stamp.tsr")

    def path(self, name):
        return os.path.join(self.folder, name)

    def serve(self, behaviour, certificate=None):
        server = Server(behaviour, certificate).up()
        self.addCleanup(server.down)
        return server.url

    def ask(self, url, *more, status=0, ca=None):
        return resus("evidence", "stamp", self.id, "--store", self.store, "--url", url, "--tsa-ca", ca or self.good.ca, *more, status=status)

    def refused(self, behaviour, words):
        problem = self.ask(self.serve(behaviour), status=1)
        self.assertEqual(problem["code"], "E-STAMP-01")
        self.assertIn(words, problem["detail"])
        self.assertFalse(os.path.exists(self.stamp), "nothing wrong is kept")

    def verify(self, *more, status=0):
        done = subprocess.run([RESUS, "evidence", "verify", self.id, "--store", self.store, "--json", *more], capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def test_a_good_stamp_is_kept_and_verifies_with_openssl_too(self):
        done = self.ask(self.serve(self.good.reply))
        self.assertIn("Test Authority", done["authority"])
        self.assertEqual(done["policy"], "1.2.3.4.1")
        subprocess.run(["openssl", "ts", "-verify", "-data", self.record, "-in", self.stamp, "-CAfile", self.good.ca], check=True, capture_output=True)
        self.assertEqual(self.verify("--tsa-ca", self.good.ca)["stamp"]["state"], "stamped")
        self.assertEqual(self.verify()["stamp"]["state"], "unchecked")
        report = self.verify("--tsa-ca", self.other.ca, status=1)
        self.assertEqual((report["ok"], report["stamp"]["state"]), (False, "bad"))

    def test_a_stamp_over_another_record_is_found(self):
        self.ask(self.serve(self.good.reply))
        with open(self.record, "a") as file:
            file.write("\n")  # still the same signed payload, no longer the file that was stamped
        self.assertEqual(self.verify("--tsa-ca", self.good.ca, status=1)["stamp"]["state"], "bad")

    def test_a_policy_is_asked_for(self):
        self.assertEqual(self.ask(self.serve(self.good.reply), "--policy", "1.2.3.4.5")["policy"], "1.2.3.4.5")
        os.remove(self.stamp)
        problem = self.ask(self.serve(self.good.reply), "--policy", "1.2.3.4.9", status=1)
        self.assertIn("gave no stamp", problem["detail"])

    def test_another_nonce_is_refused(self):
        self.refused(lambda query: self.good.reply(self.good.query_like(query)), "nonce")

    def test_another_imprint_is_refused(self):
        self.refused(lambda query: self.good.reply(self.good.query_like(query, hashlib.sha256(b"x").hexdigest())), "imprint")

    def test_a_stranger_is_refused(self):
        self.refused(self.other.reply, "certificate")

    def test_garbage_is_refused(self):
        self.refused(lambda query: b"<html>hotel wifi</html>", "not a time-stamp response")
        self.refused(lambda query: self.good.reply(query) + b"x", "not a time-stamp response")
        self.refused(lambda query: b"", "not a time-stamp response")

    def test_an_authority_that_is_down_is_said_to_be(self):
        server = Server(self.good.reply)
        self.addCleanup(server.down)
        self.assertEqual(self.ask(server.url, status=6)["code"], "E-NET-01")
        self.assertEqual(self.ask(self.serve(lambda query: None), status=6)["code"], "E-NET-01")

    def test_https_is_spoken_to_whom_the_certificate_is_for_and_to_nobody_else(self):
        self.good.certificate("here", "/CN=here", "subjectAltName=IP:127.0.0.1")
        self.good.certificate("elsewhere", "/CN=elsewhere", "subjectAltName=DNS:elsewhere.example")
        url = self.serve(self.good.reply, (self.good.path("here.crt"), self.good.path("here.key")))
        self.ask(url)
        os.remove(self.stamp)
        self.assertEqual(self.ask(url, ca=self.other.ca, status=4)["code"], "E-NET-02")
        url = self.serve(self.good.reply, (self.good.path("elsewhere.crt"), self.good.path("elsewhere.key")))
        self.assertEqual(self.ask(url, status=4)["code"], "E-NET-02")

    def test_the_independent_verifier_checks_it(self):
        self.ask(self.serve(self.good.reply))
        def findings(ca):
            done = subprocess.run([VERIFIER, self.store, "--tsa-ca", ca, "--json"], capture_output=True, text=True)
            return json.loads(done.stdout)["results"][0]
        self.assertEqual(findings(self.good.ca)["findings"], [])
        self.assertRegex(findings(self.good.ca)["stamp"], r"^\w{3} +\d+ ")
        self.assertIn("time stamp", findings(self.other.ca)["findings"][0])

    def test_a_depot_asks_until_it_has_an_answer_and_nothing_waits_for_it(self):
        server = Server(self.good.reply)
        self.addCleanup(server.down)
        config = self.path("resus.toml")
        with open(config, "w") as file:
            file.write(f'[timestamp]\nurl = "{server.url}"\nca_file = "{self.good.ca}"\n')
        depot = RunningDepot(self.path("data"), self.path("depot.log"), "--config", config)
        self.addCleanup(depot.stop)
        pending = self.until(lambda stamp: stamp["problem"])
        self.assertEqual(pending["state"], "pending")
        self.assertIn("E-NET-01", pending["problem"])
        self.assertIn("Time stamp pending since", self.page())
        server.up()
        stamped = self.until(lambda stamp: stamp["state"] == "stamped")
        self.assertIn("Test Authority", stamped["authority"])
        self.assertIn("Time stamp of an outside authority over the record", self.page())
        with open(os.path.join(self.store, "custody.log")) as log:
            actions = [json.loads(base64.b64decode(json.loads(line)["payload"]))["action"] for line in log]
        self.assertEqual(actions.count("evidence.stamp"), 1)
        self.assertEqual(resus("evidence", "verify", self.id, "--data", self.path("data"))["stamp"]["state"], "stamped")
        self.assertEqual(server.asked, 1, "what has its stamp is not stamped again")

    def page(self):
        done = subprocess.run([RESUS, "evidence", "report", self.id, "--data", self.path("data"), "--output", "-"], capture_output=True, text=True, check=True)
        return done.stdout

    def until(self, good):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.report = self.path("report.json")
            done = subprocess.run([RESUS, "evidence", "report", self.id, "--data", self.path("data"), "--format", "json", "--output", "-"],
                                  capture_output=True, text=True, check=True)
            stamp = json.loads(done.stdout)["stamp"]
            if good(stamp):
                return stamp
        raise AssertionError(f"it did not happen: {stamp}")


if __name__ == "__main__":
    unittest.main()
