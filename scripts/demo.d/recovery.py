#!/usr/bin/env python3
"""One recovery from power-on to ready, told in the terminal. Called by scripts/demo."""

import argparse
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "vm"))

import recovery  # noqa: E402
from depot import PHASES, resus  # noqa: E402
from rig.room import Room  # noqa: E402

STAGES = {"copying": "Copy", "verifying_copy": "Check", "imaging": "Install", "restoring": "Restore",
          "verifying_install": "Test"}
LIMIT_S = 1800


def say(text):
    print(text, flush=True)


def megabytes(count):
    return f"{(count or 0) / 1e6:,.1f} MB"


def interrupted(*_):
    raise KeyboardInterrupt


class Story:
    """Follows one machine and remembers when each phase began."""

    def __init__(self, depot, mac):
        self.depot, self.mac, self.began, self.started = depot, mac, {}, time.monotonic()

    def follow(self):
        shown, beat = None, 0.0
        while time.monotonic() - self.started < LIMIT_S:
            machine = self.depot.machine(self.mac)
            self.began.setdefault(machine["phase"], time.monotonic())
            state = (machine["phase"], machine["condition"], machine["sentence"])
            if state != shown:
                self.tell(machine)
                shown = state
            elif sys.stdout.isatty() and time.monotonic() - beat > 1:
                beat = time.monotonic()
                self.show_progress(machine)
            if machine["phase"] == "ready" or machine["condition"] in ("failed", "needs_you"):
                return machine
            time.sleep(0.5)
        raise TimeoutError(f"not ready after {LIMIT_S} s")

    def tell(self, machine):
        seconds = time.monotonic() - self.started
        say(f"\r\033[K{seconds:6.0f} s  {machine['phase']:<18} {machine['sentence']} {machine['next_action'] or ''}".rstrip()
            if sys.stdout.isatty() else f"{seconds:6.0f} s  {machine['phase']:<18} {machine['sentence']}")

    def show_progress(self, machine):
        progress = machine.get("progress") or {}
        if progress.get("total"):
            percent = 100 * progress["done"] // progress["total"]
            print(f"\r\033[K          {percent:3d} %  {megabytes(progress['done'])} of {megabytes(progress['total'])}",
                  end="", flush=True)

    def seconds_per_stage(self):
        phases = [p for p in PHASES if p in self.began]
        ends = {p: self.began[n] for p, n in zip(phases, phases[1:])}
        return {STAGES[p]: ends[p] - self.began[p] for p in phases if p in STAGES and p in ends}


def summary(depot, pc, story, details):
    evidence, stats = details["evidence"], details.get("stats") or {}
    say("\nSummary")
    for stage, seconds in story.seconds_per_stage().items():
        say(f"  {stage:<10} {seconds:6.0f} s")
    say(f"  read from the disk         {megabytes(evidence['bytes_read'])}")
    say(f"  new to the store, sent     {megabytes(evidence['bytes_added'])} (compressed)")
    say(f"  known already, not sent    {megabytes(evidence['bytes_known'])}")
    for key, value in sorted(flatten(stats)):
        say(f"  {key:<26} {value}")
    with_marker = recovery.contains(pc.disk, recovery.MARKER)
    export = depot_export_hash(depot, evidence["id"])
    checks = {"the evidence equals the disk as it was (SHA-256 of the export)": export == pc.before,
              "no trace of the worm on the whole disk": not with_marker,
              "only the restored partitions differ from the golden image": recovery.differing_partitions(pc.disk) == [recovery.ROOT, recovery.DATA],
              "the custody log verifies": resus("custody", "verify", "--store", depot.store)["ok"]}
    for what, good in checks.items():
        say(f"  {'verified ' if good else 'WRONG    '} {what}")
    say(f"  evidence   {evidence['id']}, SHA-256 {evidence['sha256']}")
    say(f"  it lies in {depot.store}")
    return all(checks.values())


def flatten(values, prefix=""):
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flatten(value, prefix + key + ".")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield prefix + key, f"{value:,}"


def depot_export_hash(depot, evidence_id):
    """The offline tools want the store for themselves: the depot makes room and comes back."""
    target = depot.room.path("export.raw")
    depot.stop()
    try:
        resus("evidence", "export", evidence_id, "--store", depot.store, "--output", target)
        return recovery.sha256(target)
    finally:
        if os.path.exists(target):
            os.unlink(target)
        depot.start()


def recover(room, firmware):
    depot, image, backup = recovery.prepare_depot(room)
    password = re.search(r"sign in\s+(\S+) / (\S+)", depot.log())
    port = room.forward(depot.ports["https"])
    say(f"\n  Dashboard  https://127.0.0.1:{port}/   (the certificate is the depot's own: accept it once)")
    say(f"  Sign in    {password.group(1)} / {password.group(2)}\n")
    pc = recovery.InfectedPc(room, "ward7", firmware=firmware, bus="ahci")
    say(f"An infected PC powers on ({firmware}); it will boot from the network …")
    pc.machine.start()
    recovery.approve(depot, pc, image, backup, "B07")
    say("The code on its screen is the code on the dashboard: approved for slot B07.")
    story = Story(depot, pc.machine.mac)
    machine = story.follow()
    if machine["phase"] != "ready":
        say(f"\nIt did not become ready: {machine['sentence']} {machine['next_action'] or ''} ({machine['code']})")
        return False
    pc.machine.wait_for(r"GOLDEN-READY", 120)
    pc.machine.kill()
    details = depot.api("GET", f"/api/v1/machines/{machine['id']}")
    return summary(depot, pc, story, details)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exit", action="store_true")
    parser.add_argument("--uefi", action="store_true")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupted)
    try:
        with Room() as room:
            good = recover(room, "uefi" if args.uefi else "bios")
            if not args.exit:
                say("\nServing until Ctrl-C.")
                while True:
                    time.sleep(3600)
    except KeyboardInterrupt:
        say("\nEverything of the demo is removed again.")
        return 130
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
