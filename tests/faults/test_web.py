"""The web server is stopped, killed, reloaded: only what was inside a killed process fails."""

import signal
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.faults.clients import asking, read
from tests.faults.processes import wait_until
from tests.faults.production import Production
from tests.faults.sizes import size


def test_requests_in_flight_are_answered_when_it_is_stopped(service: Production) -> None:
    with service.web(workers=2, WEB_THREADS="24") as web, ThreadPoolExecutor(40) as threads:
        flying = [
            threads.submit(httpx.get, f"{web.url}/slow", params={"seconds": 3}, timeout=60)
            for _ in range(40)
        ]
        wait_until(lambda: web.status("/livez") == 200, "it does not answer beside them")
        assert web.process is not None
        web.process.send(signal.SIGTERM)

        assert [each.result().status_code for each in flying] == [200] * 40
        assert web.process.wait() == 0


def test_reloading_fails_no_request(service: Production) -> None:
    with service.web(workers=2) as web, asking(web.url, 8, read, 0.01) as clients:
        process = web.process
        assert process is not None
        for _ in range(size(2, 5, 20)):
            before = set(process.children())
            process.send(signal.SIGHUP)
            wait_until(
                lambda before=before: (
                    len(set(process.children()) - before) == 2  # type: ignore[misc]
                    and not before & set(process.children())
                ),
                "it did not reload",
            )
    assert clients.statuses().keys() == {200}, clients.statuses()
