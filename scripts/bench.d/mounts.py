"""Reads of a mounted disk: in order, and 4 KiB anywhere, the first of them and a session's worth. Each mount is new, so that
the kernel remembers nothing of it."""
import collections, os, pathlib, random, statistics, subprocess, sys, time

FIRST_READS, SESSION_READS = 5000, 100_000
TICKS = os.sysconf("SC_CLK_TCK")


class Contestant:
    """One way to mount. `argv` without the folder, which comes last; `name` is that of the disk's file in it."""

    def __init__(self, title, argv, name):
        self.title, self.argv, self.name = title, argv, name
        self.wall = {act.title: [] for act in ACTS}
        self.cpu = {key: [] for key in self.wall}


def contestants(resus, evidence, work):
    return [Contestant("ewfmount", ["ewfmount", f"{work}/mounted.E01"], "ewf1"),
            Contestant("resus evidence mount", [resus, "evidence", "mount", "--store", f"{work}/labs", evidence], "disk.raw")]


def server_of(point):
    """The process that serves a mount: its command line ends with the folder, and it has /dev/fuse open."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_bytes().rstrip(b"\0").endswith(os.fsencode(point)) \
                    and any(os.readlink(fd) == "/dev/fuse" for fd in (process / "fd").iterdir()):
                return process
        except OSError:
            pass
    return None


def wait_for_server(point, there):
    """The process, or until there is none any more: of an earlier mount on the same folder it would be the wrong one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        process = server_of(point)
        if (process is not None) == there:
            return process
        time.sleep(0.02)
    raise SystemExit(f"{point}: {'nobody serves it' if there else 'its server does not end'}")


def process_cpu(pid):
    """CPU seconds, user and system, that a running process and those it has waited for have taken."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def cpu_seconds(process):
    return process_cpu(process.name) + sum(os.times()[:2])


def in_order(fd, size):
    while os.read(fd, 1 << 20):
        pass


def anywhere(reads):
    def act(fd, size):
        offsets = random.Random(4)
        for _ in range(reads):
            os.pread(fd, 4096, offsets.randrange(size // 4096) * 4096)
    return act


Act = collections.namedtuple("Act", "title run")
ACTS = (Act("in order, 1 MiB", in_order), Act(f"random, 4 KiB, the first {FIRST_READS:,} reads", anywhere(FIRST_READS)),
        Act(f"random, 4 KiB, {SESSION_READS:,} reads", anywhere(SESSION_READS)))


def run(contestant, key, act, point, size):
    point.mkdir()
    subprocess.run([*contestant.argv, str(point)], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process, fd = wait_for_server(point, there=True), os.open(point / contestant.name, os.O_RDONLY)
        before, start = cpu_seconds(process), time.monotonic()
        act(fd, size)
        contestant.wall[key].append(time.monotonic() - start)
        contestant.cpu[key].append(cpu_seconds(process) - before)
        os.close(fd)
    finally:
        subprocess.run(["umount", str(point)], check=True)
        wait_for_server(point, there=False)
        point.rmdir()


def compete(those, work, rounds, size):
    for number in range(rounds):
        for one in those:
            for act in ACTS:
                run(one, act.title, act.run, pathlib.Path(work) / f"point{number}", size)
    for key in those[0].wall:
        first = statistics.median(those[0].wall[key])
        print(f"\nMounted disk1, {key}  ({rounds} rounds, each on a new mount)")
        print(f"{'':34} {'wall s':>8} {'speed ratio':>12} {'CPU s':>8}")
        for one in those:
            wall, cpu = statistics.median(one.wall[key]), statistics.median(one.cpu[key])
            print(f"{one.title:34} {wall:8.2f} {first / wall:12.2f} {cpu:8.2f}")
    sys.stdout.flush()
