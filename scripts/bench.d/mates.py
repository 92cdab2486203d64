"""Fleet-mates: disks laid down from a golden image that the store has, beside SHA-256 alone over the same disk."""
import os, shutil, subprocess

from rows import Row, compete, fresh


def linked(source, target):
    """A sealed pack is never written again, so that a link to it will do."""
    return os.link(source, target) if source.endswith(".zst") else shutil.copy2(source, target)


def store_like(golden, store):
    """A store that has the golden image and no evidence yet, without the time that an import takes."""
    def prepare():
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(golden, store, copy_function=linked)
    return prepare


def rows(resus, disk, golden, store):
    return [
        Row("openssl dgst -sha256", f"openssl dgst -sha256 {disk}", checks="sha256 alone"),
        Row("cat | openssl dgst -sha256", f"cat {disk} | openssl dgst -sha256", checks="sha256 alone"),
        Row("resus evidence acquire", f"{resus} evidence acquire {disk} --store {store} --json", f"{store}/packs",
            store_like(golden, store), "sha256, tree, known blocks, signed"),
    ]


def compete_with_openssl(resus, disks, work, rounds, log):
    golden = f"{work}/mate-golden"
    fresh(golden)()
    subprocess.run([resus, "image", "import", str(disks / "disk1.img"), "--name", "golden", "--store", golden], check=True,
                   stdout=subprocess.DEVNULL)
    os.makedirs(golden + "/packs", exist_ok=True)
    for name, made in (("disk2", "a byte clone, then changed"), ("disk3", "the same files laid down anew, then changed")):
        disk = disks / f"{name}.img"
        subprocess.run(["cat", str(disk)], stdout=subprocess.DEVNULL, check=True)  # warm page cache
        compete(f"Fleet-mate {name} ({made}) where disk1 is a golden image; 'out' is what its copy adds",
                rows(resus, disk, golden, f"{work}/mate"), rounds, disk.stat().st_size, log)
