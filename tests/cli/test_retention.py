"""Legal holds and deletion, as operators meet them: on a workbench and at a running depot, and what an independent reader says after."""

import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest

from running_depot import RunningDepot, resus

VERIFIER = os.path.join(os.path.dirname(__file__), "../../scripts/verify-evidence")
MIB = 1 << 20


class Retention(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="resus-retention-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = self.path("data")
        self.store = self.path("data/store")
        common = random.Random(1).randbytes(2 * MIB)
        self.first = self.acquire("first", common + random.Random(2).randbytes(6 * MIB))
        self.second = self.acquire("second", common + random.Random(3).randbytes(6 * MIB))

    def path(self, name):
        return os.path.join(self.folder, name)

    def acquire(self, name, content):
        with open(self.path(name), "wb") as disk:
            disk.write(content)
        return resus("evidence", "acquire", self.path(name), "--store", self.store)["id"]

    def here(self, *arguments, status=0):
        return resus("evidence", *arguments, "--store", self.store, status=status)

    def used(self):
        return sum(os.stat(os.path.join(where, name)).st_blocks * 512 for where, _, names in os.walk(self.store + "/packs") for name in names)

    def independent(self):
        done = subprocess.run([VERIFIER, self.store, "--json"], capture_output=True, text=True)
        return {result["id"]: result for result in json.loads(done.stdout)["results"]}

    def check_after(self):
        """The first is deleted, the second as good as before, for both verifiers and any zstd."""
        results = self.independent()
        self.assertTrue(all(result["ok"] for result in results.values()), results)
        self.assertEqual(results[self.first]["deleted"]["reason"], "case closed")
        self.assertIsNone(results[self.second]["deleted"])
        for name in os.listdir(self.store + "/packs"):
            subprocess.run(["zstd", "-tq", os.path.join(self.store, "packs", name)], check=True)

    def test_on_a_workbench_a_hold_keeps_it_and_a_deletion_frees_its_space(self):
        override = ("--override-retention", "judge's order")
        self.assertEqual(len(self.here("hold", self.first, "--reason", "case 12")["holds"]), 1)
        kept = self.here("delete", self.first, "--reason", "case closed", *override, status=5)
        self.assertEqual(kept["code"], "E-EVID-03")
        self.assertIn("case 12", kept["detail"])
        self.assertEqual(self.here("unhold", self.first, "--reason", "over")["holds"], [])
        self.assertIn("kept for ever", self.here("delete", self.first, "--reason", "case closed", status=5)["detail"])
        before = self.used()
        done = self.here("delete", self.first, "--reason", "case closed", *override)
        self.assertGreater(done["freed_bytes"], 5 * MIB)
        self.assertLess(self.used(), before - 5 * MIB)
        self.assertIn("was deleted", self.here("show", self.first, status=5)["detail"])
        self.assertTrue(self.here("verify", self.second)["ok"])
        self.assertEqual([row["id"] for row in self.here("deleted")], [self.first])
        actions = [line["action"] for line in self.lines()]
        self.assertEqual([a for a in actions if a.startswith("evidence.") and a not in ("evidence.complete", "evidence.verify")],
                         ["evidence.hold", "evidence.unhold", "evidence.delete", "evidence.deleted"])
        self.check_after()
        with open(self.path("first"), "rb") as disk:
            again = self.acquire("first", disk.read())
        self.assertTrue(self.here("verify", again)["ok"])

    def lines(self):
        import base64
        with open(self.store + "/custody.log") as log:
            return [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in log]

    def depot(self, config):
        with open(self.path("resus.toml"), "w") as file:
            file.write(config)
        depot = RunningDepot(self.data, self.path("depot.log"), "--config", self.path("resus.toml"))
        self.addCleanup(depot.stop)

    def online(self, *arguments, status=0):
        return resus("evidence", *arguments, "--data", self.data, status=status)

    def test_a_depot_wants_reason_id_again_and_the_end_of_the_retention(self):
        self.depot("[evidence]\nretention_days = 30\n")
        order = ("delete", self.first, "--reason", "case closed")
        self.assertEqual(self.online(*order, status=5)["code"], "E-CONFLICT-01")
        self.assertIn("kept until", self.online(*order, "--confirm", self.first, "--override-retention", "x", status=5)["detail"])
        self.assertEqual(self.online("delete", self.first, "--reason", " ", "--confirm", self.first, status=1)["code"], "E-INPUT-01")
        self.assertTrue(self.online("verify", self.first)["ok"])

    def test_at_a_depot_it_is_held_let_go_and_deleted(self):
        self.depot("")
        order = ("delete", self.first, "--reason", "case closed", "--confirm", self.first)
        self.online("hold", self.first, "--reason", "case 12")
        self.assertEqual(self.online(*order, "--override-retention", "x", status=5)["code"], "E-EVID-03")
        page = subprocess.run([os.environ["RESUS_PROGRAM"], "evidence", "report", self.first, "--data", self.data, "--output", "-"], capture_output=True, text=True)
        self.assertIn("case 12", page.stdout)
        self.online("unhold", self.first, "--reason", "over")
        self.assertIn("kept for ever", self.online(*order, status=5)["detail"])
        done = self.online(*order, "--override-retention", "judge's order")
        self.assertGreater(done["freed_frames"], 0)
        self.assertEqual([row["id"] for row in self.online("list")], [self.second])
        self.assertEqual(self.online("deleted")[0]["reason"], "case closed")
        self.assertTrue(self.online("verify", self.second)["ok"])
        self.check_after()


if __name__ == "__main__":
    unittest.main()
