"""Child processes that never outlive the test, started inside a network namespace or not."""

import ctypes
import os
import signal
import subprocess

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def inside(namespace):
    """What goes before a command so that it runs in a network namespace. `ip netns exec` would remount /sys as
    well, which a chroot whose root is no mount point does not allow."""
    return ["nsenter", f"--net=/run/netns/{namespace}", "--"]


class Child:
    """One program, its output in a log file. Ended by its own process id."""

    def __init__(self, argv, log_path, namespace=None, env=None, cwd=None):
        if namespace:
            argv = [*inside(namespace), *argv]
        self.log_path = str(log_path)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})}, cwd=cwd, preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process.poll() is None

    def kill(self):
        """SIGKILL, as a power cut would."""
        if self.running:
            self.process.kill()
        self.process.wait()

    def stop(self, grace_s=10):
        """SIGTERM, then SIGKILL."""
        if self.running:
            self.process.terminate()
            try:
                self.process.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def wait(self, timeout_s):
        return self.process.wait(timeout_s)

    def log(self):
        with open(self.log_path, "rb") as file:
            return file.read().decode("utf-8", "replace")


def run(*argv, check=True, timeout_s=60):
    """Runs to the end, output captured; a failure shows what the program said."""
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=timeout_s)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done
