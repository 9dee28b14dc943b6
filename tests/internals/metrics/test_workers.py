"""The metrics of a real server: workers count together, and their counts outlive them."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.server import DEADLINE, ROOT, Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with two workers that makes its temporary files in `tmp_path`."""
    server = Server(
        tmp_path,
        APP_ENV="testing",
        DRAIN_SECONDS="0",
        TMPDIR=str(tmp_path),
        WEB_CONCURRENCY="2",
    )
    try:
        server.wait("/livez", "ok")
        yield server
    finally:
        server.process.terminate()
        server.process.communicate(timeout=DEADLINE)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def workers(directory: Path) -> set[int]:
    """Return the ids of the workers that are alive."""
    processes = {int(file.name) for file in directory.glob("metrics-*/workers/*")}
    return {process for process in processes if is_running(process)}


def scrape(server: Server) -> dict[tuple[str, str], float]:
    """Return what was read, by metric and route, once a worker listens."""
    deadline = time.monotonic() + DEADLINE
    while True:
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=5)) as connection:
            try:
                connection.request("GET", "/metrics")
                text = connection.getresponse().read().decode()
                break
            except ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
    return {
        (sample.name, sample.labels.get("route", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def wait_for_others(directory: Path, old: set[int]) -> set[int]:
    """Return the workers once there are two, none of them in `old`."""
    deadline = time.monotonic() + DEADLINE
    while len(alive := workers(directory)) != 2 or alive & old:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return alive


def test_counts_are_those_of_all_workers_and_outlive_them(server: Server, tmp_path: Path) -> None:
    asked = scrape(server)["http_requests_total", "/livez"] + 20
    for _ in range(20):
        server.get("/livez")
    assert [scrape(server)["http_requests_total", "/livez"] for _ in range(4)] == [asked] * 4

    first = wait_for_others(tmp_path, set())
    for worker in first:
        os.kill(worker, signal.SIGKILL)
    wait_for_others(tmp_path, first)

    after = scrape(server)
    assert after["http_requests_total", "/livez"] == asked
    assert after["http_request_duration_seconds_count", "/livez"] == asked
    assert after["http_requests_in_progress", ""] == 1


def test_a_reload_keeps_counting(server: Server, tmp_path: Path) -> None:
    old = wait_for_others(tmp_path, set())
    before = scrape(server)["http_requests_total", "/livez"]
    for reloads in (1, 2):
        server.process.send_signal(signal.SIGHUP)
        old |= wait_for_others(tmp_path, old)
        server.get("/livez")
        assert scrape(server)["http_requests_total", "/livez"] == before + reloads


def test_the_shared_directory_goes_with_the_server(server: Server, tmp_path: Path) -> None:
    assert len(list(tmp_path.glob("metrics-*"))) == 1
    server.process.terminate()
    server.process.wait(DEADLINE)
    assert not list(tmp_path.glob("metrics-*"))


def test_a_preloaded_service_is_refused_with_a_remedy(tmp_path: Path) -> None:
    if not (ROOT / "gunicorn.conf.py").exists():
        pytest.skip("the service has another web server")
    with Server(tmp_path, "--preload", APP_ENV="testing") as server:
        _, log = server.process.communicate(timeout=DEADLINE)

    assert server.process.returncode == 1
    assert "Set PROMETHEUS_MULTIPROC_DIR to an empty directory" in log
    assert "Traceback" not in log


def test_a_preloaded_service_counts_in_a_given_directory(tmp_path: Path) -> None:
    if not (ROOT / "gunicorn.conf.py").exists():
        pytest.skip("the service has another web server")
    variables = {"APP_ENV": "testing", "DRAIN_SECONDS": "0", "WEB_CONCURRENCY": "2"}
    directory = tmp_path / "metrics-given"
    directory.mkdir()
    with Server(
        tmp_path, "--preload", PROMETHEUS_MULTIPROC_DIR=str(directory), **variables
    ) as server:
        server.wait("/livez", "ok")
        before = scrape(server)["http_requests_total", "/livez"]
        for _ in range(10):
            server.get("/livez")
        counts = {scrape(server)["http_requests_total", "/livez"] for _ in range(4)}
        assert counts == {before + 10}
