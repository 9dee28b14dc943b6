"""Requests succeed while the server stops or reloads; a kill fails only those in flight."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.faults.clients import Clients, Record, load, read
from tests.faults.processes import DEADLINE, wait_until
from tests.faults.production import Production
from tests.faults.proxy import proxy
from tests.faults.sizes import size


def test_requests_in_flight_are_completed_when_the_server_stops(service: Production) -> None:
    with service.web(workers=2, WEB_THREADS="24") as web, ThreadPoolExecutor(40) as threads:
        in_flight = [
            threads.submit(httpx.get, f"{web.url}/slow", params={"seconds": 3}, timeout=DEADLINE)
            for _ in range(40)
        ]
        process = web.process
        assert process is not None
        wait_until(
            lambda: process.log.read_text("utf-8").count("slow started") == 40,
            "the requests did not start",
        )
        process.send_signal(signal.SIGTERM)

        assert [future.result().status_code for future in in_flight] == [200] * 40
        assert process.wait() == 0


@pytest.mark.rest
def test_reloading_fails_no_request(service: Production, record: Record) -> None:
    reloads, responses = size(2, 5, 20), size(400, 2_000, 50_000)
    with service.web(workers=2) as web, load(web.url, 8, read, 0.01) as clients:
        process = web.process
        assert process is not None
        for reload in range(1, reloads + 1):
            before = set(process.children())
            process.send_signal(signal.SIGHUP)
            wait_until(
                lambda before=before: (
                    len(set(process.children()) - before) == 2  # type: ignore[misc]
                    and not before & set(process.children())
                ),
                "the workers were not replaced",
            )
            wait_for_results(clients, responses * reload // reloads)
    record(statuses=dict(clients.statuses()), reloads=reloads)
    assert clients.statuses().keys() == {200}, clients.statuses()


@pytest.mark.rest
def test_a_killed_process_fails_only_its_requests_in_flight(
    service: Production, record: Record
) -> None:
    clients_count, kills = 8, size(2, 5, 30)
    with service.web(workers=2) as web, load(web.url, clients_count, read, 0.01) as clients:
        process = web.process
        assert process is not None
        for _ in range(kills):
            time.sleep(2)
            killed = process.children()[0]
            os.kill(killed, signal.SIGKILL)
            wait_until(
                lambda killed=killed: (
                    killed not in process.children()  # type: ignore[misc]
                    and len(process.children()) == 2
                ),
                "the killed process was not replaced",
            )
    record(statuses=dict(clients.statuses()), kills=kills)
    assert clients.statuses().keys() <= {0, 200}, clients.statuses()
    assert clients.statuses()[0] <= kills * clients_count


@pytest.mark.rest
def test_rolling_restarts_behind_a_proxy_fail_no_request(
    service_with_redis: Production, record: Record
) -> None:
    stops, responses = size(2, 4, 20), size(500, 2_000, 50_000)
    drain = str(size(5, 1, 1))  # seconds; the proxy of a busy machine notices late
    with (
        service_with_redis.web(workers=1, DRAIN_SECONDS=drain) as first,
        service_with_redis.web(workers=1, DRAIN_SECONDS=drain) as second,
        proxy((first.url, second.url)) as front,
    ):
        wait_until(lambda: len(front.ready) == 2, "the replicas are not ready")
        with load(front.url, 8, read_over_new_connection, size(40, 40, 20) / 1000) as clients:
            for stop in range(1, stops + 1):
                replica = (first, second)[stop % 2]
                assert replica.process is not None
                replica.process.send_signal(signal.SIGTERM)
                replica.process.wait()
                replica.start()
                wait_until(lambda: len(front.ready) == 2, "the restarted replica is not ready")
                wait_for_results(clients, responses * stop // stops)
    seconds = clients.results[-1].started - clients.results[0].started
    record(
        statuses=dict(clients.statuses()),
        requests_per_second=round(len(clients.results) / seconds),
        stops=stops,
    )
    assert clients.statuses().keys() == {200}, clients.statuses()


def wait_for_results(clients: Clients, count: int) -> None:
    """Wait until the clients have `count` results."""
    wait_until(lambda: len(clients.results) >= count, f"fewer than {count} results", 900)


def read_over_new_connection(client: httpx.Client, _number: int) -> httpx.Response:
    """Request a view that queries the database, over a new connection."""
    return client.get("/read", headers={"Connection": "close"})
