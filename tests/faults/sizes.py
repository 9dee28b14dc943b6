"""The size of a run: FAULTS is quick (the default), small or full."""

import os

SIZE = ("quick", "small", "full").index(os.environ.get("FAULTS") or "quick")


def size(quick: int, small: int, full: int) -> int:
    """Return the number for the size of this run."""
    return (quick, small, full)[SIZE]
