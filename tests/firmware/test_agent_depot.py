"""The real depot and the real agent on loopback, a loop device as the machine's disk: the whole way in seconds."""

import hashlib
import http.client
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time
import unittest

RESUS = os.environ["RESUS_PROGRAM"]
AGENT = os.environ["RESUS_AGENT"]
PHONE_HOME = os.environ["RESUS_PHONE_HOME"]
MIB = 1 << 20
PHASES = ["discovered", "awaiting_approval", "queued", "copying", "verifying_copy", "imaging", "restoring",
          "verifying_install", "ready", "collected"]
MARKER = b"WORM-MARKER-7f3a"
PARTITION_START = MIB
PARTITION_BYTES = 80 * MIB  # phone-home of a sanitizers' build has 45 MB


def run(*argv, **options):
    done = subprocess.run(argv, capture_output=True, text=True, **options)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, argv))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_golden(folder):
    """A GPT disk with one ext4 partition that holds what a systemd Linux needs to be recognised."""
    tree = os.path.join(folder, "tree")
    for name in ("etc/systemd/system", "usr/lib/systemd", "home", "var"):
        os.makedirs(os.path.join(tree, name))
    for name, text in {"etc/os-release": "ID=debian\n", "etc/passwd": "root:x:0:0::/root:/bin/sh\n",
                       "usr/lib/systemd/systemd": "program", "etc/hostname": "golden\n", "etc/machine-id": "0" * 32 + "\n"}.items():
        with open(os.path.join(tree, name), "w") as file:
            file.write(text)
    with open(os.path.join(tree, "var/bulk"), "wb") as file:
        file.write(os.urandom(12 * MIB))
    disk = os.path.join(folder, "golden.img")
    with open(disk, "wb") as file:
        file.truncate(96 * MIB)
    subprocess.run(["sfdisk", "-q", disk], input=f"label: gpt\nstart={PARTITION_START // 512}, size={PARTITION_BYTES // 512}, type=L\n",
                   text=True, check=True)
    run("mke2fs", "-q", "-t", "ext4", "-d", tree, "-E", f"offset={PARTITION_START},root_owner=0:0", disk, f"{PARTITION_BYTES // 1024}k")
    return disk


def make_infected(folder, golden):
    """The golden disk on a larger drive, with the marker where a worm would hide it."""
    disk = os.path.join(folder, "infected.img")
    shutil.copy(golden, disk)
    with open(disk, "r+b") as file:
        file.truncate(128 * MIB)
        for place in (40 * 512, PARTITION_START + 20 * MIB, 90 * MIB, 120 * MIB, 128 * MIB - 4096):
            file.seek(place)
            file.write(MARKER)
    return disk


def make_backup(folder):
    tree = os.path.join(folder, "backup")
    os.makedirs(os.path.join(tree, "home/ward/letters"))
    path = os.path.join(tree, "home/ward/letters/one.txt")
    with open(path, "w") as file:
        file.write("Dear colleague,\n" * 5000)
    os.chmod(path, 0o640)
    os.chown(path, 1000, 1000)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    archive = os.path.join(folder, "backup.tar.gz")
    run("tar", "-C", tree, "-czf", archive, "home")
    return archive


def make_part(folder):
    """What is kept beside the home directories, an archive of its own."""
    name = os.path.join(folder, "rota.txt")
    with open(name, "w") as file:
        file.write("Night shift\n")
    archive = os.path.join(folder, "part.tar")
    run("tar", "-C", folder, "-cf", archive, "rota.txt")
    return archive


def attach(file, *options):
    """A loop device on the file. The read-only mark of an earlier user stays with the number of a device."""
    loop = run("losetup", *options, "--find", "--show", file).strip()
    if "--read-only" not in options:
        run("blockdev", "--setrw", loop)
    return loop


def detach(loop):
    """With nothing of what an agent did to it left for its next user: neither partitions nor its read-only mark."""
    for command in (["partx", "-d", loop], ["blockdev", "--setrw", loop], ["losetup", "-d", loop]):
        subprocess.run(command, capture_output=True)


