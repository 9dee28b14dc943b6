"""Starts the web server of a service, and connects a client to it."""

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

from tests.faults.processes import DEADLINE, wait_until
from tests.faults.servers import free_port
from tests.matrix.environments import Service

ADDRESS = re.compile(r"(?:Listening at|Running on):? (http://[0-9.:]+)")


@contextmanager
def serving(service: Service, **variables: str) -> Iterator[httpx.Client]:
    """Start the service's web server on a free port, and provide a client until the block ends."""
    address = f"127.0.0.1:{free_port()}"
    variables = service.variables_with(WEB_BIND=address, DRAIN_SECONDS="0", **variables)
    command = (str(service.environment / "bin" / "python"), *server_arguments(service))
    with listening(command, service.path, variables) as (process, client):
        wait_for_response(client)
        yield client
        process.terminate()
        assert process.wait(DEADLINE) == 0


def server_arguments(service: Service) -> tuple[str, ...]:
    """Return the arguments of Python that start the web server of `service`."""
    return ("serve.py",) if (service.path / "serve.py").exists() else ("-m", "gunicorn")


def wait_for_response(client: httpx.Client) -> None:
    """Wait until /livez responds: granian logs its address before it accepts connections."""
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            client.get("/livez")
            return
        except httpx.ConnectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def wait_until_ready(client: httpx.Client) -> None:
    """Wait until /readyz reports that all parts are up: on a busy machine a probe may time out."""
    wait_until(lambda: client.get("/readyz").json()["status"] == "ok", "the service is not ready")


@contextmanager
def listening(
    command: tuple[str, ...], folder: Path, variables: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """Start a command, and provide its process and a client of the address that it logs."""
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
