"""The sample configuration and the checker agree on every key."""

import os
import re
import subprocess
import tempfile
import unittest

RESUS = os.environ["RESUS_PROGRAM"]
SAMPLE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "resus.toml")


def check(text):
    """Status and message of `check-config` for a file with this text."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([RESUS, "depot", "check-config", "--config", file.name], capture_output=True, text=True)
    return done.returncode, done.stderr


def allowed(text):
    """The names that the checker lists after refusing a name nobody has."""
    status, message = check(text)
    assert status == 2, message
    return set(re.search(r"allowed: ([a-z_, ]+)", message)[1].split(", "))


class SampleConfig(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(SAMPLE) as file:
            cls.text = file.read()
        cls.filled = re.sub(r"^# (?=[a-z_]+ = )", "", cls.text, flags=re.MULTILINE)
        # The socket of ClamAV, too: it is another program, which need not be there.
        cls.filled = re.sub(r'^clamd = "[^"]*"', 'clamd = ""', cls.filled, flags=re.MULTILINE)
        # The folder of the rules is looked into: one that is there.
        rules = tempfile.TemporaryDirectory()
        cls.addClassCleanup(rules.cleanup)
        with open(os.path.join(rules.name, "ward.yar"), "w") as file:
            file.write("rule Ward { condition: false }")
        # So are the certificates of the time-stamp authority.
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=tsa",
                        "-keyout", os.path.join(rules.name, "ca.key"), "-out", os.path.join(rules.name, "ca.pem")], check=True, capture_output=True)
        cls.filled = re.sub(r'^ca_file = "[^"]*"', f'ca_file = "{rules.name}/ca.pem"', cls.filled, flags=re.MULTILINE)
        cls.filled = re.sub(r'^rules = "[^"]*"', f'rules = "{rules.name}"', cls.filled, flags=re.MULTILINE)

    def test_it_is_good_as_it_stands_and_with_every_key_set(self):
        self.assertEqual(check(self.text), (0, ""))
        self.assertEqual(check(self.filled), (0, ""))

    def test_it_shows_every_table_and_every_key(self):
        shown, table = {}, ""
        for line in self.filled.splitlines():
            if head := re.match(r"\[([a-z_]+)\]", line):
                shown[table := head[1]] = set()
            elif key := re.match(r"([a-z_]+) = ", line):
                shown[table].add(key[1])
        self.assertEqual(set(shown), allowed("[no_such_table]\n"))
        for table, keys in shown.items():
            self.assertEqual(keys, allowed(f"[{table}]\nno_such_key = 1\n"), table)

    def test_a_wrong_value_is_named_with_its_line_and_what_is_allowed(self):
        status, message = check("[limits]\n\nmachines_at_once = 0\n")
        self.assertEqual(status, 2)
        self.assertRegex(message, r"\.toml:3: limits\.machines_at_once has a wrong value; allowed: a number from 1 to 64")


if __name__ == "__main__":
    unittest.main()
