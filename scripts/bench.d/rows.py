"""What competes in the bench, and how it is measured: wall and CPU seconds of every process that took part."""
import ctypes, os, pathlib, shutil, statistics, subprocess, sys, time

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def count_orphans():
    """Bash does not wait for the process behind >(...): what it leaves comes to us, and its CPU time with it."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise SystemExit("prctl: " + os.strerror(ctypes.get_errno()))


def reap():
    """Waits for everything that was started and has not been waited for."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def children_cpu():
    """CPU seconds, user and system, of all processes that have been waited for."""
    return sum(os.times()[2:4])


class Row:
    """One contestant: how to prepare, run and size it. `command` runs in bash with pipefail."""

    def __init__(self, name, command, output=None, prepare=None, checks=""):
        self.name, self.command, self.output, self.prepare, self.checks = name, command, output, prepare, checks
        self.wall, self.cpu, self.size = [], [], 0

    def run(self, log):
        if self.prepare:
            self.prepare()
        before, start = children_cpu(), time.monotonic()
        done = subprocess.run(["bash", "-o", "pipefail", "-c", self.command], stdout=log, stderr=log,
                              stdin=subprocess.DEVNULL)
        reap()
        wall = time.monotonic() - start
        if done.returncode:
            raise SystemExit(f"'{self.name}' failed with {done.returncode}: {self.command}\nsee {log.name}")
        self.wall.append(wall)
        self.cpu.append(children_cpu() - before)
        if self.output:
            self.size = allocated(self.output)


def allocated(path):
    path = pathlib.Path(path)
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_blocks * 512 for p in files)


def compete(title, rows, rounds, source_bytes, log):
    for _ in range(rounds):
        for row in rows:
            row.run(log)
    first = statistics.median(rows[0].wall)
    gigabytes = source_bytes / 1e9
    print(f"\n{title}  ({rounds} rounds, source {gigabytes:.2f} GB)")
    print(f"{'':34} {'wall s':>8} {'MB/s':>7} {'speed ratio':>12} {'CPU s/GB':>9} {'out MB':>8}  checks")
    for row in rows:
        wall, cpu = statistics.median(row.wall), statistics.median(row.cpu)
        print(f"{row.name:34} {wall:8.2f} {source_bytes / wall / 1e6:7.0f} {first / wall:12.2f} {cpu / gigabytes:9.2f} "
              f"{row.size / 1e6:8.0f}  {row.checks}")
    sys.stdout.flush()


def fresh(path):
    def prepare():
        shutil.rmtree(path, ignore_errors=True)
        pathlib.Path(path).mkdir(parents=True)
    return prepare


def remove(*paths):
    def prepare():
        for path in paths:
            pathlib.Path(path).unlink(missing_ok=True)
    return prepare


def hash_and_compress(disk, work):
    """The peer's work, ended by a zstd that has no output yet: the same hash and the same compression as ours."""
    return f"cat {disk} | tee >(openssl dgst -sha256 >{work}/tee.sha) | zstd -q -1 -T0"
