"""Expectations of the tests of tools: each is checked, and those that fail are printed."""
import sys

_failed = False


def expect(condition, what):
    global _failed
    if not condition:
        _failed = True
        print(f"not so: {what}")


def finish():
    """Ends the test: exit code 1 if an expectation failed."""
    sys.exit(1 if _failed else 0)
