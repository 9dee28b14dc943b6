"""Load that lasts for a while: the one place where time passes by itself."""

import time


def for_seconds(seconds: float) -> None:
    """Let the load go on."""
    time.sleep(seconds)
