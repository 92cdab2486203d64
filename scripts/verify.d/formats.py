"""Readers of the files that hold evidence, written from imaging/FORMAT.md (numbers name its sections)."""
import base64, hashlib, json, struct

import ed25519

BLOCK = 4096
DATA, ZERO, UNUSED, UNREADABLE = range(4)
SKIPPABLE_IDS = 0x184D2A5D
SKIPPABLE_SEEK_TABLE = 0x184D2A5E
SKIPPABLE_FREED = 0x184D2A5C
ZSTD_MAGIC = 0xFD2FB528
UNREADABLE_LEAF = hashlib.sha256(b"resus:unreadable-block\n").digest()


class Damaged(Exception):
    """What is wrong and where."""


def sha256(data):
    return hashlib.sha256(data).digest()


def key_id(public_key):
    return sha256(public_key).hex()[:16]


def open_envelope(text, purpose, keys):
    """Section 9. The payload's bytes when a trusted key signed them for this purpose."""
    try:
        envelope = json.loads(text)
        payload = base64.b64decode(envelope["payload"], validate=True)
        signature = base64.b64decode(envelope["sig"], validate=True)
    except (ValueError, KeyError, TypeError) as problem:
        raise Damaged(f"not an envelope: {problem}")
    if set(envelope) != {"v", "purpose", "key", "payload", "sig"} or envelope["v"] != 1:
        raise Damaged("not an envelope of version 1")
    if envelope["purpose"] != purpose:
        raise Damaged(f"signed as {envelope['purpose']!r}, not as {purpose!r}")
    key = keys.get(envelope["key"])
    if key is None:
        raise Damaged(f"signed with key {envelope['key']}, which is not among the keys given")
    if not ed25519.verify(key, b"resus:" + purpose.encode() + b"\n" + payload, signature):
        raise Damaged("the signature does not match")
    return payload


def parse_map(data):
    """Section 5. (disk_bytes, runs, unreadable ranges); a run is (kind, blocks, pack, frame, index)."""
    if len(data) < 64 or data[:8] != b"RSDMAP\0\0" or sha256(data[:-32]) != data[-32:]:
        raise Damaged("the disk map is torn or not a disk map")
    version, _, disk_bytes = struct.unpack_from("<IIQ", data, 8)
    if version not in (1, 2):
        raise Damaged(f"disk map of version {version}")
    at = 24

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    runs, ranges = [], []
    for _ in range(varint()):
        kind, at = data[at], at + 1
        blocks = varint()
        runs.append((kind, blocks) + ((varint(), varint(), varint()) if kind == DATA else (0, 0, 0)))
    for _ in range(varint()):
        offset, length = varint(), varint()
        ranges.append((offset, length, data[at]))
        at += 1
    if any(cause not in (1, 2, 3, 4) for _, _, cause in ranges) or version != (2 if any(r[2] == 4 for r in ranges) else 1):
        raise Damaged("the disk map has causes of another version")
    if at != len(data) - 32 or sum(run[1] for run in runs) != -(-disk_bytes // BLOCK):
        raise Damaged("the disk map does not cover the disk")
    return disk_bytes, runs, ranges


def block_header_end(read, at):
    """Where a zstd frame ends (RFC 8878, section 3.1.1), found without decompressing it."""
    descriptor = read(at + 4, 1)[0]
    single, checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    content = (1 if single else 0, 2, 4, 8)[descriptor >> 6]
    at += 5 + (0 if single else 1) + (0, 1, 2, 4)[descriptor & 3] + content
    while True:
        header = int.from_bytes(read(at, 3), "little")
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        at += 3 + (1 if kind == 1 else size)
        if last:
            return at + (4 if checksum else 0)


def freed_pair(head, payload, sequence):
    """Section 16. What stands for a frame whose content was given back: no place, no ids."""
    blocks, raw, compressed, number = struct.unpack_from("<HIIQ", head, 14)
    whole = head[8:14] == b"RSHL\x01\x00" and sha256(head[8:32])[:8] == head[32:40]
    if not whole or number != sequence or payload + 8 != compressed + 8 + 24 + 32 * blocks + 8:
        raise Damaged(f"frame {sequence}: is neither a frame nor freed")
    return None, compressed, raw, []


def walk_pack(read, size):
    """Sections 3 and 4. Yields (offset, compressed bytes, raw bytes, ids) for each data frame with a whole id frame."""
    at, sequence = 0, 0
    while at < size:
        magic, payload = struct.unpack("<II", read(at, 8))
        if magic == SKIPPABLE_SEEK_TABLE and at + 8 + payload == size:
            return
        if magic == SKIPPABLE_FREED:
            yield freed_pair(read(at, 40), payload, sequence)
            at, sequence = at + 8 + payload, sequence + 1
            continue
        if magic != ZSTD_MAGIC:
            raise Damaged(f"frame {sequence}: no zstd frame at byte {at}")
        end = block_header_end(read, at)
        magic, payload = struct.unpack("<II", read(end, 8))
        trailer = read(end + 8, payload) if magic == SKIPPABLE_IDS else b""
        if len(trailer) < 64 or trailer[:6] != b"RSID\x01\x00" or sha256(trailer[:-8])[:8] != trailer[-8:]:
            raise Damaged(f"frame {sequence}: its id frame at byte {end} is not whole")
        count, raw, compressed, number = struct.unpack_from("<HIIQ", trailer, 6)
        if number != sequence or compressed != end - at or len(trailer) != 24 + 32 * count + 8:
            raise Damaged(f"frame {sequence}: its id frame belongs to another frame")
        yield at, compressed, raw, [trailer[24 + 32 * i:56 + 32 * i] for i in range(count)]
        at, sequence = end + 8 + payload, sequence + 1


class Tree:
    """Section 2. Takes leaves in disk order; keeps one open node a level."""

    def __init__(self):
        self.levels = [[]]

    def add(self, digest, level=0):
        if level == len(self.levels):
            self.levels.append([])
        self.levels[level].append(digest)
        if len(self.levels[level]) == 17:  # the seventeenth child shows that the node before it is closed
            children, self.levels[level] = self.levels[level][:16], self.levels[level][16:]
            self.add(node(level + 1, children), level + 1)

    def root(self, disk_bytes):
        level = 0
        while level < len(self.levels):
            children = self.levels[level]
            if level >= 2 and level == len(self.levels) - 1 and len(children) == 1:
                return sha256(b"\x02" + struct.pack("<Q", disk_bytes) + children[0])
            self.levels[level] = []
            self.add(node(level + 1, children), level + 1)
            level += 1


def node(level, children):
    return sha256(bytes([1, level, len(children)]) + b"".join(children))
