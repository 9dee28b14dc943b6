"""How much of a fault is tried: FAULTS is quick, as in `make test`, small or full."""

import os

SIZE = ("quick", "small", "full").index(os.environ.get("FAULTS") or "quick")


def size(quick: int, small: int, full: int) -> int:
    """Return the number of this run."""
    return (quick, small, full)[SIZE]
