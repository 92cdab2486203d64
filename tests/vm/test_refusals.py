"""What must not happen on a real machine: each time the disk stays as it was, bit for bit."""

import time
import unittest

import recovery
from depot import ApiError
from rig.machine import Disk
from rig.processes import run
from rig.room import Room


class RefusalTest(unittest.TestCase):
    def test_two_disks_stop_and_ask_and_a_wrong_code_or_slot_approves_nothing(self):
        with Room() as room:
            depot, image, backup = recovery.prepare_depot(room)
            pc = recovery.InfectedPc(room, "pc", bus="ahci")
            other = room.path("other.img")
            run("truncate", "-s", "64M", other)
            pc.machine.disks.append(Disk(other, "SER-OTHER", "ahci"))
            pc.machine.start()
            depot.wait_phase(pc.machine.mac, "awaiting_approval", 180, bad=())
            code = pc.code_on_screen()
            seen = depot.machine(pc.machine.mac)
            for params in ({"short_code": code}, {"short_code": "222222", "disk_serial": "SER-PC"},
                           {"short_code": code, "disk_serial": "SER-NOBODY"}):
                self.assertFalse(self.approved(depot, seen, image, backup, params), params)
            time.sleep(3)
            self.assertEqual(depot.machine(pc.machine.mac)["phase"], "awaiting_approval")
            pc.machine.kill()
            self.assertEqual(recovery.sha256(pc.disk), pc.before)

    def approved(self, depot, machine, image, backup, params):
        body = {"action": "approve", "ids": [machine["id"]], "expected_count": 1, "reason": "test",
                "params": {"slot": "X01", "image_id": image["id"], "backup_id": backup["id"],
                           "attempt": machine["attempt"], **params}}
        try:
            return depot.api("POST", "/api/v1/batches", body)["results"][0]["ok"]
        except ApiError:
            return False


if __name__ == "__main__":
    unittest.main()
