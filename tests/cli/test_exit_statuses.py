"""Every exit status of the command line, brought about with the real program."""

import os
import random
import shutil
import signal
import subprocess
import time
import unittest

from running_depot import RESUS, DepotFolder, resus as call


class ExitStatuses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.depot = DepotFolder()
        cls.addClassCleanup(cls.depot.stop)
        cls.depot.start()
        cls.first, cls.second = cls.depot.enrol(1), cls.depot.enrol(2)

    def machine(self, action, *machines, status, more=()):
        return call("machine", action, *machines, "--data", self.depot.data, *more, status=status)

    def store_with_evidence(self):
        disk, store = self.depot.path("disk.img"), self.depot.path("store")
        with open(disk, "wb") as file:
            file.write(random.Random(3).randbytes(4 << 20))
        evidence = call("evidence", "acquire", disk, "--store", store)
        self.addCleanup(shutil.rmtree, store)
        return store, evidence["id"]

    def test_0_when_it_is_done(self):
        self.assertEqual({row["id"] for row in self.machine("list", status=0)}, {self.first, self.second})
        self.assertEqual(self.machine("locate", self.first, self.second, status=0)["results"][1]["ok"], True)

    def test_1_when_it_failed(self):
        answer = self.machine("resume", self.second, status=1)
        self.assertEqual([result["ok"] for result in answer["results"]], [False])

    def test_1_when_evidence_is_damaged(self):
        store, evidence = self.store_with_evidence()
        pack = next(os.path.join(folder, name) for folder, _, names in os.walk(store + "/packs") for name in names)
        with open(pack, "r+b") as file:
            file.seek(100_000)
            byte = file.read(1)
            file.seek(100_000)
            file.write(bytes([byte[0] ^ 1]))
        call("evidence", "verify", evidence, "--store", store, status=1)

    def test_2_when_the_words_are_wrong(self):
        for words in (["machine", "explode"], ["machine", "list", "--no-such"], ["evidence", "export"], [],
                      ["depot", "check-config", "--config", self.wrong_config()]):
            done = subprocess.run([RESUS, *words], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertNotEqual(done.stderr, "")

    def wrong_config(self):
        path = self.depot.path("wrong.toml")
        with open(path, "w") as file:
            file.write("[limits]\nmachines_at_once = 0\n")
        return path

    def test_3_when_some_of_a_batch_failed(self):
        self.machine("hold", self.first, status=0)
        answer = self.machine("resume", self.first, self.second, status=3)
        self.assertEqual([result["ok"] for result in answer["results"]], [True, False])

    def test_4_when_the_depot_does_not_know_who_asks(self):
        stranger = self.depot.path("stranger")
        shutil.copytree(self.depot.data + "/run", stranger + "/run")
        with open(stranger + "/run/admin.token", "w") as file:
            file.write("0" * 64)
        problem = call("machine", "list", "--data", stranger, status=4)
        self.assertRegex(problem["code"], "^E-AUTH-")

    def test_5_when_it_is_not_there_or_another_state_was_assumed(self):
        self.assertEqual(self.machine("hold", "B99", status=5)["code"], "E-FOUND-01")
        disk = self.depot.path("small.img")
        with open(disk, "wb") as file:
            file.write(b"x" * (1 << 20))
        held = call("evidence", "acquire", disk, "--store", self.depot.data + "/store", status=5)
        self.assertEqual(held["code"], "E-CONFLICT-01")

    def test_6_when_there_is_no_contact(self):
        self.assertEqual(call("machine", "list", "--data", self.depot.folder, status=6)["code"], "E-NET-01")

    def test_6_when_the_depot_has_gone_since(self):
        gone = self.depot.path("gone")
        shutil.copytree(self.depot.data + "/run", gone + "/run")
        with open(gone + "/run/ports.json", "r+") as file:  # a port nobody listens on
            text = file.read()
            file.seek(0)
            file.truncate()
            file.write(text.replace('"https":', '"https":1,"former":'))
        self.assertEqual(call("machine", "list", "--data", gone, status=6)["code"], "E-NET-01")

    def test_130_when_it_is_interrupted_and_what_was_copied_stays(self):
        disk, store = self.depot.path("large.img"), self.depot.path("interrupted")
        with open(disk, "wb") as file:
            file.write(random.Random(4).randbytes(8 << 20))
            file.truncate(256 << 30)  # a disk that takes minutes to read
        copying = subprocess.Popen([RESUS, "evidence", "acquire", disk, "--store", store], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while not (os.path.isdir(store + "/packs") and os.listdir(store + "/packs")):
            self.assertLess(time.monotonic(), deadline)
            self.assertIsNone(copying.poll())
            time.sleep(0.02)
        copying.send_signal(signal.SIGINT)
        copying.communicate(timeout=60)
        self.assertEqual(copying.returncode, 130)
        self.assertEqual(call("evidence", "list", "--store", store), [])


if __name__ == "__main__":
    unittest.main()
