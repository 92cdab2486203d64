"""Images, evidence, custody and jobs of a running depot, as an operator meets them at the command line."""

import base64
import hashlib
import json
import os
import random
import secrets
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
import unittest

from running_depot import RESUS, RunningDepot, resus

MIB = 1 << 20
LARGE = 2048 * MIB  # sparse: quick to make and long enough to be interrupted


def make_disk(path, seed, size=24 * MIB):
    """Data, repeats, holes; its length is no multiple of a block."""
    with open(path, "wb") as disk:
        disk.write(random.Random(seed).randbytes(3 * MIB))
        disk.seek(9 * MIB + 512)
        disk.write(b"the same page again " * 100_000)
        disk.truncate(size + 1536)
    return path


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def wait_until(what, seconds=60):
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen")
        time.sleep(0.01)


class Online(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="resus-online-")
        cls.data = os.path.join(cls.folder, "data")
        cls.store = os.path.join(cls.data, "store")
        cls.disk = make_disk(cls.path("infected.img"), seed=1)
        cls.sha256 = sha256(cls.disk)
        cls.id = resus("evidence", "acquire", cls.disk, "--store", cls.store, "--verify")["id"]
        with open(cls.path("large.img"), "wb") as large:
            large.write(b"a large disk, mostly empty")
            large.truncate(LARGE)
        cls.large = resus("evidence", "acquire", cls.path("large.img"), "--store", cls.store)["id"]
        cls.listed = resus("evidence", "list", "--store", cls.store)
        cls.shown = resus("evidence", "show", cls.id, "--store", cls.store)
        cls.depot = RunningDepot(cls.data, cls.path("depot.log"))

    @classmethod
    def tearDownClass(cls):
        cls.depot.stop()
        shutil.rmtree(cls.folder)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    def ask(self, *arguments, status=0):
        return resus(*arguments, "--data", self.data, status=status)

    def custody(self, action):
        """Actor and details of every line with this action."""
        found = []
        with open(os.path.join(self.store, "custody.log")) as log:
            for line in log:
                entry = json.loads(base64.b64decode(json.loads(line)["payload"]))
                if entry["action"] == action:
                    found.append((entry["actor"], entry["details"]))
        return found

    def stranger(self, role):
        """A folder with the running depot's address and the token of an operator of this role."""
        token = secrets.token_hex(32)
        catalogue = sqlite3.connect(os.path.join(self.data, "catalogue.db"))
        with catalogue:
            catalogue.execute("insert into sessions (token, user, role, expires_ms) values (?, ?, ?, ?)",
                              (hashlib.sha256(token.encode()).hexdigest(), "some " + role, role, 1 << 50))
        catalogue.close()
        folder = self.path("as-" + role)
        shutil.copytree(self.data + "/run", folder + "/run", dirs_exist_ok=True)
        with open(folder + "/run/admin.token", "w") as file:
            file.write(token + "\n")
        return folder

    def job_of(self, subject, kind):
        return next(job for job in self.ask("job", "list") if job["subject"] == subject and job["kind"] == kind)

    # Evidence

    def test_list_and_show_say_what_they_say_of_a_store_of_ones_own(self):
        self.assertEqual(self.ask("evidence", "list"), self.listed)
        self.assertEqual(self.ask("evidence", "show", self.id), self.shown)

    def test_verify_reads_everything_and_leaves_its_line(self):
        before = len(self.custody("evidence.verify"))
        report = self.ask("evidence", "verify", self.id)
        self.assertTrue(report["ok"])
        self.assertEqual(report["bytes_checked"], os.path.getsize(self.disk))
        actor, details = self.custody("evidence.verify")[before]
        self.assertEqual((actor, details["evidence"], details["ok"]), ("local", self.id, True))

    def test_an_export_has_the_bytes_of_the_source(self):
        before = len(self.custody("evidence.export"))
        output = self.path("out.raw")
        done = self.ask("evidence", "export", self.id, "--format", "raw", "--output", output)
        self.assertEqual((done["sha256"], sha256(output)), (self.sha256, self.sha256))
        self.assertLess(os.stat(output).st_blocks * 512, os.path.getsize(output), "holes stay holes")
        self.assertFalse(os.path.exists(output + ".partial"))
        self.assertEqual(self.custody("evidence.export")[before][1]["evidence"], self.id)
        self.assertEqual(self.ask("evidence", "export", self.id, "--output", output, status=5)["code"], "E-CONFLICT-01")

    def test_a_lab_gets_an_e01_set_from_the_running_depot(self):
        before = len(self.custody("evidence.export"))
        output = self.path("lab.E01")
        done = self.ask("evidence", "export", self.id, "--format", "e01", "--output", output, "--case-number", "17")
        self.assertEqual(done["sha256"], self.sha256)
        verified = subprocess.run(["ewfverify", "-d", "sha256", output], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
        self.assertIn(self.sha256, verified.stdout)
        with open(output + ".resus.json") as side, open(output + ".record.json") as record, \
                open(os.path.join(self.store, "evidence", self.id, "record.json")) as stored:
            self.assertEqual(json.load(side)["unreadable"], [])
            self.assertEqual(json.load(record), json.load(stored))
        self.assertEqual(self.custody("evidence.export")[before][1]["format"], "e01")

    def test_an_export_to_a_pipe_has_them_too_and_says_nothing_else(self):
        done = subprocess.run([RESUS, "evidence", "export", self.id, "--output", "-", "--data", self.data], capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), self.sha256)

    def test_what_does_not_exist_is_not_found(self):
        for command in (["show"], ["verify"], ["export", "--output", self.path("nothing.raw")]):
            problem = self.ask("evidence", command[0], "ev-0123456789abcdef", *command[1:], status=5)
            self.assertEqual(problem["code"], "E-FOUND-01")
        self.assertEqual(self.ask("image", "verify", "no such image/ü", status=5)["code"], "E-FOUND-01")
        self.assertEqual(self.ask("image", "show", "../../etc/passwd", status=1)["code"], "E-INPUT-01")
        self.assertFalse(os.path.exists(self.path("nothing.raw")))

    def test_an_interrupted_export_leaves_no_file_that_looks_whole(self):
        output = self.path("interrupted.raw")
        for signal_number, status in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
            export = subprocess.Popen([RESUS, "evidence", "export", self.large, "--output", output, "--data", self.data],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            wait_until(lambda: os.path.exists(output + ".partial"))
            export.send_signal(signal_number)
            _, error = export.communicate(timeout=60)
            self.assertEqual(export.returncode, status, error)
            self.assertFalse(os.path.exists(output))
            if signal_number == signal.SIGINT:
                self.assertIn("E-CANCEL-01", error)
                self.assertFalse(os.path.exists(output + ".partial"))
        problem = self.ask("evidence", "export", self.large, "--output", output, status=5)
        self.assertIn(output + ".partial", problem["detail"])
        wait_until(lambda: self.job_of(self.large, "evidence.export")["state"] == "cancelled")

    def test_an_export_that_somebody_cancels_breaks_off_and_says_so(self):
        output = self.path("cancelled.raw")
        export = subprocess.Popen([RESUS, "evidence", "export", self.large, "--output", output, "--data", self.data, "--json"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: os.path.exists(output + ".partial"))
        wait_until(lambda: self.job_of(self.large, "evidence.export")["state"] == "running")
        self.ask("job", "cancel", self.job_of(self.large, "evidence.export")["id"])
        _, error = export.communicate(timeout=60)
        self.assertEqual((export.returncode, json.loads(error)["code"]), (130, "E-CANCEL-01"))
        self.assertFalse(os.path.exists(output) or os.path.exists(output + ".partial"))

    def test_memory_does_not_grow_with_the_disk(self):
        def peak():
            with open(f"/proc/{self.depot.process.pid}/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) // 1024
        subprocess.run([RESUS, "evidence", "export", self.id, "--output", "-", "--data", self.data], stdout=subprocess.DEVNULL, check=True)
        before = peak()
        subprocess.run([RESUS, "evidence", "export", self.large, "--output", "-", "--data", self.data], stdout=subprocess.DEVNULL, check=True)
        self.assertLess(peak() - before, 48, "MiB")

    # Images

    def test_an_image_is_imported_checked_and_listed_while_the_depot_runs(self):
        golden = make_disk(self.path("golden.img"), seed=2)
        image = self.ask("image", "import", golden, "--name", "ward")
        self.assertEqual(image["sha256"], sha256(golden))
        self.assertIn(image, self.ask("image", "list"))
        self.assertEqual(self.ask("image", "show", "ward")["id"], image["id"])
        self.assertTrue(self.ask("image", "verify", image["id"])["ok"])
        self.assertEqual(self.ask("image", "import", golden, "--name", "ward"), image)
        self.assertEqual(self.ask("image", "import", self.disk, "--name", "ward", status=5)["code"], "E-CONFLICT-01")
        actor, details = self.custody("image.import")[0]
        self.assertEqual((actor, details["image"], details["source"]), ("local", image["id"], golden))
        self.assertEqual(sha256(golden), image["sha256"], "the source is untouched")

    def test_sources_that_are_none_are_refused(self):
        os.mkfifo(self.path("pipe"))
        open(self.path("empty.img"), "wb").close()
        for source, status in ((self.path("missing.img"), 5), (self.folder, 2), (self.path("pipe"), 2), (self.path("empty.img"), 1),
                               (self.store + "/keys/signing.pem", 1), ("/dev/null", 2)):
            with self.subTest(source):
                problem = self.ask("image", "import", source, "--name", "bad", status=status)
                self.assertTrue(problem["code"].startswith("E-"))
                self.assertTrue(problem["next_action"])
        self.assertEqual(self.ask("image", "import", self.disk, "--name", "a/b", status=1)["code"], "E-INPUT-01")
        self.assertNotIn("bad", [image["name"] for image in self.ask("image", "list")])

    def test_an_import_that_is_interrupted_is_cancelled_at_the_depot(self):
        running = subprocess.Popen([RESUS, "image", "import", self.path("large.img"), "--name", "large", "--data", self.data],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: any(job["subject"] == "large" and job["state"] == "running" for job in self.ask("job", "list")))
        running.send_signal(signal.SIGINT)
        _, error = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130, error)
        wait_until(lambda: self.job_of("large", "image.import")["state"] == "cancelled")
        self.assertNotIn("large", [image["name"] for image in self.ask("image", "list")])
        self.assertFalse([name for name in os.listdir(self.store + "/images") if name.endswith(".growing")])

    # Jobs, custody, roles

    def test_a_detached_job_goes_on_by_itself(self):
        job = self.ask("evidence", "verify", self.id, "--detach")
        self.assertIn(job["state"], ("waiting", "running"))
        wait_until(lambda: self.ask("job", "show", job["id"])["state"] == "done")
        shown = self.ask("job", "show", job["id"])
        self.assertTrue(shown["result"]["ok"])
        self.assertEqual((shown["done"], shown["total"]), (shown["total"], os.path.getsize(self.disk)))
        self.assertEqual(self.ask("job", "cancel", job["id"], status=5)["code"], "E-CONFLICT-01")
        self.assertEqual(self.ask("job", "show", "job-0", status=5)["code"], "E-FOUND-01")

    def test_custody_verify_prints_head_and_verdict(self):
        report = self.ask("custody", "verify")
        self.assertTrue(report["ok"])
        self.assertRegex(report["head"], r"^\d+:[0-9a-f]{64}$")
        self.assertTrue(self.ask("custody", "head")["verdict"]["ok"])
        done = subprocess.run([RESUS, "custody", "verify", "--data", self.data], capture_output=True, text=True)
        self.assertRegex(done.stdout, r"^\d+ entries verify, head \d+:[0-9a-f]{64}\n")

    def test_a_role_that_is_not_enough_is_named(self):
        viewer = self.stranger("viewer")
        self.assertEqual(resus("evidence", "list", "--data", viewer), self.listed)
        output = self.path("forbidden.raw")
        for command in (["evidence", "export", self.id, "--output", output], ["image", "import", self.disk, "--name", "x"],
                        ["evidence", "verify", self.id]):
            problem = resus(*command, "--data", viewer, status=4)
            self.assertEqual(problem["code"], "E-AUTH-03")
            self.assertRegex(problem["detail"], "needs the role (supervisor|technician)")
        self.assertFalse(os.path.exists(output) or os.path.exists(output + ".partial"))

    def test_a_store_and_a_depot_cannot_both_be_meant(self):
        done = subprocess.run([RESUS, "evidence", "list", "--store", self.store, "--data", self.data], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))


class Stopping(unittest.TestCase):
    def test_a_depot_ends_cleanly_in_the_middle_of_its_jobs(self):
        folder = tempfile.mkdtemp(prefix="resus-online-")
        self.addCleanup(shutil.rmtree, folder)
        data = os.path.join(folder, "data")
        large = os.path.join(folder, "large.img")
        with open(large, "wb") as file:
            file.write(random.Random(7).randbytes(64 * MIB))
            file.truncate(LARGE)
        evidence = resus("evidence", "acquire", large, "--store", data + "/store")["id"]
        depot = RunningDepot(data, os.path.join(folder, "depot.log"))
        self.addCleanup(depot.stop)  # also when what follows fails
        with open(data + "/run/ports.json") as file:
            port = json.load(file)["https"]
        with open(data + "/run/admin.token") as file:
            token = file.read().strip()
        context = ssl.create_default_context(cafile=data + "/run/ca.pem")
        with context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="127.0.0.1") as idle:
            idle.sendall(f"GET /api/v1/evidence/{evidence}/raw HTTP/1.1\r\nHost: depot\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
            self.assertIn(b"200 OK", idle.recv(4096))  # and it never reads on
            for command in (["image", "import", large, "--name", "large"], ["evidence", "verify", evidence]):
                resus(*command, "--detach", "--data", data)
            began = time.monotonic()
            self.assertEqual(depot.stop(), 0)
            self.assertLess(time.monotonic() - began, 20)
        again = RunningDepot(data, os.path.join(folder, "depot.log"))
        self.addCleanup(again.stop)
        self.assertEqual(resus("image", "list", "--data", data), [])
        self.assertTrue(resus("custody", "verify", "--data", data)["ok"])


if __name__ == "__main__":
    unittest.main()
