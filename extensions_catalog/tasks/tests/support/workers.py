"""Helpers that run `flask tasks` in this process, and workers in separate processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from click.testing import Result
from flask import Flask

ROOT = Path(__file__).parents[2]
DEADLINE = 300  # seconds; enough on a busy machine

Process = subprocess.Popen[bytes]


def flask_tasks(app: Flask, *arguments: str) -> Result:
    """Run `flask tasks` with these arguments in this process, and return the result."""
    with app.app_context():
        return app.test_cli_runner().invoke(args=["tasks", *arguments])


def wait_for(condition: Callable[[], Any], error: str) -> None:
    """Wait until `condition` returns a true value. Raise `TimeoutError(error)` after 300 s."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(error)
        time.sleep(0.02)


@contextmanager
def running(log: Path, *command: str, **variables: str) -> Iterator[Process]:
    """Run a Python module in the service's directory until the block ends, and log to `log`."""
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
    """Run a worker until the block ends. Enter the block when it consumes tasks."""
    quiet = ("--without-mingle", "--without-gossip", "--without-heartbeat")
    name = ("--hostname", f"{uuid4().hex}@localhost")  # unique at the broker
    with running(log, *command, *quiet, *name, **variables) as process:
        wait_for(lambda: process.poll() or "ready." in log.read_text(), "the worker did not start")
        assert process.poll() is None, log.read_text()
        yield process
