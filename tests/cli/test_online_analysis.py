"""evidence diff, search and scrub at a running depot: the answers are those of --store, and the depot is not disturbed."""

import base64
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import unittest

import test_evidence_diff as disks_of_diff
from running_depot import RESUS, RunningDepot, resus
from test_online import LARGE, MIB, wait_until

BLOCK = 4096
WORM = random.Random(5).randbytes(7 * BLOCK + 1000)
MARKER = b"c2.example.invalid/beacon"


class OnlineAnalysis(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="resus-online-analysis-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.data = cls.folder + "/data"
        cls.store = cls.data + "/store"
        os.makedirs(cls.data)
        cls.disks = disks_of_diff.Disks(cls.folder, cls.store)
        cls.victims = [cls.victim(seed) for seed in (1, 2)]
        with open(cls.folder + "/large.img", "wb") as large:
            large.write(random.Random(3).randbytes(16 * MIB))
            large.truncate(LARGE)
        cls.worm = cls.folder + "/worm.exe"
        with open(cls.worm, "wb") as file:
            file.write(WORM)
        cls.depot = RunningDepot(cls.data, cls.folder + "/depot.log")
        cls.addClassCleanup(cls.depot.stop)

    @classmethod
    def victim(cls, seed):
        """Evidence of a disk that has the worm and its marker, each at a place of its own."""
        disk = bytearray(random.Random(seed + 10).randbytes(4 * MIB))
        at = (seed + 1) * 64 * BLOCK
        disk[at:at + len(WORM)] = WORM
        disk[at + len(WORM):at + len(WORM) + -len(WORM) % BLOCK] = bytes(-len(WORM) % BLOCK)
        disk[seed * MIB - 7:seed * MIB - 7 + len(MARKER)] = MARKER
        path = f"{cls.folder}/victim-{seed}.img"
        with open(path, "wb") as file:
            file.write(disk)
        return resus("evidence", "acquire", path, "--store", cls.store)["id"]

    def both(self, *words, status=0):
        """What the depot says, after it was compared with what --store on its folder says: as JSON and in words."""
        answers = {}
        for where in (("--data", self.data), ("--store", self.store)):
            done = [subprocess.run([RESUS, "evidence", *words, *where, *form], capture_output=True, text=True, timeout=120) for form in (("--json",), ())]
            self.assertEqual([one.returncode for one in done], [status, status], done[0].stdout + done[0].stderr)
            answers[where[0]] = [one.stdout for one in done]
        self.assertEqual(json.loads(answers["--data"][0]), json.loads(answers["--store"][0]))
        self.assertEqual(answers["--data"][1], answers["--store"][1])
        return json.loads(answers["--data"][0])

    def custody(self, action):
        with open(self.store + "/custody.log") as log:
            entries = [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in log]
        return [(entry["actor"], entry["details"]) for entry in entries if entry["action"] == action]

    def jobs(self, kind):
        return [job for job in resus("job", "list", "--data", self.data) if job["kind"] == kind]

    def test_the_difference_is_the_one_of_the_workbench(self):
        found = self.both("diff", self.disks.evidence, "--against", "ward")
        named = {(file["state"], file["path"]) for part in found["partitions"] for file in part["files"]}
        self.assertLessEqual({("changed", "/dir/changed.bin"), ("added", "/dir/added.bin"), ("deleted", "/dir/deleted.bin")}, named)
        self.assertEqual(os.listdir(self.data + "/work"), [], "no file system stays behind")
        actor, details = [line for line in self.custody("evidence.diff") if line[1]["evidence"] == self.disks.evidence][0]
        self.assertEqual((actor, details["image"]), ("local", self.disks.image["id"]))
        self.assertEqual(details["not_golden_bytes"], found["bytes"]["not_golden"])

    def test_blocks_alone_and_what_is_not_there(self):
        self.both("diff", self.victims[0], "--against", self.disks.image["id"], "--blocks-only")
        for words in (("ev-0123456789abcdef", "--against", "ward"), (self.victims[0], "--against", "nothing")):
            self.assertEqual(resus("evidence", "diff", *words, "--data", self.data, status=5)["code"], "E-FOUND-01")

    def test_an_indicator_names_both_machines(self):
        found = self.both("search", "--file", self.worm)
        self.assertEqual({disk["id"]: disk["whole"] for disk in found["disks"]}, dict.fromkeys(self.victims, True))
        self.assertEqual(self.custody("store.search")[-1][1]["sha256"], hashlib.sha256(WORM).hexdigest())
        by_pattern = self.both("search", "--pattern", MARKER.decode())
        self.assertEqual({disk["id"]: disk["offsets_bytes"] for disk in by_pattern["disks"]},
                         {id: [seed * MIB - 7] for seed, id in zip((1, 2), self.victims)})
        block = self.both("search", "--block", hashlib.sha256(WORM[:BLOCK]).hexdigest())
        self.assertEqual({disk["id"] for disk in block["disks"]}, set(self.victims))
        with open(self.folder + "/victim-1.img", "rb") as file:
            whole = self.both("search", "--sha256", hashlib.file_digest(file, "sha256").hexdigest())
        self.assertEqual([disk["id"] for disk in whole["whole_disks"]], [self.victims[0]])

    def test_what_was_looked_for_is_told_to_nobody(self):
        self.both("search", "--pattern", MARKER.decode(), "--limit", "1")
        with open(self.store + "/custody.log", "rb") as log:
            lines = [base64.b64decode(json.loads(line)["payload"]) for line in log]
        self.assertFalse([line for line in lines if MARKER in line])
        actor, details = self.custody("store.search")[-1]
        self.assertEqual((actor, details["what"], details["bytes"], details["complete"]), ("local", "pattern", len(MARKER), True))
        self.assertEqual(self.jobs("store.search")[0]["result"], {}, "a list shows no places")

    def test_wrong_questions_are_refused_as_on_the_workbench(self):
        for words in ((), ("--pattern", "abc"), ("--pattern", "hex:0"), ("--block", hashlib.sha256(bytes(BLOCK)).hexdigest())):
            for where in (("--data", self.data), ("--store", self.store)):
                self.assertEqual(resus("evidence", "search", *words, *where, status=2)["code"], "E-USAGE-01", words)
        with open(self.folder + "/long", "wb") as file:
            file.write(random.Random(1).randbytes(30 * MIB))
        problem = resus("evidence", "search", "--file", self.folder + "/long", "--data", self.data, status=2)
        self.assertIn("--store", problem["detail"])

    def test_ctrl_c_cancels_the_job_at_the_depot(self):
        resus("image", "import", self.folder + "/large.img", "--name", "large", "--detach", "--data", self.data)
        waiting = subprocess.Popen([RESUS, "evidence", "diff", self.disks.evidence, "--against", "ward", "--data", self.data, "--json"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        ours = lambda: [job for job in self.jobs("evidence.diff") if job["state"] in ("waiting", "running")]
        wait_until(ours)
        id = ours()[0]["id"]
        waiting.send_signal(signal.SIGINT)
        _, error = waiting.communicate(timeout=60)
        self.assertEqual((waiting.returncode, json.loads(error)["code"]), (130, "E-CANCEL-01"))
        wait_until(lambda: resus("job", "show", id, "--data", self.data)["state"] == "cancelled")
        resus("job", "cancel", self.jobs("image.import")[0]["id"], "--data", self.data)
        wait_until(lambda: self.jobs("image.import")[0]["state"] == "cancelled")
        again = resus("job", "retry", id, "--data", self.data)
        wait_until(lambda: resus("job", "show", again["id"], "--data", self.data)["state"] == "done")
        self.assertTrue(resus("job", "show", again["id"], "--data", self.data)["result"]["partitions"][0]["files"])


class Scrub(unittest.TestCase):
    """A store of its own: it gets damaged."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="resus-online-analysis-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = self.folder + "/data"

    def acquire(self, name, content):
        with open(f"{self.folder}/{name}.img", "wb") as file:
            file.write(content)
        return resus("evidence", "acquire", f"{self.folder}/{name}.img", "--store", self.data + "/store")["id"]

    def test_a_flipped_bit_is_found_while_the_depot_runs(self):
        common = random.Random(1).randbytes(2 * MIB)
        first, second = self.acquire("first", common), self.acquire("second", common + random.Random(2).randbytes(MIB))
        depot = RunningDepot(self.data, self.folder + "/depot.log")
        self.addCleanup(depot.stop)
        whole = resus("evidence", "scrub", "--data", self.data)
        self.assertEqual((whole["ok"], whole["affected"]), (True, []))
        pack = sorted(os.listdir(self.data + "/store/packs"))[0]
        with open(f"{self.data}/store/packs/{pack}", "r+b") as file:
            file.seek(500)
            byte = file.read(1)[0]
            file.seek(500)
            file.write(bytes([byte ^ 4]))
        damaged = resus_report("evidence", "scrub", "--data", self.data)
        self.assertEqual({disk["id"] for disk in damaged["affected"]}, {first, second})
        self.assertEqual(damaged["affected"][0]["ranges"], [{"offset_bytes": 0, "length_bytes": MIB}])
        self.assertEqual(damaged, resus_report("evidence", "scrub", "--store", self.data + "/store"))
        lines = subprocess.run([RESUS, "evidence", "scrub", "--data", self.data], capture_output=True, text=True)
        self.assertIn("DAMAGED", lines.stdout)
        self.assertTrue(resus("custody", "verify", "--data", self.data)["ok"])
        searched = subprocess.run([RESUS, "evidence", "search", "--pattern", "nowhere on any disk", "--data", self.data, "--json"],
                                  capture_output=True, text=True)
        self.assertEqual(searched.returncode, 1, "part of the store could not be searched")
        self.assertTrue(json.loads(searched.stdout)["not_searched"]["frames"])


def resus_report(*words):
    """The report of a check that found something."""
    done = subprocess.run([RESUS, *words, "--json"], capture_output=True, text=True, timeout=120)
    if done.returncode != 1:
        raise AssertionError(f"{words}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
