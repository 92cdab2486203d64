"""A virtual PC in a room: QEMU without KVM, BIOS or UEFI, booting the network first and then its disk."""

import itertools
import json
import os
import re
import shutil
import socket
import time
import uuid as uuids
from dataclasses import dataclass, field

OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
_macs = itertools.count(1)
# Text mode of every VGA adapter: two bytes a character. Source: Ferraro, Programmer's Guide to the EGA and VGA Cards.
VGA_TEXT, VGA_TEXT_BYTES, VGA_COLUMNS = 0xB8000, 0x8000, 80


@dataclass
class Disk:
    """One disk of a machine. bad_sectors: 512-byte sectors that cannot be read, now and for ever. hpa_sectors: hidden at its end
    until the machine lifts them, and again after a power cycle; needs ahci and the QEMU of make-hpa-qemu."""

    path: str
    serial: str
    bus: str = "virtio"  # virtio, ahci or nvme
    bad_sectors: list = field(default_factory=list)
    hpa_sectors: int = 0


class Machine:
    """start(), kill() like a power cut, wait_for() lines of its serial console, screenshot()."""

    def __init__(self, room, name, disks=(), firmware="bios", memory_mib=1024, uuid=None, mac=None, nic="virtio-net-pci",
                 cpus=1, clock=None, tpm=False, qemu=None):
        """clock: what its battery clock shows at power on, "2030-01-31T12:00:00" in UTC; otherwise the right time.
        tpm: has a TPM 2.0, which its firmware tells what it starts. qemu: another one than Debian's, without ROMs of its own."""
        self.clock, self.tpm = clock, tpm
        self.qemu = [qemu, "-L", "/usr/share/qemu", "-L", "/usr/share/seabios", "-L", "/usr/lib/ipxe/qemu"] if qemu else ["qemu-system-x86_64"]
        self.room, self.name, self.disks, self.firmware = room, name, list(disks), firmware
        self.memory_mib, self.nic, self.cpus = memory_mib, nic, cpus
        self.uuid = uuid or str(uuids.uuid4())
        self.mac = mac or "52:54:00:77:%02x:%02x" % divmod(next(_macs), 256)
        self.tap = room.add_tap()
        self.console_path = room.path(f"{name}.console")
        self._qmp_path = room.path(f"{name}.qmp")
        self._vars = room.path(f"{name}.vars")
        self._child = None
        self._seen = 0
        open(self.console_path, "wb").close()
        if firmware == "uefi":
            shutil.copyfile(OVMF_VARS, self._vars)

    @property
    def running(self):
        return self._child is not None and self._child.running

    def start(self):
        """Power on. The console log goes on where it was; wait_for() looks only at what comes from now on."""
        self._seen = os.path.getsize(self.console_path)
        if os.path.exists(self._qmp_path):
            os.unlink(self._qmp_path)
        if self.tpm:
            self._start_tpm()
        self._child = self.room.start(*self._command(), log=f"{self.name}.qemu")
        return self

    def _start_tpm(self):
        """swtpm ends by itself when QEMU does."""
        state, control = self.room.path(f"{self.name}.tpm"), self.room.path(f"{self.name}.tpm-control")
        os.makedirs(state, exist_ok=True)
        if os.path.exists(control):
            os.unlink(control)
        self.room.start("swtpm", "socket", "--tpm2", "--terminate", "--tpmstate", f"dir={state}", "--ctrl", f"type=unixio,path={control}",
                        log=f"{self.name}.swtpm")
        deadline = time.monotonic() + 30
        while not os.path.exists(control):
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name}: swtpm did not start")
            time.sleep(0.05)

    def kill(self):
        """Power cut: the machine's memory is gone at once."""
        if self._child:
            self._child.kill()

    def console(self):
        """Everything the serial console said since the last start()."""
        with open(self.console_path, "rb") as file:
            file.seek(self._seen)
            return file.read().decode("utf-8", "replace")

    def wait_for(self, pattern, timeout_s=120, stop=None):
        """Waits until the console shows pattern; returns the match. Fails early when QEMU ends or `stop` shows."""
        deadline = time.monotonic() + timeout_s
        while True:
            text = self.console()
            if found := re.search(pattern, text):
                return found
            if stop and re.search(stop, text):
                raise AssertionError(f"{self.name}: saw /{stop}/ instead of /{pattern}/\n{self._tail(text)}")
            if not self.running:
                raise AssertionError(f"{self.name}: QEMU ended before /{pattern}/\n{self._child.log()}{self._tail(text)}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name}: no /{pattern}/ within {timeout_s} s\n{self._tail(text)}")
            time.sleep(0.2)

    def qmp(self, command, **arguments):
        """One command to QEMU's monitor; returns its answer."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(30)
            self._connect(monitor)
            stream = monitor.makefile("rw")
            stream.readline()
            for request in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                stream.write(json.dumps(request) + "\n")
                stream.flush()
                answer = json.loads(stream.readline())
                while "event" in answer:
                    answer = json.loads(stream.readline())
                if "error" in answer:
                    raise RuntimeError(f"{command}: {answer['error']['desc']}")
            return answer["return"]

    def _connect(self, monitor):
        """Just after start() QEMU may not listen yet."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return monitor.connect(self._qmp_path)
            except (FileNotFoundError, ConnectionRefusedError):
                if not self.running or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def screenshot(self, path):
        """The picture on its screen, as PNG."""
        self.qmp("screendump", filename=os.path.abspath(path), format="png")

    def screen_text(self):
        """What the text screen shows, line by line: the memory of the VGA adapter. BIOS machines only."""
        path = self.room.path(f"{self.name}.vga")
        self.qmp("pmemsave", val=VGA_TEXT, size=VGA_TEXT_BYTES, filename=path)
        with open(path, "rb") as file:
            cells = file.read()[::2].decode("cp437")
        return "\n".join(cells[start:start + VGA_COLUMNS].rstrip() for start in range(0, len(cells), VGA_COLUMNS))

    def reset(self):
        """The reset button."""
        self.qmp("system_reset")

    def slow_writes(self, bytes_per_second):
        """From now on until its next start() its first disk writes no faster."""
        self.qmp("qom-set", path="/objects/speed0", property="limits", value={"bps-write": bytes_per_second})

    def _tail(self, text):
        return "\n".join(text.splitlines()[-40:])

    def _command(self):
        machine = "pc" if self.firmware == "bios" else "q35"
        command = [*self.qemu, "-nodefaults", "-no-user-config", "-name", self.name,
                   "-machine", machine, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", self.cpus,
                   "-m", self.memory_mib, "-uuid", self.uuid, "-display", "none", "-vga", "std",
                   "-smbios", f"type=1,manufacturer=Resus,product=Test PC,serial=PC-{self.name},uuid={self.uuid}",
                   "-device", "virtio-rng-pci", "-device", "i6300esb", "-action", "watchdog=reset",
                   "-chardev", f"file,id=console,path={self.console_path},append=on", "-serial", "chardev:console",
                   "-qmp", f"unix:{self._qmp_path},server=on,wait=off",
                   "-netdev", f"tap,id=net0,ifname={self.tap},script=no,downscript=no"]
        if self.clock:
            command += ["-rtc", f"base={self.clock}"]
        if self.tpm:
            command += ["-chardev", f"socket,id=tpm,path={self.room.path(self.name + '.tpm-control')}", "-tpmdev", "emulator,id=tpm0,chardev=tpm",
                        "-device", "tpm-crb,tpmdev=tpm0"]
        nic = f"{self.nic},netdev=net0,mac={self.mac},bootindex=1"
        if self.firmware == "uefi":
            nic += ",romfile="  # so that OVMF's own PXE client asks, as a real PC's would
            command += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={OVMF_CODE}",
                        "-drive", f"if=pflash,format=raw,unit=1,file={self._vars}"]
        command += ["-device", nic]
        if any(disk.bus == "ahci" for disk in self.disks):
            command += ["-device", "ahci,id=sata"]
        for number, disk in enumerate(self.disks):
            command += self._disk_arguments(number, disk)
        return command

    def _disk_arguments(self, number, disk):
        node = f"disk{number}"
        source = {"driver": "file", "filename": os.path.abspath(disk.path), "cache": {"direct": False}}
        if disk.bad_sectors:
            source = {"driver": "blkdebug", "image": source, "inject-error": [
                {"event": "read_aio", "iotype": "read", "errno": 5, "sector": sector, "once": False}
                for sector in disk.bad_sectors]}
        block = {"driver": "throttle", "node-name": node, "throttle-group": f"speed{number}", "discard": "unmap",
                 "file": {"driver": "raw", "file": source, "discard": "unmap"}}
        device = {"virtio": f"virtio-blk-pci,drive={node}", "ahci": f"ide-hd,drive={node},bus=sata.{number}",
                  "nvme": f"nvme,drive={node}"}[disk.bus]
        hidden = f",hpa-sectors={disk.hpa_sectors}" if disk.hpa_sectors else ""
        return ["-object", f"throttle-group,id=speed{number}", "-blockdev", json.dumps(block),
                "-device", f"{device},serial={disk.serial},bootindex={number + 2}{hidden}"]
