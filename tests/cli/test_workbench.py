"""The workbench as its user meets it: the real program, image files as disks, no network."""

import base64
import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest

RESUS = os.environ["RESUS_PROGRAM"]
MIB = 1 << 20


def make_disk(path, seed, size_mib=24, damage=0):
    """A GPT disk: one partition of data with repeats and zeros. `damage` changes that many places."""
    rng = random.Random(seed)
    with open(path, "wb") as disk:
        disk.truncate(size_mib * MIB)
        disk.seek(MIB)
        disk.write(rng.randbytes(6 * MIB))
        disk.seek(12 * MIB)
        disk.write(b"the same page again " * 200_000)
    subprocess.run(["sfdisk", "-q", path], input=b"label: gpt\nstart=2048, size=40960\n", check=True)
    with open(path, "r+b") as disk:
        for number in range(damage):
            disk.seek(MIB + number * 300_000)
            disk.write(b"WORM-MARKER")
    return path


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def contents(folder):
    """Every file below the folder with its bytes."""
    return {os.path.join(where, name): sha256(os.path.join(where, name))
            for where, _, names in os.walk(folder) for name in names}


class Workbench(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="resus-workbench-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = self.path("store")
        self.golden = make_disk(self.path("golden.img"), seed=1)
        self.disk = make_disk(self.path("infected.img"), seed=1, size_mib=32, damage=9)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_resus(self, *arguments, status=0):
        done = subprocess.run([RESUS, *arguments, "--store", self.store, "--json"], capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        text = (done.stdout if status == 0 else done.stderr or done.stdout).strip()
        return json.loads(text.splitlines()[-1])

    def import_golden(self):
        return self.run_resus("image", "import", self.golden, "--name", "ward")

    def test_a_copy_has_the_disks_hash_and_exports_the_same_bytes(self):
        before = sha256(self.disk)
        evidence = self.run_resus("evidence", "acquire", self.disk)
        self.assertEqual(evidence["sha256"], before)
        self.assertEqual(evidence["bytes_read"], os.path.getsize(self.disk))
        self.run_resus("evidence", "export", evidence["id"], "--output", self.path("out.raw"))
        self.assertEqual(sha256(self.path("out.raw")), before)
        self.assertEqual(sha256(self.disk), before, "the source is untouched")
        self.assertLess(os.stat(self.path("out.raw")).st_blocks * 512, os.path.getsize(self.disk), "holes stay holes")

    def test_stats_say_where_the_time_went(self):
        evidence = self.run_resus("evidence", "acquire", self.disk, "--stats")
        stats = evidence["stats"]
        self.assertEqual(list(stats), ["read", "hash", "ask", "compress", "write"])
        self.assertEqual((stats["read"]["bytes"], stats["write"]["bytes"]), (evidence["bytes_read"], evidence["bytes_added"]))
        for name, one in stats.items():
            self.assertGreater(one["busy_seconds"], 0, name)
            self.assertAlmostEqual(one["of_the_time"] * evidence["seconds"], one["busy_seconds"], msg=name)
        done = subprocess.run([RESUS, "evidence", "acquire", self.disk, "--stats", "--store", self.store], capture_output=True, text=True, check=True)
        self.assertRegex(done.stdout, r"\n    read +[\d.]+ s +\d+ % +\d+ MB/s  from the disk\n    hash +[\d.]+ s")
        self.assertNotIn("stats", self.run_resus("evidence", "acquire", self.disk))

    def test_a_report_has_the_same_facts_as_page_and_as_json(self):
        self.import_golden()
        evidence = self.run_resus("evidence", "acquire", self.disk, "--operator", "K. <Meier>", "--md5")
        self.run_resus("evidence", "verify", evidence["id"])
        self.run_resus("evidence", "report", evidence["id"], "--format", "json", "--output", self.path("report.json"))
        with open(self.path("report.json")) as file:
            report = json.load(file)
        self.assertEqual(report["v"], 1)
        self.assertEqual(report["hashes"]["sha256"], sha256(self.disk))
        self.assertEqual(report["hashes"]["md5"], evidence["md5"])
        self.assertTrue(report["evidence"]["signature"]["ok"])
        self.assertTrue(report["verification"]["ok"])
        self.assertTrue(report["custody"]["ok"])
        self.assertEqual([line["action"] for line in report["custody"]["lines"]], ["evidence.complete", "evidence.verify"])
        before = contents(self.store)
        done = subprocess.run([RESUS, "evidence", "report", evidence["id"], "--store", self.store, "--output", "-"], capture_output=True, text=True)
        self.assertIn(report["hashes"]["root"], done.stdout)
        self.assertIn("K. &lt;Meier&gt;", done.stdout)
        self.assertNotIn("<script", done.stdout)
        self.assertEqual(contents(self.store), before, "a report changes nothing")
        problem = self.run_resus("evidence", "report", evidence["id"], "--output", self.path("report.json"), status=5)
        self.assertEqual(problem["code"], "E-CONFLICT-01")

    def test_a_second_copy_of_the_same_disk_adds_nothing(self):
        first = self.run_resus("evidence", "acquire", self.disk)
        again = self.run_resus("evidence", "acquire", self.disk)
        self.assertEqual(again["root"], first["root"])
        self.assertEqual(again["bytes_added"], 0)

    def test_what_the_golden_image_has_is_not_stored_again(self):
        self.import_golden()
        evidence = self.run_resus("evidence", "acquire", self.disk)
        self.assertLess(evidence["bytes_added"], MIB)
        self.assertGreater(evidence["bytes_known"], 6 * MIB)

    def test_a_flipped_byte_in_a_pack_is_found_and_located(self):
        evidence = self.run_resus("evidence", "acquire", self.disk)
        pack = os.path.join(self.store, "packs", sorted(os.listdir(os.path.join(self.store, "packs")))[0])
        with open(pack, "r+b") as file:
            file.seek(os.path.getsize(pack) // 3)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 1]))
        report = self.run_resus("evidence", "verify", evidence["id"], status=1)
        self.assertFalse(report["ok"])
        self.assertTrue(report["damaged_ranges"])

    def test_a_copy_in_other_hands_is_checked_by_public_keys_alone(self):
        evidence = self.run_resus("evidence", "acquire", self.disk)
        keys = self.path("kept-elsewhere.pub")
        shutil.copy(self.store + "/keys/signing.pub", keys)
        shutil.rmtree(self.store + "/keys")
        os.remove(self.store + "/lock")
        before = contents(self.store)
        self.assertTrue(self.run_resus("evidence", "verify", evidence["id"], "--keys", keys)["ok"])
        self.assertTrue(self.run_resus("custody", "verify", "--keys", keys)["ok"])
        self.assertEqual(self.run_resus("evidence", "list")[0]["id"], evidence["id"])
        self.assertEqual(self.run_resus("evidence", "show", evidence["id"])["disk_bytes"], os.path.getsize(self.disk))
        self.run_resus("evidence", "export", evidence["id"], "--output", self.path("out.img"), "--keys", keys)
        self.assertEqual(sha256(self.path("out.img")), sha256(self.disk))
        self.assertEqual(contents(self.store), before, "looking changes nothing")

    def test_another_key_stands_behind_nothing(self):
        evidence = self.run_resus("evidence", "acquire", self.disk)
        stranger = self.path("stranger.pub")
        with open(stranger, "w") as file:
            file.write(base64.b64encode(random.Random(5).randbytes(32)).decode() + "\n")
        self.run_resus("evidence", "verify", evidence["id"], "--keys", stranger, status=1)
        self.run_resus("custody", "verify", "--keys", stranger, status=1)
        self.run_resus("evidence", "export", evidence["id"], "--output", self.path("out.img"), "--keys", stranger, status=1)
        self.assertFalse(os.path.exists(self.path("out.img")))

    def test_deploying_copies_first_and_leaves_no_trace_of_the_worm(self):
        self.import_golden()
        done = self.run_resus("image", "deploy", "ward", self.disk)
        self.assertEqual(list(done["busy"]), ["compare", "fetch", "verify", "write", "read_back"])
        self.assertGreater(done["busy"]["write"], 0)
        self.assertTrue(done["evidence"].startswith("ev-"))
        with open(self.disk, "rb") as disk, open(self.golden, "rb") as golden:
            content, wanted = disk.read(), golden.read()
        self.assertNotIn(b"WORM-MARKER", content)
        self.assertEqual(content[MIB:21 * MIB], wanted[MIB:21 * MIB])
        subprocess.run(["sfdisk", "-V", self.disk], check=True, stdout=subprocess.DEVNULL)
        self.assertLess(done["written"], 2 * MIB, "only what differs is written")

    def test_evidence_of_another_disk_is_no_ground_for_a_permit(self):
        self.import_golden()
        evidence = self.run_resus("evidence", "acquire", self.disk)
        other = make_disk(self.path("other.img"), seed=2, size_mib=32)
        before = sha256(other)
        problem = self.run_resus("image", "deploy", "ward", other, "--evidence", evidence["id"], status=1)
        self.assertEqual(problem["code"], "E-DISK-02")
        self.assertEqual(sha256(other), before)

    def test_a_golden_image_with_one_flipped_byte_is_refused(self):
        image = self.import_golden()
        pack = os.path.join(self.store, "images", image["id"], "image.img.zst")
        with open(pack, "r+b") as file:
            file.seek(3 * MIB)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 0x40]))
        blank = self.path("blank.img")
        with open(blank, "wb") as file:
            file.truncate(32 * MIB)
        problem = self.run_resus("image", "deploy", "ward", blank, status=1)
        self.assertEqual(problem["code"], "E-IMAGE-02")

    def test_an_image_that_is_too_large_is_refused_before_anything_is_written(self):
        self.import_golden()
        small = make_disk(self.path("small.img"), seed=3, size_mib=22)
        before = sha256(small)
        problem = self.run_resus("image", "deploy", "ward", small, status=1)
        self.assertEqual(problem["code"], "E-IMAGE-01")
        self.assertEqual(sha256(small), before)

    def test_a_waiver_stands_in_the_custody_log(self):
        self.import_golden()
        self.run_resus("image", "deploy", "ward", self.disk, "--waive", "disk is known to be blank")
        report = self.run_resus("custody", "verify")
        self.assertTrue(report["ok"])
        with open(os.path.join(self.store, "custody.log")) as log:
            import base64
            lines = [base64.b64decode(json.loads(line)["payload"]) for line in log]
        self.assertTrue(any(b"disk is known to be blank" in line for line in lines))

    def test_a_changed_custody_line_is_named(self):
        self.run_resus("evidence", "acquire", self.disk)
        self.run_resus("evidence", "acquire", self.disk)
        log = os.path.join(self.store, "custody.log")
        with open(log, "rb") as file:
            lines = file.read().splitlines(keepends=True)
        with open(log, "wb") as file:
            file.writelines(lines[1:])
        report = self.run_resus("custody", "verify", status=1)
        self.assertEqual(report["first_broken_line"], 1)

    def test_a_dry_run_writes_nothing(self):
        self.import_golden()
        before = sha256(self.disk)
        plan = self.run_resus("image", "deploy", "ward", self.disk, "--dry-run")
        self.assertTrue(plan["dry_run"])
        self.assertEqual(sha256(self.disk), before)

    def test_unknown_words_are_usage_errors(self):
        done = subprocess.run([RESUS, "evidence", "frobnicate"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
