"""The real agent and the real depot when backups hold malware, or were not scanned although the plan wants it."""

import base64
import json
import os
import subprocess
import tarfile
import unittest

import test_agent_depot as rig

WORM = "RESUS-TEST-WORM"


class Scan(unittest.TestCase):
    def setUp(self):
        self.room = rig.Room(self)
        self.rules = self.room.path("rules")
        os.mkdir(self.rules)
        with open(os.path.join(self.rules, "test.yar"), "w") as file:
            file.write('rule Resus_Test { strings: $a = "' + WORM + '" condition: $a }\n')

    def add(self, name, source, scanned, *arguments):
        """Adds what lies under `source` of the folder `backup` as an archive of that name."""
        room = self.room
        with tarfile.open(room.path(name + ".tar"), "w") as tar:
            tar.add(os.path.join(room.path("backup"), source), os.path.basename(source))
        rules = ["--rules", self.rules] if scanned else []
        return room.resus("backup", "add", room.path(name + ".tar"), "--name", name, "--data", room.data, *rules, *arguments)

    def prepare(self, backup_scanned, part_scanned):
        """A backup with a letter, a worm and a hard link to it, and a part of it; each with or without a scan."""
        room = self.room
        room.prepare()
        tree = room.path("backup")
        with open(os.path.join(tree, "home/ward/worm.exe"), "w") as file:
            file.write("MZ" + WORM)
        os.link(os.path.join(tree, "home/ward/worm.exe"), os.path.join(tree, "home/ward/link.exe"))
        os.makedirs(os.path.join(tree, "shared"))
        with open(os.path.join(tree, "shared/rota.txt"), "w") as file:
            file.write("Night shift\n")
        self.backup = self.add("wormy", "home", backup_scanned)
        self.add("rota", "shared", part_scanned, "--part-of", "wormy", "--partition", "1", "--directory", "/var")
        room.start_depot()
        room.resus("plan", "set", "--image", "ward", "--backup", "wormy", "--require-scan", "yes", "--data", room.data)
        room.start_agent()

    def wait_for_a_person(self, why):
        self.room.wait_until(lambda: (self.room.machine() or {}).get("code") == "E-SCAN-01", "E-SCAN-01")
        machine = self.room.machine()
        self.assertEqual((machine["phase"], machine["condition"]), ("restoring", "needs_you"))
        self.assertIn(why, machine["sentence"])
        self.assertIn("accept_unscanned", machine["actions"])
        return machine

    def to_the_end(self):
        self.room.wait_phase("verifying_install")
        self.room.wait_until(lambda: self.room.agent.poll() == 0, "the restart")
        self.room.check_the_end()

    def names_on_the_disk(self):
        return self.room.debugfs("ls -p /home/ward")

    def custody(self, action):
        entries = self.room.api("/api/v1/audit?limit=1000")["entries"]
        return [entry for entry in entries if entry["action"] == action]

    def test_infected_files_stay_out_and_are_named(self):
        self.prepare(backup_scanned=True, part_scanned=True)
        self.assertEqual((self.backup["verdict"], self.backup["infected"]), ("infected", 2))
        self.to_the_end()
        self.assertNotIn("worm.exe", self.names_on_the_disk())
        self.assertNotIn("link.exe", self.names_on_the_disk())
        details = self.room.api("/api/v1/machines/" + self.room.machine()["id"])
        restored = next(entry["text"] for entry in details["timeline"] if entry["action"] == "restored")
        self.assertRegex(restored, r"2 files with malware were left out: .*worm\.exe")
        self.assertEqual(details["stats"]["restored"]["infected"], 2)
        shown = self.room.api("/api/v1/backups/wormy")
        self.assertEqual(shown["infected_files"][0]["malware"], ["Resus_Test"])
        self.assertEqual(len(shown["left_out"]), 2)

    def test_a_backup_with_an_unscanned_part_waits_until_somebody_lets_it_pass(self):
        self.prepare(backup_scanned=True, part_scanned=False)
        machine = self.wait_for_a_person("rota is unscanned")
        without = subprocess.run([rig.RESUS, "machine", "accept-unscanned", machine["id"], "--data", self.room.data, "--json"],
                                 capture_output=True, text=True)
        self.assertEqual(without.returncode, 1)
        self.assertIn("needs a reason", without.stdout)
        self.assertNotIn("letters", self.names_on_the_disk_or_nothing())
        self.room.resus("machine", "accept-unscanned", machine["id"], "--reason", "ward 3 cannot wait", "--data", self.room.data)
        self.to_the_end()
        self.assertNotIn("worm.exe", self.names_on_the_disk())
        self.assertEqual(len(self.custody("accept_unscanned")), 1)
        self.assertIn("ward 3 cannot wait", self.custody_text())

    def test_an_unscanned_backup_that_is_scanned_meanwhile_goes_on_by_itself(self):
        self.prepare(backup_scanned=False, part_scanned=True)
        self.wait_for_a_person("wormy is unscanned")
        self.room.kill(self.room.depot)
        scanned = self.room.resus("backup", "scan", "wormy", "--rules", self.rules, "--data", self.room.data)
        self.assertEqual(scanned["verdict"], "infected")
        self.room.start_depot()
        self.to_the_end()
        self.assertNotIn("worm.exe", self.names_on_the_disk())

    def names_on_the_disk_or_nothing(self):
        listed = subprocess.run(["debugfs", "-R", "ls -p /home/ward", f"{self.room.disk}?offset={rig.PARTITION_START}"],
                                capture_output=True, text=True)
        return listed.stdout

    def custody_text(self):
        """Payloads of the log as it lies in the store."""
        with open(os.path.join(self.room.data, "store", "custody.log")) as file:
            return "\n".join(base64.b64decode(json.loads(line)["payload"]).decode() for line in file)


if __name__ == "__main__":
    unittest.main(verbosity=2)
