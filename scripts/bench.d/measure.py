#!/usr/bin/env python3
"""Runs Resus and its peers in turn and prints medians and ratios. Called by scripts/bench."""
import argparse, json, os, pathlib, subprocess, tempfile

import mates, mounts, tls
from rows import Row, allocated, compete, count_orphans, fresh, hash_and_compress, remove

HERE = pathlib.Path(__file__).parent
PARTS = ["acquire", "dedupe", "mate", "tls", "deploy", "export", "mount"]


def acquire_rows(resus, disk, work):
    return [
        Row("tee sha256 | zstd -1 -T0", f"{hash_and_compress(disk, work)} -f -o {work}/tee.zst",
            f"{work}/tee.zst", remove(f"{work}/tee.zst"), "sha256"),
        Row("resus evidence acquire", f"{resus} evidence acquire {disk} --store {work}/store --json",
            f"{work}/store/packs", fresh(f"{work}/store"), "sha256, tree, signed"),
        Row("resus … --verify", f"{resus} evidence acquire {disk} --store {work}/store-b --verify --json",
            f"{work}/store-b/packs", fresh(f"{work}/store-b"), "sha256, tree, re-read, signed"),
        Row("ewfacquire fast md5", f"ewfacquire -q -u -t {work}/ewf -c deflate:fast -f encase6 -S 8EiB {disk}",
            f"{work}/ewf.E01", remove(f"{work}/ewf.E01"), "md5, adler"),
        Row("qemu-img -c zstd", f"qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd {disk} {work}/q.qcow2",
            f"{work}/q.qcow2", remove(f"{work}/q.qcow2"), "none"),
    ]


def dedupe(resus, disks, work, rounds, log):
    print("\nBytes added by a second acquisition (fleet-mates of disk1)")
    for name in ("disk2", "disk3"):
        fresh(f"{work}/fleet")()
        sizes = []
        for disk in (disks / "disk1.img", disks / f"{name}.img"):
            Row("acquire", f"{resus} evidence acquire {disk} --store {work}/fleet").run(log)
            sizes.append(allocated(f"{work}/fleet/packs"))
        print(f"{name}: first {sizes[0] / 1e6:.0f} MB, second adds {(sizes[1] - sizes[0]) / 1e6:.0f} MB")


def deploy_rows(resus, disk, work):
    store, target = f"{work}/golden", f"{work}/target.img"
    fresh(store)()
    subprocess.run([resus, "image", "import", str(disk), "--name", "bench", "--store", store], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["zstd", "-q", "-1", "-T0", "-f", str(disk), "-o", f"{work}/disk.zst"], check=True)
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", str(disk), f"{work}/disk.qcow2"], check=True)
    blank = f"rm -f {target}; fallocate -l {os.path.getsize(disk)} {target}"

    def prepare():
        subprocess.run(["bash", "-c", blank], check=True)
    return [
        Row("zstd -dc | dd oflag=direct", f"zstd -q -dc {work}/disk.zst | dd of={target} bs=1M iflag=fullblock oflag=direct conv=notrunc status=none",
            target, prepare, "none"),
        Row("resus image deploy (read-back)", f"{resus} image deploy bench {target} --store {store} --waive 'bench: blank target' --json",
            target, prepare, "sha256, signature, read-back"),
        Row("qemu-img qcow2 -> raw", f"qemu-img convert -n -t none -f qcow2 -O raw {work}/disk.qcow2 {target}", target, prepare, "none"),
    ]


def evidence_of(resus, disk, store):
    fresh(store)()
    done = subprocess.run([resus, "evidence", "acquire", str(disk), "--store", store, "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])["id"]


def ewfacquire(disk, target, compression):
    subprocess.run(["ewfacquire", "-q", "-u", "-t", target, "-c", f"deflate:{compression}", "-f", "encase6", "-S", "8EiB", str(disk)],
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def export_rows(resus, disk, work):
    """All write an E01 set, EnCase 6, fast compression, MD5 and SHA-1. ewfexport reads E01 only: it is given one without compression."""
    store, sets = f"{work}/labs", f"{work}/sets"
    evidence = evidence_of(resus, disk, store)
    ewfacquire(disk, f"{work}/source", "none")
    return [
        Row("ewfexport fast md5 sha1", f"ewfexport -q -u -f encase6 -c fast -d sha1 -t {sets}/a {work}/source.E01", sets, fresh(sets), "md5, sha1, adler"),
        Row("ewfacquire fast md5 sha1 (raw)", f"ewfacquire -q -u -f encase6 -c deflate:fast -d sha1 -t {sets}/b {disk}", sets, fresh(sets), "md5, sha1, adler"),
        Row("resus export --format e01", f"{resus} evidence export {evidence} --store {store} --format e01 --output {sets}/c.E01",
            sets, fresh(sets), "md5, sha1, sha256, block ids, durable"),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=PARTS, help=" ".join(PARTS))
    parser.add_argument("--programs", required=True, help="folder with resus, resus-agent and resus-phone-home")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--disks", type=pathlib.Path, default=pathlib.Path("build/bench/disks"))
    args = parser.parse_args()
    if unknown := set(args.what) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    programs = os.path.abspath(args.programs)
    resus = programs + "/resus"
    count_orphans()
    subprocess.run([str(HERE / "make-disks"), str(args.disks)], check=True, stderr=subprocess.DEVNULL)
    disk = (args.disks / "disk1.img").resolve()
    with tempfile.TemporaryDirectory(dir=args.disks.parent) as work, \
            open(args.disks.parent / "bench.log", "ab") as log:
        subprocess.run(["cat", str(disk)], stdout=subprocess.DEVNULL, check=True)  # warm page cache
        if "acquire" in args.what:
            compete("Acquisition of disk1", acquire_rows(resus, disk, work), args.rounds, disk.stat().st_size, log)
        if "export" in args.what:
            compete("disk1 as E01", export_rows(resus, disk, work), args.rounds, disk.stat().st_size, log)
        if "mount" in args.what:
            evidence = evidence_of(resus, disk, f"{work}/labs")
            ewfacquire(disk, f"{work}/mounted", "fast")
            mounts.compete(mounts.contestants(resus, evidence, work), work, args.rounds, disk.stat().st_size)
        if "dedupe" in args.what:
            dedupe(resus, args.disks.resolve(), work, args.rounds, log)
        if "mate" in args.what:
            mates.compete_with_openssl(resus, args.disks.resolve(), work, args.rounds, log)
        if "tls" in args.what:
            tls.over_the_wire(programs, disk, work, args.rounds, acquire_rows(resus, disk, work)[0], log)
        if "deploy" in args.what:
            compete("Laying down disk1", deploy_rows(resus, disk, work), args.rounds, disk.stat().st_size, log)


if __name__ == "__main__":
    main()
