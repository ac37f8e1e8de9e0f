"""What the tests of tools expect: each is checked, and what is not so is printed."""
import sys

_failed = False


def expect(condition, what):
    global _failed
    if not condition:
        _failed = True
        print(f"not so: {what}")


def finish():
    """Ends the test: exit code 1 where something was not so."""
    sys.exit(1 if _failed else 0)
