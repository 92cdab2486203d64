"""Power cuts in every phase, of each side and of both at once. Minutes each: only scripts/test --long runs them."""

import unittest

from depot import PHASES
from power import PowerRig

WORKING = PHASES[PHASES.index("queued"):PHASES.index("ready")]


class EveryPhaseTest(PowerRig):
    def test_the_machine_loses_power_in_every_phase_by_uefi(self):
        self.recover([("machine", phase) for phase in WORKING], firmware="uefi", bus="nvme")

    def test_the_depot_loses_power_in_every_phase(self):
        self.recover([("depot", phase) for phase in WORKING], bus="ahci")

    def test_cuts_before_approval_and_of_both_sides_at_once(self):
        self.recover([("both", "copying", 0.3), ("both", "imaging", 0.3), ("both", "restoring")],
                     before_approval=("machine", "depot", "both"))


if __name__ == "__main__":
    unittest.main()