class Room:
    """One depot and one machine in a folder of their own. Programs are ended by their own ids."""

    def __init__(self, test):
        self.folder = tempfile.mkdtemp(prefix="resus-agent-depot-")
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.path("depot")
        self.test, self.depot, self.agent, self.loop, self.ports = test, None, None, None, None
        test.addCleanup(self.close)

    def path(self, name):
        return os.path.join(self.folder, name)

    def resus(self, *arguments):
        return json.loads(run(RESUS, *arguments, "--json").strip().splitlines()[-1])

    def prepare(self):
        golden = make_golden(self.folder)
        self.disk = make_infected(self.folder, golden)
        self.before = sha256(self.disk)
        init = run(RESUS, "depot", "init", "--data", self.data)
        self.key = next(line.split()[-1] for line in init.splitlines() if line.startswith("signs with"))
        self.image = self.resus("image", "import", golden, "--name", "ward", "--store", os.path.join(self.data, "store"))
        self.backup = self.resus("backup", "add", make_backup(self.folder), "--name", "ward-files", "--directory", "/", "--data", self.data)
        self.resus("backup", "add", make_part(self.folder), "--name", "ward-shared", "--part-of", "ward-files", "--partition", "1",
                   "--directory", "/var/shared", "--data", self.data)
        self.loop = attach(self.disk)
        with open(self.path("identity.json"), "w") as file:
            json.dump({"smbios": {"uuid": "4c4c4544-0001-4000-8000-000000000001", "manufacturer": "Test", "product": "Bench",
                                  "serial": "T1", "asset_tag": "", "bios_version": "1"},
                       "links": [{"name": "eth0", "mac": "52:54:00:00:00:01", "driver": "", "ipv4": "127.0.0.1/8", "carrier": True,
                                  "speed_mbit": 1000}],
                       "firmware": "bios", "secure_boot": False, "memory_bytes": 1 << 30, "cpu": "test"}, file)

    def start(self, name, argv):
        with open(self.path(name + ".log"), "ab") as log:
            return subprocess.Popen(argv, stdout=log, stderr=log)

    def start_depot(self):
        ports = os.path.join(self.data, "run", "ports.json")
        if os.path.exists(ports):
            os.unlink(ports)
        fixed = [f"--{name}-port={self.ports[name] if self.ports else 0}" for name in ("http", "https", "agent")]
        self.depot = self.start("depot", [RESUS, "depot", "serve", "--data", self.data, "--address", "127.0.0.1", "--dhcp", "off", *fixed,
                                       "--plan-image", "ward", "--plan-backup", "ward-files", "--auto-approve"])
        self.wait_until(lambda: os.path.exists(ports), "the depot's ports")
        with open(ports) as file:
            self.ports = json.load(file)
        with open(self.path("agent.json"), "w") as file:
            json.dump({"address": "127.0.0.1", "agent_port": self.ports["agent"], "https_port": self.ports["https"],
                       "spki_sha256": self.ports["spki_sha256"], "trusted_keys": [{"ed25519": self.key}]}, file)

    def start_agent(self):
        self.agent = self.start("agent", [AGENT, "--config", self.path("agent.json"), "--state", self.path("state"), "--disk", self.loop,
                                       "--identity", self.path("identity.json"), "--phone-home", PHONE_HOME, "--status-port", "0",
                                       "--no-reboot"])

    def kill(self, child):
        child.kill()
        child.wait()

    def wait_until(self, true, what, seconds=120):
        deadline = time.monotonic() + seconds
        while not true():
            for name, child in (("depot", self.depot), ("agent", self.agent)):
                if child and child.poll() not in (None, 0):
                    self.test.fail(f"waiting for {what}: the {name} ended\n{self.logs()}")
            if time.monotonic() > deadline:
                self.test.fail(f"no '{what}'\n{self.logs()}")
            time.sleep(0.05)

    def logs(self):
        text = ""
        for name in ("depot.log", "agent.log"):
            with open(self.path(name), errors="replace") as file:
                text += f"--- {name}\n{file.read()[-6000:]}\n"
        return text

    def api(self, path):
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", self.ports["https"], context=context, timeout=20)
        with open(os.path.join(self.data, "run", "admin.token")) as file:
            token = file.read().strip()
        connection.request("GET", path, headers={"Authorization": "Bearer " + token})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def machine(self):
        try:
            machines = self.api("/api/v1/snapshot")["machines"]
        except (OSError, http.client.HTTPException):
            return None
        return machines[0] if machines else None

    def reached(self, phase):
        machine = self.machine()
        if machine and machine["condition"] in ("failed", "needs_you"):
            self.test.fail(f"{json.dumps(machine)}\n{self.logs()}")
        return machine is not None and PHASES.index(machine["phase"]) >= PHASES.index(phase)

    def wait_phase(self, phase, seconds=180):
        self.wait_until(lambda: self.reached(phase), phase, seconds)

    def close(self):
        for child in (self.agent, self.depot):
            if child and child.poll() is None:
                self.kill(child)
        subprocess.run(["umount", self.path("state/target")], capture_output=True)
        if self.loop:
            detach(self.loop)

    def debugfs(self, command):
        return run("debugfs", "-R", command, f"{self.disk}?offset={PARTITION_START}")

    def check_the_end(self):
        test = self.test
        evidence = self.api("/api/v1/evidence")["evidence"]
        test.assertEqual({one["sha256"] for one in evidence}, {self.before}, "the evidence has the infected disk's hash")
        subprocess.run(["sync"], check=True)
        with open(self.disk, "rb") as file:
            test.assertNotIn(MARKER, file.read(), "nothing of the worm is left")
        test.assertIn("Dear colleague", self.debugfs("cat /home/ward/letters/one.txt"))
        test.assertEqual("Night shift\n", self.debugfs("cat /var/shared/rota.txt"), "the backup's part came with it")
        stat = self.debugfs("stat /home/ward/letters/one.txt")
        test.assertRegex(stat, r"Mode:\s+0640")
        test.assertRegex(stat, r"User:\s+1000")
        test.assertIn(self.machine()["host"], self.debugfs("cat /etc/hostname"))
        check = subprocess.run(["sgdisk", "-v", self.disk], capture_output=True, text=True)
        test.assertIn("No problems found", check.stdout, "the backup table stands at the end of the larger disk")
        run("e2fsck", "-fn", f"{self.disk}?offset={PARTITION_START}")

    def report_home(self):
        with open(self.path("phone-home.json"), "w") as file:
            file.write(self.debugfs("cat /etc/resus/phone-home.json"))
        run(PHONE_HOME, "--config", self.path("phone-home.json"))


