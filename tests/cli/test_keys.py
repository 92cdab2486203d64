"""A depot's keys: backed up so that OpenSSL opens them, put back, and changed while what was signed before stays good."""

import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

from running_depot import RESUS, RunningDepot, resus

VERIFIER = os.path.join(os.path.dirname(__file__), "../../scripts/verify-evidence")
PASSPHRASE = "correct horse night shift"


class Keys(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="resus-keys-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = self.path("data")
        self.store = self.path("data/store")
        subprocess.run([RESUS, "depot", "init", "--data", self.data], check=True, capture_output=True)
        with open(self.path("disk"), "wb") as disk:
            disk.write(os.urandom(1 << 20))
        with open(self.path("passphrase"), "w") as file:
            file.write(PASSPHRASE + "\n")

    def path(self, name):
        return os.path.join(self.folder, name)

    def keys(self, *arguments, data=None, status=0):
        return resus("depot", "keys", *arguments, "--data", data or self.data, status=status)

    def save(self):
        self.keys("export", "--output", self.path("backup"), "--passphrase-file", self.path("passphrase"))
        with open(self.path("backup")) as file:
            return file.read()

    def acquire(self):
        return resus("evidence", "acquire", self.path("disk"), "--store", self.store)["id"]

    def contents(self, data):
        found = {}
        for folder in ("store/keys", "keys"):
            for name in os.listdir(os.path.join(data, folder)):
                if name != "boot-ticket.key":
                    with open(os.path.join(data, folder, name), "rb") as file:
                        found[folder + "/" + name] = file.read()
        return found

    def test_a_backup_holds_no_key_in_the_clear_and_openssl_opens_it(self):
        text = self.save()
        self.assertNotIn("BEGIN PRIVATE KEY", text)
        block = re.search(r"file: store/keys/signing.pem\n(-----BEGIN ENCRYPTED.*?-----END ENCRYPTED PRIVATE KEY-----\n)", text, re.S)[1]
        with open(self.path("one.pem"), "w") as file:
            file.write(block)
        opened = subprocess.run(["openssl", "pkey", "-in", self.path("one.pem"), "-passin", "pass:" + PASSPHRASE], capture_output=True, text=True, check=True)
        with open(self.store + "/keys/signing.pem") as file:
            self.assertEqual(opened.stdout, file.read())

    def test_a_restore_gives_the_same_keys_to_a_new_folder_and_only_there(self):
        self.save()
        other = self.path("other")
        arguments = ("restore", "--input", self.path("backup"), "--passphrase-file", self.path("passphrase"))
        self.keys(*arguments, data=other)
        self.assertEqual(self.contents(other), self.contents(self.data))
        self.assertEqual(stat.S_IMODE(os.stat(other + "/store/keys").st_mode), 0o700)
        self.assertEqual(self.keys(*arguments, data=other, status=5)["code"], "E-CONFLICT-01")
        evidence = self.acquire()
        resus("evidence", "verify", evidence, "--store", self.store, "--keys", other + "/store/keys/signing.pub")
        depot = RunningDepot(other, self.path("depot.log"))  # with the same authority: agents know it again
        self.addCleanup(depot.stop)
        with open(self.data + "/keys/ca.pem") as mine, open(other + "/run/ca.pem") as served:
            self.assertEqual(served.read(), mine.read())

    def test_a_wrong_passphrase_and_a_changed_file_restore_nothing(self):
        text = self.save()
        with open(self.path("wrong"), "w") as file:
            file.write("another passphrase")
        self.assertEqual(self.keys("restore", "--input", self.path("backup"), "--passphrase-file", self.path("wrong"), data=self.path("o"), status=4)["code"], "E-AUTH-03")
        for changed in (text[:-20], text.replace("store/keys/signing.pub", "../../tmp/signing.pub"), "", text[:len(text) // 2]):
            with open(self.path("changed"), "w") as file:
                file.write(changed)
            self.keys("restore", "--input", self.path("changed"), "--passphrase-file", self.path("passphrase"), data=self.path("o"), status=1)
        self.assertEqual(os.listdir(self.path("o") + "/store/keys"), [])
        with open(self.path("short"), "w") as file:
            file.write("short")
        self.assertEqual(self.keys("export", "--output", self.path("b2"), "--passphrase-file", self.path("short"), status=2)["code"], "E-USAGE-01")

    def test_after_a_rotation_old_and_new_evidence_verify_and_the_log_goes_on(self):
        before = self.acquire()
        rotation = self.keys("rotate", "--reason", "yearly")
        self.assertNotEqual(rotation["former"], rotation["current"])
        after = self.acquire()
        for evidence in (before, after):
            self.assertTrue(resus("evidence", "verify", evidence, "--store", self.store)["ok"])
        done = subprocess.run([VERIFIER, self.store, "--json"], capture_output=True, text=True)
        self.assertTrue(json.loads(done.stdout)["ok"], done.stdout)
        depot = RunningDepot(self.data, self.path("depot.log"))
        self.assertEqual(self.keys("rotate", "--reason", "again", status=5)["code"], "E-CONFLICT-01")
        for evidence in (before, after):
            self.assertTrue(resus("evidence", "verify", evidence, "--data", self.data)["ok"])
        report = resus("custody", "verify", "--data", self.data)
        self.assertTrue(report["ok"], report)
        depot.stop()
        only_new = subprocess.run([RESUS, "evidence", "verify", before, "--store", self.store, "--keys", self.store + "/keys/signing.pub"], capture_output=True)
        self.assertEqual(only_new.returncode, 1, "the new key alone does not vouch for what the old one signed")


if __name__ == "__main__":
    unittest.main()
