"""A disk that fails where a test wants it to: QEMU's blkdebug over an image file, given out as a file by FUSE. It needs
neither a device mapper nor bad hardware, and fails for single sectors anywhere on the disk, each with its own errno."""

import os
import subprocess
import time

RULE = '[inject-error]\nevent = "read_aio"\niotype = "read"\nerrno = "{errno}"\nsector = "{sector}"\nonce = "off"\n\n'


class FailingDisk:
    """`path` reads as `image` does, but for `places`: (first sector, sectors, errno) in sectors of 512 bytes. It can be
    attached to a loop device, which turns every errno into EIO. With `reads_per_second` it is a disk that crawls."""

    def __init__(self, image, path, places, reads_per_second=0):
        with open(path + ".rules", "w") as file:
            for first, sectors, errno in places:
                file.write("".join(RULE.format(errno=errno, sector=sector) for sector in range(first, first + sectors)))
        open(path, "w").close()
        node = ["driver=raw", "node-name=failing", "file.driver=blkdebug", "file.config=" + path + ".rules",
                "file.image.driver=file", "file.image.filename=" + image]
        throttle = []
        if reads_per_second:
            throttle = ["--object", f"throttle-group,id=slow,x-iops-read={reads_per_second}",
                        "--blockdev", "driver=throttle,node-name=slow,throttle-group=slow,file=failing"]
        self._log = open(path + ".log", "w+b")
        self._server = subprocess.Popen(
            ["qemu-storage-daemon", "--blockdev", ",".join(node), *throttle, "--export",
             f"type=fuse,id=e,node-name={'slow' if throttle else 'failing'},mountpoint={path},writable=on"],
            stdout=self._log, stderr=self._log)
        try:
            self._wait(path)
        except BaseException:
            self.close()
            raise

    def _wait(self, path):
        deadline = time.monotonic() + 60
        while os.stat(path).st_size == 0:
            if self._server.poll() is not None or time.monotonic() > deadline:
                self._log.seek(0)
                raise AssertionError("no failing disk: " + self._log.read().decode(errors="replace"))
            time.sleep(0.02)

    def close(self):
        """Detach it from its loop device first. Once more is harmless."""
        if self._server.poll() is None:
            self._server.terminate()
        self._server.wait(60)
        self._log.close()
