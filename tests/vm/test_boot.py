"""Every way of booting reaches the agent: two firmwares, with the depot's own DHCP and beside a foreign server."""

import os
import re
import unittest

from depot import CACHE, Depot
from rig.machine import Disk, Machine
from rig.processes import run
from rig.room import Room


class BootTest(unittest.TestCase):
    def reaches_the_agent(self, firmware, bus, proxy):
        with Room() as room:
            if proxy:
                room.start_foreign_dhcp()
            depot = Depot(room, proxy_dhcp=proxy).start()
            disk = room.path("disk.img")
            run("cp", "--sparse=always", os.path.join(CACHE, "infected.img"), disk)
            before = run("sha256sum", disk).stdout
            machine = Machine(room, "pc", [Disk(disk, "SERIAL-1", bus)], firmware=firmware).start()

            status = machine.wait_for(r"Resus \|[^\r\n]*agent running", timeout_s=180).group(0)
            self.assertRegex(status, r"write-blocked: \w+ 1\.1 GB")
            seen = depot.wait_for(machine.mac, lambda m: m["contact"] == "live", "contact with the agent", 120, bad=())
            self.assertEqual(seen["phase"], "awaiting_approval")
            self.assertRegex(seen["short_code"], r"^[2-9A-HJ-NP-Z]{6}$")
            self.assertEqual(seen["disk"]["serial"], "SERIAL-1")

            machine.kill()
            self.assertEqual(run("sha256sum", disk).stdout, before)
            if proxy:
                with open(room.path("foreign.log")) as log:
                    self.assertIsNotNone(re.search(r"DHCPACK\(eth0\) 10\.77\.0\.\d+ " + machine.mac, log.read()))

    def test_bios_with_the_depots_own_dhcp(self):
        self.reaches_the_agent("bios", "virtio", proxy=False)

    def test_uefi_with_the_depots_own_dhcp(self):
        self.reaches_the_agent("uefi", "nvme", proxy=False)

    def test_bios_beside_a_foreign_dhcp_server(self):
        self.reaches_the_agent("bios", "ahci", proxy=True)

    def test_uefi_beside_a_foreign_dhcp_server(self):
        self.reaches_the_agent("uefi", "ahci", proxy=True)


if __name__ == "__main__":
    unittest.main()
