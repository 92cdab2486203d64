"""An imaging room: a network namespace with a bridge. Needs root. Everything goes away with close()."""

import ctypes
import glob
import itertools
import os
import re
import shutil
import signal
import socket
import tempfile
import threading
import time

from .processes import Child, inside, run

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_numbers = itertools.count()

DEPOT_ADDRESS = "10.77.0.1"
FOREIGN_ADDRESS = "10.77.0.2"
BRIDGE = "br0"


def _remove_leftovers():
    """Namespaces of test runs that were killed before they could tidy up."""
    for line in run("ip", "netns", "list").stdout.splitlines():
        match = re.match(r"resus-(\d+)-", line)
        if match and not os.path.exists(f"/proc/{match.group(1)}"):
            run("ip", "netns", "delete", line.split()[0], check=False)


def _end_orphans(namespace):
    """What a killed depot started lives on in its room: a DHCP server that has changed its user gets no signal when
    its parent dies. The namespace is ours alone, and so is everything in it."""
    for pid in run("ip", "netns", "pids", namespace, check=False).stdout.split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            pass


class Room:
    """with Room() as room: … ; room.directory holds logs and scratch files."""

    def __init__(self, keep_directory=None):
        _remove_leftovers()
        self.name = f"resus-{os.getpid()}-{next(_numbers)}"
        self._temporary = keep_directory is None
        if keep_directory:
            os.makedirs(keep_directory, exist_ok=True)
        self.directory = keep_directory or tempfile.mkdtemp(prefix=self.name + ".", dir="/var/tmp")
        self._namespaces = []
        self._children = []
        self._closers = []
        self._taps = itertools.count()
        try:
            self._add_namespace(self.name)
            self.ip("link", "add", BRIDGE, "type", "bridge", "stp_state", "0", "forward_delay", "0")
            self.ip("address", "add", f"{DEPOT_ADDRESS}/24", "dev", BRIDGE)
            self.ip("address", "add", "fd77::1/64", "dev", BRIDGE, "nodad")
            self.ip("link", "set", BRIDGE, "up")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends every process in reverse order, then the namespaces. Safe to call twice."""
        for closer in reversed(self._closers):
            closer()
        for child in reversed(self._children):
            child.stop(grace_s=5)
        self._closers, self._children = [], []
        for name in reversed(self._namespaces):
            _end_orphans(name)
            run("ip", "netns", "delete", name, check=False)
        self._namespaces = []
        if self._temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def consoles(self, lines=25):
        """(name, last lines) of everything the virtual PCs of this room said."""
        for path in sorted(glob.glob(self.path("*.console"))):
            with open(path, "rb") as file:
                yield os.path.basename(path), "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])

    def ip(self, *arguments, namespace=None):
        return run(*inside(namespace or self.name), "ip", *arguments)

    def start(self, *argv, log, namespace=None, env=None):
        """Starts a program inside the room; it ends with the room at the latest."""
        child = Child(argv, self.path(log), namespace or self.name, env)
        self._children.append(child)
        return child

    def on_close(self, closer):
        self._closers.append(closer)

    def add_tap(self):
        """A new port of the bridge for a virtual PC; returns its name."""
        tap = f"tap{next(self._taps)}"
        self.ip("tuntap", "add", tap, "mode", "tap")
        self.ip("link", "set", tap, "master", BRIDGE, "up")
        return tap

    def start_foreign_dhcp(self):
        """Somebody else's DHCP server on the same cable: gives addresses, knows nothing of booting."""
        name = self.name + "-foreign"
        self._add_namespace(name)
        self.ip("link", "add", "foreign", "type", "veth", "peer", "name", "eth0", "netns", name)
        self.ip("link", "set", "foreign", "master", BRIDGE, "up")
        self.ip("address", "add", f"{FOREIGN_ADDRESS}/24", "dev", "eth0", namespace=name)
        self.ip("link", "set", "eth0", "up", namespace=name)
        config = self.path("foreign.conf")
        with open(config, "w") as file:
            file.write("port=0\ninterface=eth0\nbind-interfaces\nexcept-interface=lo\nno-ping\nlog-dhcp\n"
                       "dhcp-authoritative\ndhcp-range=10.77.0.100,10.77.0.199,255.255.255.0,5m\n"
                       f"dhcp-leasefile={self.path('foreign.leases')}\n")
        return self.start("dnsmasq", "-k", "-C", config, "--log-facility=-", "--pid-file", log="foreign.log",
                          namespace=name)

    def connect(self, port, address=DEPOT_ADDRESS, timeout_s=10):
        """A TCP connection made inside the room, usable from anywhere in this process."""
        return self._inside(lambda: socket.create_connection((address, port), timeout_s))

    def listen(self, port, address=DEPOT_ADDRESS):
        """A listening socket inside the room."""
        return self._inside(lambda: socket.create_server((address, port)))

    def forward(self, port, address=DEPOT_ADDRESS):
        """Makes a port of the room reachable from outside; returns the local port on 127.0.0.1."""
        server = socket.create_server(("127.0.0.1", 0))
        self.on_close(server.close)
        threading.Thread(target=self._accept, args=(server, port, address), daemon=True).start()
        return server.getsockname()[1]

    def wait_for_port(self, port, address=DEPOT_ADDRESS, timeout_s=60):
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                self.connect(port, address, timeout_s=1).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"nothing listens on {address}:{port}") from None
                time.sleep(0.1)

    def _add_namespace(self, name):
        run("ip", "netns", "add", name)
        self._namespaces.append(name)
        self.ip("link", "set", "lo", "up", namespace=name)

    def _inside(self, action):
        """Runs action on a thread that has entered the namespace: a socket keeps the one it was made in."""
        outcome = {}

        def enter():
            try:
                with open(f"/run/netns/{self.name}", "rb") as file:
                    if _LIBC.setns(file.fileno(), _CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
                outcome["value"] = action()
            except BaseException as error:  # handed to the caller below
                outcome["error"] = error

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if "error" in outcome:
            raise outcome["error"]
        return outcome["value"]

    def _accept(self, server, port, address):
        while True:
            try:
                outer, _ = server.accept()
            except OSError:
                return
            try:
                inner = self.connect(port, address)
            except OSError:
                outer.close()
                continue
            inner.settimeout(None)
            threading.Thread(target=_forward, args=(outer, inner), daemon=True).start()


def _forward(outer, inner):
    """Both directions of one connection, until both have ended."""
    with outer, inner:
        back = threading.Thread(target=_pump, args=(inner, outer), daemon=True)
        back.start()
        _pump(outer, inner)
        back.join()


def _pump(source, target):
    """One direction of a forwarded connection. When it ends, both ends are told at once: close() alone would not
    wake the other direction's recv(), and the peer would wait for ever."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
