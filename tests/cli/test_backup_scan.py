"""Backups are scanned for malware by the real program: at `backup add`, again by `backup scan`, and nothing is cleared in silence."""

import base64
import hashlib
import io
import json
import os
import shutil
import socket
import struct
import subprocess
import tarfile
import tempfile
import threading
import time
import unittest
import zipfile

RESUS = os.environ["RESUS_PROGRAM"]
WORM = "RESUS-TEST-WORM"
RULE = 'rule Resus_Test { strings: $a = "' + WORM + '" condition: $a }\n'
BLIND = "rule Sees_Nothing { condition: false }\n"


class FakeClamd:
    """Speaks clamd's protocol (clamd(8)): zVERSION, zINSTREAM with lengths in network order, its limit on a stream."""

    def __init__(self, path, limit=1 << 20, answer=None):
        self.limit, self.answer = limit, answer
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.server.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                self.talk(connection, stream)

    def talk(self, connection, stream):
        command = b""
        while not command.endswith(b"\0"):
            command += stream.read(1)
        if command == b"zVERSION\0":
            connection.sendall(b"ClamAV 1.0.7/27470/Tue Nov 26 09:34:40 2024\0")
            return
        assert command == b"zINSTREAM\0", command
        content = b""
        while size := struct.unpack(">I", stream.read(4))[0]:
            content += stream.read(size)
            if len(content) > self.limit:
                connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        connection.sendall(self.answer or (b"stream: Clam.Test FOUND\0" if b"CLAM-TEST" in content else b"stream: OK\0"))


