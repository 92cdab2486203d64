"""The independent verifier against evidence that the real program made: the format document proven from outside."""

import base64
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

RESUS = os.environ["RESUS_PROGRAM"]
VERIFIER = pathlib.Path(__file__).resolve().parents[2] / "scripts/verify-evidence"
MIB = 1 << 20


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


class VerifyEvidence(unittest.TestCase):
    """One store for all tests, each of which damages a copy of its own."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="resus-verify-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.original = cls.folder / "original"
        rng = random.Random(7)
        golden = rng.randbytes(3 * MIB) + bytes(2 * MIB) + b"system file " * 300_000
        (cls.folder / "golden.img").write_bytes(golden + bytes(-len(golden) % 512))
        # More than one segment, repeats, blocks of the golden image, zeros, and a last block that is short.
        disk = golden[:4 * MIB] + rng.randbytes(20 * MIB) + bytes(3 * MIB) + golden[:MIB] + rng.randbytes(1536)
        (cls.folder / "disk.img").write_bytes(disk)
        cls.resus("image", "import", str(cls.folder / "golden.img"), "--name", "ward")
        cls.evidence = cls.resus("evidence", "acquire", str(cls.folder / "disk.img"))

    @classmethod
    def resus(cls, *arguments):
        done = subprocess.run([RESUS, *arguments, "--store", str(cls.original), "--json"], check=True, capture_output=True)
        return json.loads(done.stdout.splitlines()[-1])

    def setUp(self):
        self.store = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(self.original, self.store, dirs_exist_ok=True)
        (self.store / "keys/signing.pem").unlink()  # a copy in other hands: public keys only
        self.record = self.store / "evidence" / self.evidence["id"] / "record.json"

    def verify(self, *arguments):
        done = subprocess.run([VERIFIER, str(self.store), "--json", *arguments], capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["ok"], done.returncode == 0)
        return report

    def findings(self, *arguments):
        return "\n".join(f for result in self.verify(*arguments)["results"] for f in result["findings"])

    def test_evidence_that_is_whole_verifies_with_public_keys_alone(self):
        report = self.verify("--key", str(self.store / "keys/signing.pub"))
        self.assertTrue(report["ok"], report)
        self.assertEqual(report["results"][0]["sha256"], self.evidence["sha256"])
        self.assertEqual(report["results"][0]["root"], self.evidence["root"])

    def test_a_copy_is_only_read(self):
        before = {p: p.stat().st_mtime_ns for p in self.store.rglob("*")}
        self.verify()
        self.assertEqual({p: p.stat().st_mtime_ns for p in self.store.rglob("*")}, before)

    def test_a_flipped_byte_in_a_pack_is_named_with_the_disk_bytes_it_touches(self):
        pack = sorted((self.store / "packs").iterdir())[0]
        flip(pack, pack.stat().st_size // 2)
        self.assertRegex(self.findings(), r"disk bytes \d+ to \d+: pack 2, frame \d+ .*does not decompress")

    def test_a_flipped_byte_in_the_golden_image_is_found_where_the_evidence_needs_it(self):
        flip(next(self.store.glob("images/*/image.img.zst")), 100_000)
        self.assertRegex(self.findings(), r"disk bytes \d+ to \d+: pack 1, frame 0 .*does not decompress")

    def test_a_pack_that_is_gone_is_named(self):
        sorted((self.store / "packs").iterdir())[0].unlink()
        self.assertIn("pack 2 has no whole frame", self.findings())

    def test_a_pack_with_a_broken_seek_table_still_verifies(self):
        pack = sorted((self.store / "packs").iterdir())[0]
        flip(pack, pack.stat().st_size - 20)
        self.assertTrue(self.verify()["ok"])

    def test_a_changed_map_is_found(self):
        flip(self.record.parent / "map", 40)
        self.assertIn("the disk map is torn", self.findings())

    def test_a_changed_record_is_found(self):
        envelope = json.loads(self.record.read_text())
        payload = base64.b64decode(envelope["payload"]).replace(b'"unreadable_count":0', b'"unreadable_count":1')
        envelope["payload"] = base64.b64encode(payload).decode()
        self.record.write_text(json.dumps(envelope))
        self.assertIn("the signature does not match", self.findings())

    def test_a_stranger_s_key_signs_nothing(self):
        (self.store / "other.pub").write_text(base64.b64encode(bytes(range(32))).decode())
        self.assertIn("not among the keys given", self.findings("--key", str(self.store / "other.pub")))

    def test_evidence_under_another_name_is_found(self):
        self.record.parent.rename(self.store / "evidence/ev-0000000000000000")
        self.assertIn("belongs to another evidence", self.findings())

    def test_a_line_taken_out_of_the_custody_log_is_found(self):
        log = self.store / "custody.log"
        lines = log.read_bytes().splitlines(keepends=True)
        log.write_bytes(b"".join(lines[1:]))
        self.assertIn("custody log, line 1: does not follow the line before it", self.findings())

    def test_a_custody_log_cut_off_at_a_line_is_found_by_the_head_kept_elsewhere(self):
        head = self.resus("custody", "verify")["head"]
        self.assertTrue(self.verify("--head", head)["ok"])
        log = self.store / "custody.log"
        log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
        self.assertIn(f"the head {head} is not in it", self.findings("--head", head))


if __name__ == "__main__":
    unittest.main()
