"""A service that serves, as it is deployed or as its README says."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.matrix.environments import Service

DEADLINE = 60  # seconds
ADDRESS = re.compile(r"(?:Listening at|Running on):? (http://[0-9.:]+)")


@contextmanager
def serving(service: Service, **variables: str) -> Iterator[httpx.Client]:
    """Serve under gunicorn on a free port; yield a client once it listens, and stop it after."""
    variables = service.variables_with(WEB_BIND="127.0.0.1:0", DRAIN_SECONDS="0", **variables)
    command = (str(service.environment / "bin" / "python"), "-m", "gunicorn")
    with listening(command, service.path, variables) as (process, client):
        yield client
        process.terminate()
        assert process.wait(DEADLINE) == 0


@contextmanager
def listening(
    command: tuple[str, ...], folder: Path, variables: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """Start `command`, yield it and a client of the address that it tells, and kill it after."""
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + DEADLINE
        while not (address := ADDRESS.search(log.read_text())):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"`{' '.join(command)}` does not listen:\n{log.read_text()}", False)
            time.sleep(0.05)
        with httpx.Client(base_url=address[1], timeout=DEADLINE) as client:
            yield process, client
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