class BackupScan(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="resus-scan-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, "data")
        self.rules = self.rules_folder("rules", RULE)

    def rules_folder(self, name, *texts):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder)
        for number, text in enumerate(texts):
            with open(os.path.join(folder, f"{number}.yar"), "w") as file:
                file.write(text)
        return folder

    def archive(self, files, name="files.tar"):
        path = os.path.join(self.folder, name)
        if name.endswith(".zip"):
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
                for member, content in files.items():
                    file.writestr(member, content)
            return path
        with tarfile.open(path, "w") as file:
            for member, content in files.items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
        if name.endswith(".zst"):
            subprocess.run(["zstd", "-q", "--rm", path, "-o", path + ".out"], check=True)
            os.rename(path + ".out", path)
        return path

    def call(self, *arguments, status=0):
        done = subprocess.run([RESUS, *arguments, "--data", self.data, "--json"], capture_output=True, text=True)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout}{done.stderr}")
        return json.loads((done.stdout if status == 0 else done.stderr).strip().splitlines()[-1])

    def add(self, files, *arguments, archive="files.tar", status=0):
        return self.call("backup", "add", self.archive(files, archive), "--name", "ward", *arguments, status=status)

    def scan(self, *arguments, status=0):
        return self.call("backup", "scan", "ward", *arguments, status=status)

    def show(self):
        return self.call("backup", "show", "ward")

    def custody(self, action):
        """Details and envelope of every line of this action."""
        done = subprocess.run([RESUS, "custody", "verify", "--store", self.data + "/store"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = []
        with open(self.data + "/store/custody.log") as file:
            for line in file:
                payload = json.loads(base64.b64decode(json.loads(line)["payload"]))
                if payload["action"] == action:
                    lines.append(payload)
        return lines

    def test_without_rules_a_backup_is_unscanned_and_says_why(self):
        added = self.add({"a": b"hello"})
        self.assertEqual((added["malware_scan"], added["scan_note"]), ("unscanned", "no rules were given"))
        self.assertEqual(self.call("backup", "list")[0]["malware_scan"], "unscanned")

    def test_a_clean_backup_names_the_rules_that_found_nothing(self):
        self.assertEqual(self.add({"a": b"hello", "b": b""}, "--rules", self.rules)["malware_scan"], "clean")
        listing = hashlib.sha256(RULE.encode()).hexdigest() + "  0.yar\n"
        scanner = self.show()["scanners"][0]
        self.assertEqual((scanner["name"], scanner["rules"]), ("yara", hashlib.sha256(listing.encode()).hexdigest()))

    def test_an_infected_member_is_named_in_every_packing(self):
        for archive in ("files.tar", "files.tar.zst", "files.zip"):
            with self.subTest(archive):
                shutil.rmtree(self.data, ignore_errors=True)
                added = self.add({"good": b"hello", "d/bad.exe": b"MZ" + WORM.encode()}, "--rules", self.rules, archive=archive)
                self.assertEqual((added["malware_scan"], added["infected"]), ("infected", 1))
                shown = self.show()
                self.assertEqual(shown["infected_files"], [{"path": "d/bad.exe", "malware": ["Resus_Test"]}])
                self.assertEqual(shown["left_out"], [{"path": "d/bad.exe", "why": "malware: Resus_Test", "whole": True}])

    def test_a_member_over_the_limit_makes_the_backup_partly_scanned(self):
        large = bytearray(64 << 20) + WORM.encode()
        for at in range(0, len(large), 4096):  # so that it is no bomb by ratio
            large[at:at + 32] = hashlib.sha256(at.to_bytes(8, "little")).digest()
        added = self.add({"good": b"hello", "large": bytes(large)}, "--rules", self.rules)
        self.assertEqual((added["malware_scan"], added["not_scanned"]), ("partly_scanned", 1))
        self.assertEqual(self.show()["not_scanned_files"][0]["path"], "large")

    def test_wrong_rules_are_named_and_nothing_is_added(self):
        wrong = self.rules_folder("wrong", "rule A { condition: true }\nrule B { condition: nonsense }\n")
        problem = self.add({"a": b"hello"}, "--rules", wrong, status=1)
        self.assertEqual(problem["code"], "E-SCAN-02")
        self.assertIn("0.yar:2", problem["detail"])
        self.assertEqual(self.call("backup", "list"), [])

    def test_the_configuration_names_the_rules_and_its_checker_looks_at_them(self):
        config = os.path.join(self.folder, "resus.toml")
        with open(config, "w") as file:
            file.write(f'[scan]\nrules = "{self.rules}"\n')
        check = [RESUS, "depot", "check-config", "--config", config]
        self.assertEqual(subprocess.run(check, capture_output=True).returncode, 0)
        self.assertEqual(self.add({"a": WORM.encode()}, "--config", config)["malware_scan"], "infected")
        os.unlink(os.path.join(self.rules, "0.yar"))
        done = subprocess.run(check, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("E-SCAN-02", done.stderr)

    def test_a_second_scan_with_better_rules_finds_more_and_is_in_the_custody_log(self):
        self.add({"a": WORM.encode()}, "--rules", self.rules_folder("blind", BLIND))
        self.assertEqual(self.scan("--rules", self.rules, "--operator", "anna")["malware_scan"], "infected")
        line = self.custody("backup.scan")[0]
        self.assertEqual(line["actor"], "anna")
        self.assertEqual((line["details"]["before"]["verdict"], line["details"]["after"]["verdict"]), ("clean", "infected"))

    def test_weaker_rules_clear_nothing_without_a_reason(self):
        self.add({"a": WORM.encode()}, "--rules", self.rules)
        blind = self.rules_folder("blind", BLIND)
        problem = self.scan("--rules", blind, status=5)
        self.assertEqual(problem["code"], "E-SCAN-03")
        self.assertEqual(self.show()["malware_scan"], "infected")
        self.assertEqual(self.custody("backup.cleared"), [])

    def test_what_a_reason_clears_stands_in_the_custody_log_with_both_rules(self):
        self.add({"a": WORM.encode(), "b": b"x"}, "--rules", self.rules)
        before = self.show()["scanners"][0]["rules"]
        cleared = self.scan("--rules", self.rules_folder("blind", BLIND), "--reason", "false alarm", "--operator", "anna")
        self.assertEqual((cleared["malware_scan"], cleared["cleared"]), ("clean", 1))
        line = self.custody("backup.cleared")[0]
        self.assertEqual((line["actor"], line["reason"], line["details"]["cleared_paths"]), ("anna", "false alarm", ["a"]))
        self.assertEqual(line["details"]["before"]["scanners"][0]["rules"], before)
        self.assertEqual(line["details"]["after"]["scanners"][0]["rules"], self.show()["scanners"][0]["rules"])

    def test_a_backup_is_scanned_again_after_the_key_was_changed(self):
        self.add({"a": WORM.encode()}, "--rules", self.rules)
        keys = self.data + "/store/keys"
        os.rename(keys + "/signing.pub", keys + "/trusted.pub")
        os.unlink(keys + "/signing.pem")
        self.assertEqual(self.scan("--rules", self.rules)["malware_scan"], "infected")
        os.unlink(keys + "/trusted.pub")  # the new key alone vouches for the manifest now
        self.assertEqual(self.show()["malware_scan"], "infected")

    def test_a_manifest_that_somebody_changed_is_not_scanned_over(self):
        added = self.add({"a": b"hello"}, "--rules", self.rules)
        path = f"{self.data}/backups/{added['id']}/manifest"
        with open(path) as file:
            envelope = json.load(file)
        envelope["sig"] = "A" * 86 + "=="
        with open(path, "w") as file:
            json.dump(envelope, file, separators=(",", ":"))
        self.assertEqual(self.scan("--rules", self.rules, status=1)["code"], "E-RESTORE-04")

    def test_a_scan_without_rules_is_refused(self):
        self.add({"a": b"hello"}, "--rules", self.rules)
        self.assertEqual(self.scan(status=1)["code"], "E-SCAN-02")
        self.assertEqual(self.show()["malware_scan"], "clean")

    def clamd(self, **options):
        path = os.path.join(self.folder, "clamd.ctl")
        service = FakeClamd(path, **options)
        self.addCleanup(service.close)
        return path

    def test_clamav_finds_what_the_rules_do_not_and_the_other_way_round(self):
        added = self.add({"both": WORM.encode() + b"CLAM-TEST", "clam": b"x" * 600_000 + b"CLAM-TEST", "yara": WORM.encode(), "good": b"hello"},
                         "--rules", self.rules, "--clamd", self.clamd())
        self.assertEqual((added["malware_scan"], added["infected"]), ("infected", 3))
        shown = self.show()
        self.assertEqual({file["path"]: sorted(file["malware"]) for file in shown["infected_files"]},
                         {"both": ["Clam.Test", "Resus_Test"], "clam": ["Clam.Test"], "yara": ["Resus_Test"]})
        self.assertEqual(shown["scanners"][1], {"name": "clamav", "version": "1.0.7", "rules": "27470/Tue Nov 26 09:34:40 2024"})

    def test_clamav_alone_is_a_scan(self):
        clamd = self.clamd()
        self.assertEqual(self.add({"a": b"hello"}, "--clamd", clamd)["malware_scan"], "clean")
        self.assertEqual([scanner["name"] for scanner in self.show()["scanners"]], ["clamav"])

    def test_what_clamav_could_not_take_whole_is_not_clean(self):
        large = b"".join(hashlib.sha256(at.to_bytes(8, "little")).digest() for at in range(70_000))
        added = self.add({"large": large, "good": b"hello"}, "--rules", self.rules, "--clamd", self.clamd())
        self.assertEqual((added["malware_scan"], added["not_scanned"]), ("partly_scanned", 1))
        self.assertIn("limit", self.show()["not_scanned_files"][0]["detail"])

    def test_a_limit_that_clamav_reports_as_a_find_is_not_scanned(self):
        clamd = self.clamd(answer=b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0")
        self.assertEqual(self.add({"a": b"hello"}, "--clamd", clamd)["malware_scan"], "partly_scanned")

    def test_an_error_of_clamav_is_not_clean(self):
        clamd = self.clamd(answer=b"stream: Can't allocate memory ERROR\0")
        self.assertEqual(self.add({"a": b"hello"}, "--rules", self.rules, "--clamd", clamd)["malware_scan"], "partly_scanned")
        self.assertIn("allocate memory", self.show()["not_scanned_files"][0]["detail"])

    def test_without_the_service_nothing_is_added(self):
        problem = self.add({"a": b"hello"}, "--clamd", os.path.join(self.folder, "nobody.ctl"), status=6)
        self.assertEqual(problem["code"], "E-NET-01")
        self.assertEqual(self.call("backup", "list"), [])

    def serve(self, rules):
        """A running depot whose configuration names these rules."""
        config = os.path.join(self.folder, "resus.toml")
        with open(config, "w") as file:
            file.write(f'[scan]\nrules = "{rules}"\n')
        with open(os.path.join(self.folder, "depot.log"), "ab") as log:
            depot = subprocess.Popen([RESUS, "depot", "serve", "--config", config, "--data", self.data, "--address", "127.0.0.1", "--dhcp", "off",
                                      "--http-port", "0", "--https-port", "0", "--agent-port", "0"], stdout=log, stderr=log)
        self.addCleanup(depot.wait)
        self.addCleanup(depot.terminate)
        deadline = time.monotonic() + 60
        while not os.path.exists(self.data + "/run/ports.json"):
            self.assertTrue(depot.poll() is None and time.monotonic() < deadline, "the depot does not serve")
            time.sleep(0.05)

    def test_a_running_depot_scans_as_a_job_and_writes_its_custody_line(self):
        self.add({"a": WORM.encode()})
        self.serve(self.rules)
        self.assertEqual(self.scan("--online")["verdict"], "infected")
        self.assertEqual(self.call("job", "list")[0]["kind"], "backup.scan")
        self.assertEqual(self.custody("backup.scan")[0]["details"]["after"]["verdict"], "infected")

    def test_a_running_depot_clears_nothing_without_a_reason(self):
        self.add({"a": WORM.encode()}, "--rules", self.rules)
        self.serve(self.rules_folder("blind", BLIND))
        self.assertEqual(self.scan("--online", status=5)["code"], "E-SCAN-03")
        self.assertEqual(self.show()["malware_scan"], "infected")
        self.assertEqual(self.scan("--online", "--reason", "false alarm")["cleared"], 1)
        self.assertEqual(self.custody("backup.cleared")[0]["reason"], "false alarm")


if __name__ == "__main__":
    unittest.main()
