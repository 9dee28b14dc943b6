"""`make demo` runs a service, checks it, and serves until Ctrl-C."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.template import ROOT

DEMO = (sys.executable, str(ROOT / "demo" / "demo.py"))

pytestmark = pytest.mark.xdist_group("demo")  # the tests share a directory


@pytest.mark.parametrize("preset", ["api", "web", "integrations"])
def test_the_demo_exits_after_its_checks_with_the_option_check(preset: str) -> None:
    command = (*DEMO, preset, "--check")
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.stdout.splitlines()[-1] == "demo: ok", result.stdout + result.stderr
    assert result.returncode == 0


@pytest.fixture
def serving() -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A demo that serves, and its URL."""
    pipe = subprocess.PIPE
    with subprocess.Popen(DEMO, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith("Serving at ")), None)
        if line is None:
            pytest.fail(process.communicate()[1])
        try:
            yield process, line.split()[2]
        finally:
            process.terminate()


def test_the_demo_serves_until_ctrl_c(serving: tuple["subprocess.Popen[str]", str]) -> None:
    process, url = serving
    address = (urlsplit(url).hostname, urlsplit(url).port)
    socket.create_connection(address).close()

    second = subprocess.run(DEMO, capture_output=True, text=True, check=False)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=600)

    assert second.returncode == 1
    assert second.stderr == (
        "demo: failed: another demo is running in this checkout: stop it first\n"
    )
    assert output.splitlines()[-1] == "demo: stopped"
    assert process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def test_the_demo_names_its_presets() -> None:
    result = subprocess.run((*DEMO, "shop"), capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert result.stderr == (
        "demo: failed: no demo of the preset shop: choose one of api, web, integrations\n"
    )
