"""Completions in a real bash, manual pages against the help texts, and what `cmake --install` lays down."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

RESUS = os.environ["RESUS_PROGRAM"]
BUILD = os.environ["RESUS_BUILD"]


def output(*words):
    return subprocess.run([RESUS, *words], capture_output=True, text=True, check=True).stdout


def complete(*words):
    """What bash offers for the last of these words."""
    script = 'source /dev/stdin; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _resus; printf "%s\\n" "${COMPREPLY[@]}"'
    program = ["bash", "--norc", "-c", script, "bash", "resus", *words]
    done = subprocess.run(program, input=output("completion", "bash"), capture_output=True, text=True, check=True)
    if done.stderr:
        raise AssertionError(done.stderr)
    return done.stdout.split()


def commands_in(help_text):
    return re.findall(r"^  ([a-z_-]+) ", help_text.partition("Subcommands:")[2], re.M)


GROUPS = [name for name in commands_in(output("--help")) if name not in ("completion", "man")]


class Completion(unittest.TestCase):
    def test_it_offers_every_group_and_every_command(self):
        self.assertEqual(set(complete("")), {*GROUPS, "completion", "man"})
        for group in GROUPS:
            self.assertEqual(set(complete(group, "")), set(commands_in(output(group, "--help"))), group)

    def test_it_finishes_a_word(self):
        self.assertEqual(complete("ev"), ["evidence"])
        self.assertEqual(complete("evidence", "exp"), ["export"])
        self.assertEqual(complete("evidence", "export", "--form"), ["--format"])

    def test_it_knows_the_words_an_option_takes(self):
        self.assertEqual(sorted(complete("evidence", "export", "--format", "")), ["e01", "raw"])
        self.assertEqual(set(complete("depot", "serve", "--dhcp", "")), {"full", "proxy", "off"})
        self.assertEqual(complete("completion", ""), [])

    def test_it_leaves_files_to_bash(self):
        self.assertEqual(complete("evidence", "export", "--store", ""), [])
        self.assertEqual(complete("evidence", "acquire", "/de"), [])

    def test_options_of_the_program_are_offered_below_it(self):
        self.assertIn("--json", complete("machine", "list", "--"))

    def test_words_before_the_command_do_not_mislead_it(self):
        self.assertIn("acquire", complete("--json", "evidence", ""))


class ManualPages(unittest.TestCase):
    def test_every_command_and_option_of_the_help_is_in_the_page(self):
        for group in GROUPS:
            page = output("man", group).replace("\\-", "-")
            for command in commands_in(output(group, "--help")):
                self.assertIn(f".SS resus {group} {command}\n", page)
                for option in set(re.findall(r"^  .*?(--[a-z0-9-]+)", output(group, command, "--help"), re.M)) - {"--help"}:
                    known = option in page or option in output("man").replace("\\-", "-")
                    self.assertTrue(known, f"{group} {command} {option}")

    def test_the_first_page_names_groups_and_exit_statuses(self):
        page = output("man").replace("\\-", "-")
        for group in GROUPS:
            self.assertIn(f"resus-{group} (1)", page)
        self.assertEqual(re.findall(r"^\.B (\d+)$", page, re.M), ["0", "1", "2", "3", "4", "5", "6", "130"])

    def test_no_text_is_taken_for_a_request(self):
        known = (".TH", ".SH", ".SS", ".TP", ".B", ".I", ".BR", ".RI", ".br")
        for words in ([], *[[group] for group in GROUPS]):
            for line in output("man", *words).splitlines():
                if line.startswith((".", "'")):
                    self.assertIn(line.split()[0], known)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_groff_has_nothing_to_say_against_them(self):
        for words in ([], *[[group] for group in GROUPS]):
            done = subprocess.run(["groff", "-k", "-man", "-ww", "-z"], input=output("man", *words), capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)

    def test_a_group_that_does_not_exist_is_a_usage_error(self):
        done = subprocess.run([RESUS, "man", "kitchen"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))


class Installation(unittest.TestCase):
    def test_program_completions_and_manual_pages_are_installed(self):
        prefix = tempfile.mkdtemp(prefix="resus-install-")
        self.addCleanup(shutil.rmtree, prefix)
        subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], check=True, capture_output=True)
        with open(prefix + "/share/bash-completion/completions/resus") as file:
            self.assertEqual(file.read(), output("completion", "bash"))
        for group in GROUPS:
            with open(f"{prefix}/share/man/man1/resus-{group}.1") as file:
                self.assertEqual(file.read(), output("man", group))
        self.assertTrue(os.path.exists(prefix + "/share/man/man1/resus.1"))
        self.assertEqual(subprocess.run([prefix + "/bin/resus", "--version"], capture_output=True).returncode, 0)


if __name__ == "__main__":
    unittest.main()
