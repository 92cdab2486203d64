"""Jobs of a depot that is killed in the middle of them: what goes on, what was interrupted, what can be begun again."""

import os
import random
import shutil
import tempfile
import unittest

from running_depot import RunningDepot, resus
from test_online import LARGE, MIB, wait_until

LONGEST_S = 240  # of a job that reads all of the large disk, with a sanitizer's program


class Killed(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="resus-online-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, "data")
        self.large = os.path.join(self.folder, "large.img")
        with open(self.large, "wb") as file:
            file.write(random.Random(7).randbytes(16 * MIB))
            file.truncate(LARGE)

    def serve(self):
        depot = RunningDepot(self.data, os.path.join(self.folder, "depot.log"))
        self.addCleanup(depot.stop)
        return depot

    def job(self, id):
        return resus("job", "show", id, "--data", self.data)

    def kill_in(self, depot, id):
        wait_until(lambda: self.job(id)["state"] == "running")
        depot.process.kill()
        depot.process.wait()

    def test_a_check_begins_again_under_its_id(self):
        evidence = resus("evidence", "acquire", self.large, "--store", self.data + "/store")["id"]
        depot = self.serve()
        check = resus("evidence", "verify", evidence, "--detach", "--data", self.data)
        self.kill_in(depot, check["id"])
        self.serve()
        wait_until(lambda: self.job(check["id"])["state"] == "done", LONGEST_S)
        after = self.job(check["id"])
        self.assertTrue(after["result"]["ok"])
        self.assertEqual((after["created_at"], after["actor"]), (check["created_at"], "local"))

    def test_an_import_is_interrupted_says_what_to_do_and_can_be_begun_again(self):
        depot = self.serve()
        first = resus("image", "import", self.large, "--name", "large", "--detach", "--data", self.data)
        second = resus("image", "import", self.large, "--name", "second", "--detach", "--data", self.data)
        self.kill_in(depot, first["id"])
        self.serve()
        for job, words in ((first, "it was at work"), (second, "had not begun")):
            shown = self.job(job["id"])
            self.assertEqual((shown["state"], shown["problem"]["code"], shown["retry"]), ("interrupted", "E-CANCEL-01", True))
            self.assertIn(words, shown["problem"]["detail"])
            self.assertIn("retry", shown["problem"]["next_action"])
        self.assertEqual(resus("image", "list", "--data", self.data), [])
        again = resus("job", "retry", first["id"], "--data", self.data)
        wait_until(lambda: self.job(again["id"])["state"] == "done", LONGEST_S)
        self.assertEqual([image["name"] for image in resus("image", "list", "--data", self.data)], ["large"])
        self.assertEqual(resus("job", "retry", again["id"], "--data", self.data, status=5)["code"], "E-CONFLICT-01")


if __name__ == "__main__":
    unittest.main()
