"""A real depot on loopback for the tests of the command line, and machines that enrol with it."""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time

RESUS = os.environ["RESUS_PROGRAM"]


def resus(*arguments, status=0):
    """Runs a command with --json; what it printed, or the problem it ended with."""
    done = subprocess.run([RESUS, *arguments, "--json"], capture_output=True, text=True, timeout=120)
    if done.returncode != status:
        raise AssertionError(f"{arguments}: status {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
    text = done.stdout if status == 0 else done.stderr or done.stdout
    return json.loads(text.strip().splitlines()[-1])


class RunningDepot:
    """`resus depot serve` with free ports and everything under `data`."""

    def __init__(self, data, log_path, *more):
        self.data = data
        self.log = open(log_path, "ab")
        ports = os.path.join(data, "run", "ports.json")
        if os.path.exists(ports):  # of an earlier run
            os.remove(ports)
        self.process = subprocess.Popen(
            [RESUS, "depot", "serve", "--data", data, "--address", "127.0.0.1", "--dhcp", "off", "--http-port", "0",
             "--https-port", "0", "--agent-port", "0", *more], stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while not os.path.exists(ports):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.log.close()
                raise AssertionError(open(log_path).read())
            time.sleep(0.05)

    def stop(self):
        """Asks it to end; its exit status. Once more is harmless."""
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(30)
        self.log.close()
        return status


class DepotFolder:
    """A folder of its own with a depot in it, and machines that enrol there."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="resus-depot-")
        self.data = self.path("data")
        self.depot = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        self.depot = RunningDepot(self.data, self.path("depot.log"))

    def stop(self):
        if self.depot:
            self.depot.stop()
        shutil.rmtree(self.folder)

    def enrol(self, number):
        """A machine with one disk says who it is; it then waits for approval. Returns its id."""
        key = self.path(f"agent-{number}.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                        "/CN=agent", "-keyout", key, "-out", key + ".crt"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(key + ".crt", key)
        with open(self.data + "/run/ports.json") as file:
            port = json.load(file)["agent"]
        agent = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
        agent.request("POST", "/agent/v1/enrol", json.dumps(enrolment(number)), {"Content-Type": "application/json"})
        answer = agent.getresponse()
        body = json.loads(answer.read())
        agent.close()
        if answer.status != 200:
            raise AssertionError(body)
        return body["machine_id"]


def enrolment(number):
    smbios = {"uuid": f"4c4c4544-0000-1010-8000-b7c04f3132{number:02x}", "manufacturer": "Dell Inc.", "product": "OptiPlex",
              "serial": f"ABC{number}", "asset_tag": "", "bios_version": "1.0"}
    link = {"name": "eth0", "mac": f"52:54:00:12:34:{number:02x}", "driver": "e1000e", "ipv4": "", "carrier": True, "speed_mbit": 1000}
    disk = {"path": "/dev/sda", "model": "ST500", "serial": f"Z{number}", "wwn": "", "firmware": "1", "transport": "sata",
            "size_bytes": 64 << 20, "logical_sector_bytes": 512, "physical_sector_bytes": 512, "removable": False,
            "rotational": True, "read_only": False}
    return {"boot_id": f"boot-{number}", "ticket": "", "disks": [disk], "build": "test", "status_url": "",
            "time": "2026-11-23T11:00:00.000Z",
            "identity": {"smbios": smbios, "links": [link], "firmware": "bios", "secure_boot": False,
                         "memory_bytes": 8 << 30, "cpu": "i5"}}