class AgentAndDepot(unittest.TestCase):
    def test_the_whole_way(self):
        room = Room(self)
        room.prepare()
        room.start_depot()
        room.start_agent()
        room.wait_phase("imaging")
        room.wait_phase("verifying_install")
        room.wait_until(lambda: room.agent.poll() == 0, "the restart")
        room.check_the_end()
        self.check_times(room)
        room.report_home()
        self.assertEqual(room.machine()["phase"], "ready")

    def check_times(self, room):
        """Each kind of work of the installation took its time, and none of them longer than all threads could."""
        deployed = room.api("/api/v1/machines/" + room.machine()["id"])["stats"]["deployed"]
        self.assertEqual(sorted(deployed["busy"]), ["compare", "fetch", "read_back", "verify", "write"])
        for kind in ("write", "read_back"):
            self.assertGreater(deployed["busy"][kind], 0, kind)
            self.assertLessEqual(deployed["busy"][kind], deployed["seconds"], f"{kind}: one thread does it")

    def test_agent_and_depot_killed_in_every_phase_come_to_the_same_end(self):
        room = Room(self)
        room.prepare()
        room.start_depot()
        room.start_agent()
        for phase in ("copying", "verifying_copy", "imaging", "restoring"):
            room.wait_phase(phase)
            room.kill(room.agent)
            room.start_agent()
            room.wait_phase(phase)
            room.kill(room.depot)
            room.start_depot()
        room.wait_phase("verifying_install")
        room.wait_until(lambda: room.agent.poll() == 0, "the restart")
        room.check_the_end()


if __name__ == "__main__":
    unittest.main(verbosity=2)
