"""The operator's commands against a real depot on loopback."""

import base64
import hashlib
import json
import os
import random
import re
import shutil
import ssl
import subprocess
import tarfile
import tempfile
import unittest
import urllib.request

from running_depot import RESUS, RunningDepot, resus


def parse_metrics(text):
    """Prometheus' text format 0.0.4, as strict as its description: {name: {labels: value}}. One HELP and one TYPE before the
    samples of a family, and all of them together."""
    families, described, current = {}, {}, None
    for line in text.removesuffix("\n").split("\n"):
        if comment := re.fullmatch(r"# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)", line):
            word, current, rest = comment.groups()
            assert word not in described.setdefault(current, {}) and current not in families, line
            assert word == "HELP" or rest in ("counter", "gauge", "histogram", "summary", "untyped"), line
            described[current][word] = rest
            continue
        sample = re.fullmatch(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([a-zA-Z_][a-zA-Z0-9_]*=\"[^\"\\\n]*\")\})? ([0-9]+)", line)
        assert sample, line
        name, labels, value = sample.groups()
        assert name == current and set(described[name]) == {"HELP", "TYPE"}, line
        assert (labels or "") not in families.setdefault(name, {}), line
        families[name][labels or ""] = int(value)
    assert text.endswith("\n") and set(families) == set(described)
    return families


class DepotCommands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="resus-depot-")
        cls.data = os.path.join(cls.folder, "data")
        disk = os.path.join(cls.folder, "golden.img")
        with open(disk, "wb") as file:
            file.truncate(8 << 20)
            file.write(random.Random(5).randbytes(1 << 20))
        cls.image = cls.call("image", "import", disk, "--name", "ward", "--store", cls.data + "/store")
        archive = os.path.join(cls.folder, "files.tar")
        with tarfile.open(archive, "w") as tar:
            tar.add(__file__, "home/ward/test.py")
        cls.backup = cls.call("backup", "add", archive, "--name", "files", "--data", cls.data)
        cls.archives = [cls.other_archive(name) for name in ("data", "more")]
        cls.depot = RunningDepot(cls.data, os.path.join(cls.folder, "depot.log"))

    @classmethod
    def other_archive(cls, name):
        path = os.path.join(cls.folder, name + ".tar")
        with tarfile.open(path, "w") as tar:
            tar.add(__file__, name + ".py")
        return path

    @classmethod
    def tearDownClass(cls):
        cls.depot.stop()
        shutil.rmtree(cls.folder)

    call = staticmethod(resus)

    def test_a_fresh_depot_has_no_machines(self):
        self.assertEqual(self.call("machine", "list", "--data", self.data), [])

    def operator_add(self, *arguments, password="", status=0):
        done = subprocess.run([RESUS, "operator", "add", *arguments, "--data", self.data, "--json"], input=password, capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads((done.stdout if status == 0 else done.stderr).strip().splitlines()[-1])

    def test_operators_are_added_listed_and_removed(self):
        self.assertEqual(self.operator_add("meier", "--role", "technician", password="night shift 12\n"), {"name": "meier", "role": "technician"})
        self.assertIn({"name": "meier", "role": "technician"}, self.call("operator", "list", "--data", self.data))
        self.assertEqual(self.operator_add("meier", "--role", "viewer", password="night shift 12\n", status=5)["code"], "E-CONFLICT-01")
        self.call("operator", "remove", "meier", "--data", self.data)
        self.assertNotIn("meier", [one["name"] for one in self.call("operator", "list", "--data", self.data)])
        self.call("operator", "remove", "meier", "--data", self.data, status=5)

    def test_a_password_comes_from_standard_input_alone(self):
        self.operator_add("weber", "--role", "viewer", status=1)
        self.operator_add("weber", "--role", "viewer", password="short\n", status=1)
        help_text = subprocess.run([RESUS, "operator", "add", "--help"], capture_output=True, text=True).stdout
        self.assertNotIn("--password", help_text)

    def test_a_wall_is_given_a_link_once(self):
        made = self.operator_add("hall", "--role", "wall")
        self.assertRegex(made["link"], r"^https://127\.0\.0\.1:\d+/wall#[0-9a-f]{64}$")
        self.assertEqual([one for one in self.call("operator", "list", "--data", self.data) if one["name"] == "hall"], [{"name": "hall", "role": "wall"}])
        self.call("operator", "remove", "hall", "--data", self.data)

    def test_an_unknown_machine_is_not_found(self):
        problem = self.call("machine", "hold", "B99", "--data", self.data, status=5)
        self.assertEqual(problem["code"], "E-FOUND-01")

    def test_the_plan_is_what_was_set(self):
        plan = self.call("plan", "set", "--image", "ward", "--backup", "files", "--data", self.data)
        self.assertEqual((plan["image_id"], plan["backup_id"]), (self.image["id"], self.backup["id"]))

    def test_a_backup_has_parts_but_a_part_has_none(self):
        data, more = self.archives
        self.call("backup", "add", data, "--name", "nobody", "--part-of", "nobody-s", "--data", self.data, status=5)
        part = self.call("backup", "add", data, "--name", "data", "--part-of", "files", "--partition", "4", "--data", self.data)
        self.assertEqual((part["part_of"], part["partition"]), (self.backup["id"], 4))
        problem = self.call("backup", "add", more, "--name", "more", "--part-of", "data", "--data", self.data, status=2)
        self.assertEqual(problem["code"], "E-USAGE-01")
        listed = {one["name"]: one["part_of"] for one in self.call("backup", "list", "--data", self.data)}
        self.assertEqual((listed["files"], listed["data"]), ("", self.backup["id"]))
        self.assertNotIn("more", listed)

    def custody(self, action):
        """Actor and details of every line with this action."""
        found = []
        with open(self.data + "/store/custody.log") as log:
            for line in log:
                entry = json.loads(base64.b64decode(json.loads(line)["payload"]))
                if entry["action"] == action:
                    found.append((entry["actor"], entry["details"]))
        return found

    def test_every_backup_has_its_custody_line(self):
        actor, details = self.custody("backup.add")[0]
        self.assertEqual((actor, details["backup"], details["name"]), ("workbench", self.backup["id"], "files"), "on the folder")
        with open(self.folder + "/files.tar", "rb") as file:
            self.assertEqual(details["sha256"], hashlib.file_digest(file, "sha256").hexdigest())
        late = self.call("backup", "add", self.other_archive("late"), "--name", "late", "--data", self.data)
        actor, details = self.custody("backup.add")[-1]
        self.assertEqual((actor, details["backup"], details["verdict"]), ("local", late["id"], "unscanned"), "at the running depot")
        before = len(self.custody("backup.add"))
        self.assertEqual(self.call("backup", "add", self.folder + "/late.tar", "--name", "late", "--data", self.data)["id"], late["id"])
        self.assertEqual(len(self.custody("backup.add")), before, "nothing was added")
        self.assertTrue(self.call("custody", "verify", "--data", self.data)["ok"])

    def test_what_a_running_depot_cannot_add_is_refused(self):
        for source, name, status in ((self.data + "/catalogue.db", "own", 1), (self.folder + "/nothing.tar", "none", 5),
                                     (self.folder + "/golden.img", "disk", 1), (self.folder + "/more.tar", "a/b", 1)):
            with self.subTest(name):
                problem = self.call("backup", "add", source, "--name", name, "--data", self.data, status=status)
                self.assertTrue(problem["next_action"])
        problem = self.call("backup", "add", self.folder + "/more.tar", "--name", "x", "--rules", self.folder, "--data", self.data, status=2)
        self.assertIn("its own configuration", problem["detail"])
        self.assertNotIn("own", [one["name"] for one in self.call("backup", "list", "--data", self.data)])

    def test_the_metrics_are_what_prometheus_reads(self):
        with open(self.data + "/run/ports.json") as file:
            port = json.load(file)["https"]
        context = ssl.create_default_context(cafile=self.data + "/run/ca.pem")
        with urllib.request.urlopen(f"https://127.0.0.1:{port}/metrics", context=context) as answer:
            self.assertIn("version=0.0.4", answer.headers["Content-Type"])
            families = parse_metrics(answer.read().decode())
        self.assertGreater(families["resus_store_free_bytes"][""], 0)
        self.assertEqual(families["resus_machines"]['phase="discovered"'], 0)

    def test_the_first_operator_needs_as_long_a_password_as_the_others(self):
        password = os.path.join(self.folder, "password")
        for text, status in (("eleven chars"[:11], 2), ("twelve chars", 0)):
            with open(password, "w") as file:
                file.write(text + "\n")
            done = subprocess.run([RESUS, "depot", "init", "--data", self.folder + "/fresh", "--admin-password-file", password], capture_output=True, text=True)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn("at least 12" if status else "", done.stderr)

    def test_the_store_of_a_running_depot_is_held(self):
        self.assertEqual(len(self.call("image", "list", "--store", self.data + "/store")), 1, "looking is no work on it")
        problem = self.call("image", "verify", "ward", "--store", self.data + "/store", status=5)
        self.assertEqual(problem["code"], "E-CONFLICT-01")

    def test_without_a_depot_there_is_no_contact(self):
        problem = self.call("machine", "list", "--data", self.folder, status=6)
        self.assertEqual(problem["code"], "E-NET-01")

    def test_a_wrong_token_is_a_matter_of_sign_in(self):
        other = os.path.join(self.folder, "stranger")
        shutil.copytree(self.data + "/run", other + "/run", dirs_exist_ok=True)
        with open(other + "/run/admin.token", "w") as file:
            file.write("0" * 64)
        problem = self.call("machine", "list", "--data", other, status=4)
        self.assertRegex(problem["code"], "^E-AUTH-")

    def test_a_command_that_does_not_exist_is_a_usage_error(self):
        done = subprocess.run([RESUS, "machine", "explode"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))

    def test_nothing_is_coloured_or_redrawn_where_nobody_watches(self):
        done = subprocess.run([RESUS, "machine", "hold", "B99", "--data", self.data], capture_output=True)
        self.assertNotIn(b"\033", done.stdout + done.stderr)

    def test_a_wrong_key_in_the_configuration_is_named_with_its_line(self):
        config = os.path.join(self.folder, "resus.toml")
        with open(config, "w") as file:
            file.write('[incident]\nname = "x"\n[plan]\nimagee = "ward"\n')
        done = subprocess.run([RESUS, "depot", "check-config", "--config", config], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"resus\.toml:4.*imagee")


if __name__ == "__main__":
    unittest.main()
