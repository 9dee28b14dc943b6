"""The metrics of a real server: they include all workers, also dead ones."""

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
    """Yield a server with two workers and with its temporary files in `tmp_path`."""
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
    """Return whether a process with this id exists."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def workers(directory: Path) -> set[int]:
    """Return the process ids of the workers that are alive."""
    processes = {int(file.name) for file in directory.glob("metrics-*/workers/*")}
    return {process for process in processes if is_running(process)}


def scrape(server: Server) -> dict[tuple[str, str], float]:
    """Wait until a worker accepts connections. Return the samples by metric and route."""
    deadline = time.monotonic() + DEADLINE
    while True:
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE)) as connection:
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
    """Wait until there are two workers that are not in `old`. Return their process ids."""
    deadline = time.monotonic() + DEADLINE
    while len(alive := workers(directory)) != 2 or alive & old:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return alive


def test_counts_include_all_workers_and_survive_their_death(server: Server, tmp_path: Path) -> None:
    expected = scrape(server)["http_requests_total", "/livez"] + 20
    for _ in range(20):
        server.get("/livez")
    assert [scrape(server)["http_requests_total", "/livez"] for _ in range(4)] == [expected] * 4

    first = wait_for_others(tmp_path, set())
    for worker in first:
        os.kill(worker, signal.SIGKILL)
    wait_for_others(tmp_path, first)

    after = scrape(server)
    assert after["http_requests_total", "/livez"] == expected
    assert after["http_request_duration_seconds_count", "/livez"] == expected
    assert after["http_requests_in_progress", ""] == 1


def test_counts_survive_a_reload(server: Server, tmp_path: Path) -> None:
    old = wait_for_others(tmp_path, set())
    before = scrape(server)["http_requests_total", "/livez"]
    for reloads in (1, 2):
        server.process.send_signal(signal.SIGHUP)
        old |= wait_for_others(tmp_path, old)
        server.get("/livez")
        assert scrape(server)["http_requests_total", "/livez"] == before + reloads


def test_the_server_deletes_its_directory_when_it_stops(server: Server, tmp_path: Path) -> None:
    assert len(list(tmp_path.glob("metrics-*"))) == 1
    server.process.terminate()
    server.process.wait(DEADLINE)
    assert not list(tmp_path.glob("metrics-*"))


def test_preloading_is_refused_with_instructions(tmp_path: Path) -> None:
    if not (ROOT / "gunicorn.conf.py").exists():
        pytest.skip("the service has another web server")
    with Server(tmp_path, "--preload", APP_ENV="testing") as server:
        _, log = server.process.communicate(timeout=DEADLINE)

    assert server.process.returncode == 1
    assert "Set PROMETHEUS_MULTIPROC_DIR to an empty directory" in log
    assert "Traceback" not in log


def test_preloading_works_with_a_directory_from_the_environment(tmp_path: Path) -> None:
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
