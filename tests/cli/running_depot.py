"""A real depot on loopback for the tests of the command line."""

import json
import os
import subprocess
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

    def __init__(self, data, log_path):
        self.data = data
        self.log = open(log_path, "ab")
        ports = os.path.join(data, "run", "ports.json")
        if os.path.exists(ports):  # of an earlier run
            os.remove(ports)
        self.process = subprocess.Popen(
            [RESUS, "depot", "serve", "--data", data, "--address", "127.0.0.1", "--dhcp", "off", "--http-port", "0",
             "--https-port", "0", "--agent-port", "0"], stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while not os.path.exists(ports):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.log.close()
                raise AssertionError(open(log_path).read())
            time.sleep(0.05)

    def stop(self):
        """Asks it to end; its exit status."""
        self.process.terminate()
        status = self.process.wait(30)
        self.log.close()
        return status
