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
    {told}
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
HIDES_GAPS = """if "acquire" in words:
        out = json.dumps({**json.loads(out), "unreadable_ranges": []}).encode()"""
FORGETS_GAPS = """if "e01" in words:
        side = words[words.index("--output") + 1] + ".resus.json"
        said = json.load(open(side))
        json.dump({**said, "unreadable": []}, open(side, "w"))"""
LARGER_SEGMENTS = """if "--segment-size" in words:
        words[words.index("--segment-size") + 1] = str(8 << 20)"""
HOLDS_NOTHING = """if "hold" in words:
        words[1:words.index("--store")] = ["list"]"""
ASKS_NOBODY = """if "acquire" in words:
        words.append("--as-it-is")"""


class CanFail(unittest.TestCase):
    def verdict(self, assertion, broken="pass", told="pass"):
        """Of the real tool, given other words by `told` and followed by what is `broken`."""
        folder = tempfile.mkdtemp(prefix="resus-broken-")
        self.addCleanup(shutil.rmtree, folder)
        with open(folder + "/resus", "w") as file:
            file.write(textwrap.dedent(TOOL).format(
                real=RESUS, **{name: code.replace("\n    ", "\n") for name, code in (("broken", broken), ("told", told))}))
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

    def test_gaps_that_are_not_told_are_noticed(self):
        self.assertEqual(self.verdict("DA-AM-09", HIDES_GAPS), "fail")
        self.assertEqual(self.verdict("R-16", FORGETS_GAPS), "fail")

    def test_segments_larger_than_asked_for_are_noticed(self):
        self.assertEqual(self.verdict("DA-AO-05", told=LARGER_SEGMENTS), "fail")

    def test_a_hold_that_is_not_kept_is_noticed(self):
        self.assertEqual(self.verdict("R-19"), "pass")
        self.assertEqual(self.verdict("R-19", told=HOLDS_NOTHING), "fail")

    def test_a_tool_that_asks_nobody_is_noticed(self):
        self.assertEqual(self.verdict("R-25", told=ASKS_NOBODY), "fail")

    def test_a_tool_that_crashes_has_failed(self):
        self.assertEqual(self.verdict("DA-AM-08", "os.abort()"), "fail")

    def test_what_is_not_there_is_no_success(self):
        done = subprocess.run([SCRIPT, "--quick", "-k", "no such assertion", "--programs", os.path.dirname(RESUS)], capture_output=True)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
