"""The real depot in a room: start, kill, and ask it what its dashboard would ask."""

import http.client
import json
import os
import ssl
import subprocess
import time

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PRESET = os.environ.get("RESUS_PRESET", "release")
RESUS = os.path.join(REPOSITORY, "build", PRESET, "bin", "resus")
CACHE = os.path.join(REPOSITORY, "build", "cache")
BOOT_IMAGE = os.path.join(REPOSITORY, "build", PRESET, "boot")

PHASES = ["discovered", "awaiting_approval", "queued", "copying", "verifying_copy", "imaging", "restoring",
          "verifying_install", "ready", "collected"]


class ApiError(Exception):
    """An answer that is not 2xx: status and problem+json."""

    def __init__(self, status, problem):
        super().__init__(f"{status} {problem}")
        self.status, self.problem = status, problem


def resus(*arguments, timeout_s=600):
    """Runs the command line to its end; returns what it prints with --json."""
    done = subprocess.run([RESUS, *map(str, arguments), "--json"], capture_output=True, text=True, timeout=timeout_s)
    if done.returncode:
        raise RuntimeError(f"resus {' '.join(map(str, arguments))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


class Depot:
    """One data folder in one room. start() again after kill() goes on where it was."""

    def __init__(self, room, proxy_dhcp=False, plan=None, extra=""):
        self.room, self.proxy_dhcp = room, proxy_dhcp
        self.data = room.path("depot")
        self.store = os.path.join(self.data, "store")
        self.config = room.path("resus.toml")
        self._child = None
        os.makedirs(self.data, exist_ok=True)
        with open(self.config, "w") as file:
            file.write(self._toml(plan or {}, extra))

    def _toml(self, plan, extra):
        lines = [extra, "[plan]"]
        for key, value in plan.items():
            lines.append(f"{key} = {json.dumps(value)}")
        return "\n".join(lines) + "\n"

    def start(self):
        ports = os.path.join(self.data, "run", "ports.json")
        if os.path.exists(ports):
            os.unlink(ports)
        dhcp = "proxy" if self.proxy_dhcp else "full"
        self._child = self.room.start(RESUS, "depot", "serve", "--config", self.config, "--data", self.data,
                                      "--interface", "br0", "--dhcp", dhcp, "--boot-image", BOOT_IMAGE,
                                      "--ipxe", os.path.join(CACHE, "ipxe"), log="depot.log")
        deadline = time.monotonic() + 120
        while not os.path.exists(ports):
            if not self._child.running or time.monotonic() > deadline:
                raise AssertionError("the depot did not start\n" + self.log())
            time.sleep(0.1)
        with open(ports) as file:
            self.ports = json.load(file)
        return self

    def kill(self):
        """SIGKILL, as a power cut of the depot."""
        self._child.kill()

    def stop(self):
        self._child.stop()

    @property
    def pid(self):
        return self._child.pid

    def log(self):
        return self._child.log()[-8000:]

    def dhcp_log(self):
        """The end of what dnsmasq said."""
        try:
            with open(os.path.join(self.data, "netboot", "dnsmasq.log"), "rb") as file:
                return file.read()[-3000:].decode("utf-8", "replace")
        except FileNotFoundError:
            return "there is none"

    def token(self):
        with open(os.path.join(self.data, "run", "admin.token")) as file:
            return file.read().strip()

    def api(self, method, path, body=None):
        """One call of the operators' API with the local token; JSON in and out."""
        context = ssl.create_default_context(cafile=os.path.join(self.data, "keys", "ca.pem"))
        context.check_hostname = False
        connection = http.client.HTTPConnection("10.77.0.1", timeout=30)
        connection.sock = context.wrap_socket(self.room.connect(self.ports["https"]))
        try:
            headers = {"Authorization": "Bearer " + self.token(), "X-Resus": "1"}
            if body is not None:
                headers["Content-Type"] = "application/json"
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        value = json.loads(text) if text else None
        if answer.status >= 300:
            raise ApiError(answer.status, value)
        return value

    def machines(self):
        return self.api("GET", "/api/v1/snapshot")["machines"]

    def machine(self, mac):
        """The machine with this network card, or None while the depot does not know it."""
        for machine in self.machines():
            if machine.get("mac") == mac:
                return machine
        return None

    def wait_for(self, mac, good, what, timeout_s=600, bad=("failed",)):
        """Waits until good(machine); an unexpected needs_you or failed and the end of the depot end the wait."""
        deadline = time.monotonic() + timeout_s
        last = None
        while time.monotonic() < deadline:
            try:
                last = self.machine(mac)
            except (OSError, http.client.HTTPException):
                last = last  # the depot is being restarted; what we saw before still stands
            if last and good(last):
                return last
            if last and last["condition"] in bad:
                raise AssertionError(self._all_there_is(f"instead of '{what}'", last))
            if not self._child.running:
                raise AssertionError(self._all_there_is(f"the depot ended by itself before '{what}'", last))
            time.sleep(0.5)
        raise AssertionError(self._all_there_is(f"no '{what}' within {timeout_s} s", last))

    def _all_there_is(self, what, machine):
        """For the reader of a failure: the logs first, because of long outputs the end is read."""
        consoles = "".join(f"\n{name}:\n{tail}" for name, tail in self.room.consoles())
        return f"{what}\ndnsmasq.log:\n{self.dhcp_log()}\ndepot.log:\n{self.log()}{consoles}\n{what}: status {self._child.process.poll()}, {json.dumps(machine)[:3000]}"

    def wait_phase(self, mac, phase, timeout_s=600, bad=("failed", "needs_you")):
        """Waits until the machine is in this phase or a later one."""
        return self.wait_for(mac, lambda m: PHASES.index(m["phase"]) >= PHASES.index(phase), phase, timeout_s, bad)

    def approve(self, machine, code, image_id, backup_id, slot, hostname=None):
        """What the approval page sends after the technician compared the code on the machine's screen."""
        body = {"action": "approve", "ids": [machine["id"]], "expected_count": 1, "reason": "test",
                "params": {"short_code": code, "slot": slot, "image_id": image_id, "backup_id": backup_id,
                           "hostname": hostname or "pc-" + slot.lower(),
                           "disk_serial": machine["disk"]["serial"] if machine.get("disk") else "",
                           "attempt": machine["attempt"]}}
        result = self.api("POST", "/api/v1/batches", body)["results"][0]
        if not result["ok"]:
            raise AssertionError(f"approval refused: {result}")
        return result
