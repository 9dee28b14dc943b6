"""Workers and beat in processes of their own, as tests run them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parents[2]
DEADLINE = 60  # seconds, on a very busy machine; a condition that takes longer has failed

Process = subprocess.Popen[bytes]


def wait_for(condition: Callable[[], Any], what: str) -> None:
    """Return once `condition` holds; raises `TimeoutError` with `what` when it does not."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)


@contextmanager
def running(log: Path, *command: str, **variables: str) -> Iterator[Process]:
    """Run a Python module in the service's directory; end it as a container would."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=os.environ | {"APP_ENV": "testing"} | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(DEADLINE)


@contextmanager
def running_worker(log: Path, *command: str, **variables: str) -> Iterator[Process]:
    """Run a worker that listens to the broker alone, and wait until it does."""
    quiet = ("--without-mingle", "--without-gossip", "--without-heartbeat")
    name = ("--hostname", f"{uuid4().hex}@localhost")  # no two at one broker may share theirs
    with running(log, *command, *quiet, *name, **variables) as process:
        wait_for(lambda: "ready." in log.read_text(), "the worker did not start")
        yield process
