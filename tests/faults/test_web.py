"""The web server is stopped, killed, reloaded: only what was inside a killed process fails."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.faults.clients import Clients, Count, asking, read
from tests.faults.processes import wait_until
from tests.faults.production import Production
from tests.faults.proxy import proxy
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


def test_reloading_fails_no_request(service: Production, count: Count) -> None:
    reloads, answers = size(2, 5, 20), size(400, 2_000, 50_000)
    with service.web(workers=2) as web, asking(web.url, 8, read, 0.01) as clients:
        process = web.process
        assert process is not None
        for reload in range(1, reloads + 1):
            before = set(process.children())
            process.send(signal.SIGHUP)
            wait_until(
                lambda before=before: (
                    len(set(process.children()) - before) == 2  # type: ignore[misc]
                    and not before & set(process.children())
                ),
                "it did not reload",
            )
            wait_for_answers(clients, answers * reload // reloads)
    count(answers=dict(clients.statuses()), reloads=reloads)
    assert clients.statuses().keys() == {200}, clients.statuses()


def test_a_killed_process_fails_only_what_is_inside_it(service: Production, count: Count) -> None:
    clients_count, kills = 8, size(2, 5, 30)
    with service.web(workers=2) as web, asking(web.url, clients_count, read, 0.01) as clients:
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
                "it was not replaced",
            )
    count(answers=dict(clients.statuses()), kills=kills)
    assert clients.statuses().keys() <= {0, 200}, clients.statuses()
    assert clients.statuses()[0] <= kills * clients_count


def test_rolling_restarts_behind_a_proxy_fail_no_request(
    service_with_redis: Production, count: Count
) -> None:
    stops, answers = size(2, 4, 20), size(500, 2_000, 50_000)
    with (
        service_with_redis.web(workers=1) as first,
        service_with_redis.web(workers=1) as second,
        proxy((first.url, second.url)) as front,
    ):
        wait_until(lambda: len(front.ready) == 2, "the replicas are not ready")
        with asking(front.url, 8, read_once, size(40, 40, 20) / 1000) as clients:
            for stop in range(1, stops + 1):
                replica = (first, second)[stop % 2]
                assert replica.process is not None
                replica.process.send(signal.SIGTERM)
                replica.process.wait()
                replica.start()
                wait_until(lambda: len(front.ready) == 2, "it is not ready again")
                wait_for_answers(clients, answers * stop // stops)
    seconds = clients.answers[-1].began - clients.answers[0].began
    count(
        answers=dict(clients.statuses()),
        answers_per_second=round(len(clients.answers) / seconds),
        stops=stops,
    )
    assert clients.statuses().keys() == {200}, clients.statuses()


def wait_for_answers(clients: Clients, answers: int) -> None:
    wait_until(lambda: len(clients.answers) >= answers, f"fewer than {answers} answers", 900)


def read_once(client: httpx.Client, _number: int) -> httpx.Response:
    """Have the database asked, over a connection of its own."""
    return client.get("/read", headers={"Connection": "close"})
