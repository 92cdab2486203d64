"""Labels for PCs: what a scanner reads from them, and how many a sheet holds."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from running_depot import RESUS, DepotFolder, resus


def codes_in(page, folder):
    """What zbarimg reads from each code of a page, drawn by rsvg-convert."""
    found = []
    for number, svg in enumerate(re.findall(r"<svg.*?</svg>", page, re.S)):
        picture = os.path.join(folder, f"{number}.png")
        subprocess.run(["rsvg-convert", "--width", "400", "--output", picture], input=svg.encode(), check=True)
        read = subprocess.run(["zbarimg", "--quiet", "--raw", picture], capture_output=True, text=True, check=True)
        found.append(read.stdout.strip())
    return found


class Labels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.depot = DepotFolder()
        cls.addClassCleanup(cls.depot.stop)
        cls.depot.start()
        cls.machines = [cls.depot.enrol(number) for number in (1, 2, 3)]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="resus-label-")
        self.addCleanup(shutil.rmtree, self.folder)

    def page(self, *arguments):
        done = subprocess.run([RESUS, "machine", "label", *arguments, "--data", self.depot.data, "--output", "-"], capture_output=True, text=True, check=True)
        return done.stdout

    def test_the_code_leads_to_the_machine_and_holds_the_custody_head(self):
        head = resus("custody", "head", "--data", self.depot.data)["head"]
        with open(self.depot.data + "/run/ports.json") as file:
            port = re.search(r'"https":(\d+)', file.read()).group(1)
        sequence, digest = head.split(":")
        code, = codes_in(self.page(self.machines[0]), self.folder)
        self.assertEqual(code, f"https://127.0.0.1:{port}/m/{self.machines[0]}?head={sequence}:{digest[:16]}")

    def test_every_machine_has_its_own(self):
        codes = codes_in(self.page(*self.machines), self.folder)
        self.assertEqual([re.search(r"/m/([^?]+)", code).group(1) for code in codes], self.machines)

    def test_a_sheet_holds_21_and_a_label_printer_one(self):
        self.assertEqual(self.page(*self.machines).count("<ul>"), 1)
        self.assertEqual(self.page(*self.machines, "--paper", "62x29").count("<ul>"), 3)
        self.assertEqual(self.page(*self.machines * 8).count("<ul>"), 2)

    def test_of_a_machine_that_is_not_there_there_is_none(self):
        self.assertEqual(resus("machine", "label", "m-nobody", "--data", self.depot.data, "--output", "-", status=5)["code"], "E-FOUND-01")


if __name__ == "__main__":
    unittest.main()
