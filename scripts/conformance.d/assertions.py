"""The list of assertions and how one is added."""

ALL = []


class NotTried(Exception):
    """The function is not there yet, or this machine lacks what it takes."""


class Assertion:
    def __init__(self, id, text, run, quick, not_applicable):
        self.id, self.text, self.run, self.quick, self.not_applicable = id, text, run, quick, not_applicable


def assertion(id, text, quick=True):
    """The function takes a Room, raises when the assertion does not hold, and may return how it was tried."""
    def add(function):
        ALL.append(Assertion(id, text, function, quick, ""))
        return function
    return add


def not_applicable(id, text, why):
    ALL.append(Assertion(id, text, None, True, why))


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def equal(found, expected, what):
    holds(found == expected, f"{what}: {found!r}, expected {expected!r}")
