"""The operator's commands against a real depot on loopback."""

import json
import os
import random
import shutil
import subprocess
import tarfile
import tempfile
import unittest

from running_depot import RESUS, RunningDepot, resus


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
        self.assertEqual(listed, {"files": "", "data": self.backup["id"]})

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
