"""Acquisition over TLS to a depot on the same machine: the real agent and the real depot on loopback, each end's CPU apart."""
import contextlib, os, pathlib, socket, statistics, subprocess, sys, tempfile, time

import mounts
from rows import allocated, children_cpu, hash_and_compress, reap

HERE = pathlib.Path(__file__).parent
KINDS = ("read", "hash", "ask", "compress", "send")
LONGEST = 1800  # seconds for one copy


class Figures:
    """Of one contestant, a value a round; `out` in bytes."""

    def __init__(self, title, checks):
        self.title, self.checks = title, checks
        self.wall, self.near, self.far, self.out = [], [], [], 0

    def add(self, wall, near, far, out):
        self.wall.append(wall)
        self.near.append(near)
        self.far.append(far)
        self.out = out


class Pipeline:
    """The peer: hashes and compresses as the first row of `acquire`, and socat takes it through TLS 1.3 to a file."""

    def __init__(self, disk, work):
        self.disk, self.work = disk, work
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=bench", "-keyout", f"{work}/peer.key", "-out", f"{work}/peer.pem"], check=True, capture_output=True)

    def run(self, figures, log):
        target = pathlib.Path(f"{self.work}/peer.zst")
        target.unlink(missing_ok=True)
        port = free_port()
        before, start = children_cpu(), time.monotonic()
        far = subprocess.Popen(["socat", "-u", "-b262144", f"OPENSSL-LISTEN:{port},bind=127.0.0.1,cert={self.work}/peer.pem,key={self.work}/peer.key,"
                                "verify=0,openssl-min-proto-version=TLS1.3", f"OPEN:{target},creat,trunc"], stdout=log, stderr=log)
        subprocess.run(["bash", "-o", "pipefail", "-c", f"{hash_and_compress(self.disk, self.work)} -c | socat -u -b262144 - OPENSSL:127.0.0.1:{port},verify=0,retry=100,interval=0.05"],
                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
        _, status, used = os.wait4(far.pid, 0)
        far.returncode = os.waitstatus_to_exitcode(status)
        if far.returncode:
            raise SystemExit(f"socat ended with {far.returncode}, see {log.name}")
        reap()
        wall, far_cpu = time.monotonic() - start, used.ru_utime + used.ru_stime
        figures.add(wall, children_cpu() - before - far_cpu, far_cpu, allocated(target))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Hands:
    """What a Room of the agent's tests wants of a test."""

    def __init__(self, stack):
        self.addCleanup = stack.callback

    def fail(self, text):
        raise SystemExit(text)


class AgentAndDepot:
    """A new depot and a new machine each round. The loop device can only be read: when the copy is done nothing is laid down."""

    def __init__(self, programs, disk, work):
        for variable, name in (("RESUS_PROGRAM", "resus"), ("RESUS_AGENT", "resus-agent"), ("RESUS_PHONE_HOME", "resus-phone-home")):
            os.environ[variable] = f"{programs}/{name}"
        sys.path.insert(0, str(HERE.parent.parent / "tests/firmware"))
        tempfile.tempdir = os.path.abspath(work)  # beside the peers' output, not where temporary files usually are
        self.disk, self.busy = disk, []
        import test_agent_depot
        self.rig = test_agent_depot

    def run(self, copied, checked):
        with contextlib.ExitStack() as stack:
            room = self.rig.Room(Hands(stack))
            room.prepare()
            self.rig.detach(room.loop)
            room.loop = None
            room.loop = self.rig.attach(str(self.disk), "--read-only")
            room.start_depot()
            depot = mounts.process_cpu(room.depot.pid)
            room.start_agent()
            copied_cpu = self.cpu_when(room, "verifying_copy", depot)
            checked_cpu = self.cpu_when(room, "imaging", depot)
            machine = room.api("/api/v1/machines/" + room.machine()["id"])
            walls = {one["stage"]: one["seconds"] for one in machine["stats"]["stages"]}
            out = allocated(os.path.join(room.data, "store", "packs"))
            copied.add(walls["copy"], *copied_cpu, out)
            checked.add(walls["copy"] + walls["check"], *checked_cpu, out)
            self.busy.append(machine["evidence"]["busy"])

    def cpu_when(self, room, phase, depot_before):
        """CPU seconds of agent and depot when the machine comes to the phase."""
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            machine = room.machine()
            if machine and self.rig.PHASES.index(machine["phase"]) >= self.rig.PHASES.index(phase):
                return mounts.process_cpu(room.agent.pid), mounts.process_cpu(room.depot.pid) - depot_before
            if room.agent.poll() is not None or room.depot.poll() is not None or (machine and machine["condition"] == "failed"):
                break
            time.sleep(0.25)  # each question costs the depot a handshake
        raise SystemExit(f"the machine did not come to '{phase}'\n{room.logs()}")


def over_the_wire(programs, disk, work, rounds, local, log):
    figures = [Figures("tee sha256 | zstd -1 -T0", "sha256; no wire"), Figures("tee sha256 | zstd -1 -T0 | TLS", "sha256; received unseen"),
               Figures("resus agent to depot, copied", "sha256, tree, block ids at both ends"),
               Figures("resus agent to depot, and re-read", "as copied; read back, signed")]
    peer, ours = Pipeline(disk, work), AgentAndDepot(programs, disk, work)
    for _ in range(rounds):
        local.run(log)
        figures[0].add(local.wall[-1], local.cpu[-1], 0, local.size)
        peer.run(figures[1], log)
        ours.run(figures[2], figures[3])
    report(figures, ours.busy, rounds, disk.stat().st_size)


def report(figures, busy, rounds, source_bytes):
    first, gigabytes = statistics.median(figures[0].wall), source_bytes / 1e9
    print(f"\ndisk1 over TLS on loopback  ({rounds} rounds, source {gigabytes:.2f} GB, a new depot each)")
    print(f"{'':34} {'wall s':>8} {'MB/s':>7} {'speed ratio':>12} {'sender CPU s/GB':>16} {'receiver CPU s/GB':>18} {'out MB':>8}  checks")
    for one in figures:
        wall, near, far = map(statistics.median, (one.wall, one.near, one.far))
        print(f"{one.title:34} {wall:8.2f} {source_bytes / wall / 1e6:7.0f} {first / wall:12.2f} {near / gigabytes:16.2f} "
              f"{far / gigabytes:18.2f} {one.out / 1e6:8.0f}  {one.checks}")
    times = ", ".join(f"{kind} {statistics.median(one[kind] for one in busy):.1f}" for kind in KINDS)
    print(f"the agent's threads were busy for (s, side by side): {times}")
    sys.stdout.flush()
