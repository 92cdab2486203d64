"""The conformance script against a tool that is broken in one way after the other: its lines can fail."""

import json
import os
import shutil
import subprocess
import tempfile
import textwrap
import unittest

RESUS = os.environ["RESUS_PROGRAM"]
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "conformance")
TOOL = """\
    #!/usr/bin/env python3
    import json, os, subprocess, sys
    words = sys.argv[1:]
    done = subprocess.run([{real!r}, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out = done.stdout
    {broken}
    sys.stdout.buffer.write(out)
    sys.stderr.buffer.write(done.stderr)
    sys.exit(done.returncode)
"""
WRONG_SECTOR = """if "export" in words:
        with open(words[words.index("--output") + 1], "r+b") as file:
            file.seek(20 << 20)
            file.write(b"X")"""
ALWAYS_FINE = """if "verify" in words:
        out, done.returncode = json.dumps({"ok": True, "damaged_ranges": []}).encode(), 0"""
WRITES_SOURCE = """if "acquire" in words and not words[2].startswith("/dev/"):
        with open(words[2], "r+b") as file:
            file.write(b"touched")"""


class CanFail(unittest.TestCase):
    def verdict(self, assertion, broken="pass"):
        folder = tempfile.mkdtemp(prefix="resus-broken-")
        self.addCleanup(shutil.rmtree, folder)
        with open(folder + "/resus", "w") as file:
            file.write(textwrap.dedent(TOOL).format(real=RESUS, broken=broken.replace("\n    ", "\n")))
        os.chmod(folder + "/resus", 0o755)
        done = subprocess.run([SCRIPT, "--quick", "--json", "--programs", folder, "-k", assertion], capture_output=True, text=True)
        found = json.loads(done.stdout)
        self.assertEqual(len(found), 1)
        self.assertEqual(done.returncode, 1 if found[0]["verdict"] == "fail" else 0)
        return found[0]["verdict"]

    def test_the_tool_as_it_is_passes(self):
        self.assertEqual(self.verdict("DA-AM-06"), "pass")

    def test_one_wrong_byte_is_noticed(self):
        self.assertEqual(self.verdict("DA-AM-06", WRONG_SECTOR), "fail")

    def test_a_check_that_finds_nothing_is_noticed(self):
        self.assertEqual(self.verdict("DA-AO-07", ALWAYS_FINE), "fail")

    def test_a_tool_that_writes_to_the_source_is_noticed(self):
        self.assertEqual(self.verdict("DA-AO-12", WRITES_SOURCE), "fail")

    def test_a_tool_that_crashes_has_failed(self):
        self.assertEqual(self.verdict("DA-AM-08", "os.abort()"), "fail")

    def test_what_is_not_there_is_no_success(self):
        done = subprocess.run([SCRIPT, "--quick", "-k", "no such assertion", "--programs", os.path.dirname(RESUS)], capture_output=True)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
