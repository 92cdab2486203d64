"""Power cuts of the machine and SIGKILL of the depot in the phases where it matters most. Every phase: test_power_matrix."""

import unittest

from power import PowerRig


class PowerTest(PowerRig):
    def test_both_sides_lose_power_in_one_recovery(self):
        self.recover([("machine", "copying", 0.3), ("depot", "copying", 0.2), ("depot", "imaging", 0.2),
                      ("machine", "imaging", 0.4), ("machine", "restoring"), ("machine", "verifying_install")])


if __name__ == "__main__":
    unittest.main()
