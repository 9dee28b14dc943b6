"""The broker refuses, is silent, is slow or dies: requests succeed, and their tasks run."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faults.clients import Ask, Count, asking
from tests.faults.processes import wait_until
from tests.faults.production import Production
from tests.faults.servers import Postgres, RabbitMQ, Redis
from tests.faults.sizes import size

ANSWERED_WITHIN = size(10, 3, 3)  # seconds; in `make test` other tests have the machine as well
SLOW_SECONDS = 5.0


class Door:
    """A port in front of a server that refuses, says nothing, or lets everything through late."""

    def __init__(self, port: int, kind: str) -> None:
        self.port, self.kind = port, kind
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.own = self.listener.getsockname()[1]
        self.sockets = [self.listener]
        self.threads: list[threading.Thread] = []
        self.closed = threading.Event()
        if kind == "refused":
            self.listener.close()
        else:
            self._run(self._accept)

    def close(self) -> None:
        """Close it, and all connections through it."""
        self.closed.set()
        for each in self.sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self.threads:
            thread.join()

    def _run(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        self.threads.append(threading.Thread(target=target, args=arguments))
        self.threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.sockets.append(client)
                if self.kind == "slow":
                    server = socket.create_connection(("127.0.0.1", self.port))
                    self.sockets.append(server)
                    self._run(self._pass_on, client, server)
                    self._run(self._pass_on, server, client)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.closed.wait(SLOW_SECONDS)
                target.sendall(data)


def order(client: httpx.Client, _number: int) -> httpx.Response:
    return client.post("/orders", params={"count": 1})


@pytest.fixture(params=["refused", "silent", "slow"])
def door(request: pytest.FixtureRequest, broker: Redis | RabbitMQ) -> Iterator[Door]:
    """Something that is wrong with the broker."""
    with closing(Door(broker.port, request.param)) as door:
        yield door


def test_a_broker_that_does_not_answer_holds_up_nobody(
    service_with_broker: Production, broker: Redis | RabbitMQ, door: Door, count: Count
) -> None:
    url = urlsplit(broker.url)
    behind = url._replace(netloc=url.netloc.replace(str(broker.port), str(door.own))).geturl()
    with service_with_broker.with_variables(BROKER_URL=behind).web(workers=1) as web:
        with asking(web.url, 4, order, 0.05) as clients:
            wait_until(lambda: len(clients.answers) >= size(20, 50, 200), "no answers")

        count(answers=dict(clients.statuses()), slowest=f"{clients.slowest():.2f} s")
        assert clients.statuses().keys() == {200}
        assert clients.slowest() < ANSWERED_WITHIN
        assert web.status("/livez") == 200
        assert web.status("/readyz") == 503


@pytest.mark.large  # minutes, and alone on the machine
@pytest.mark.usefixtures("soon_redelivered")
def test_a_broker_that_is_killed_loses_no_task(
    service_with_broker: Production, broker: Redis | RabbitMQ, postgres: Postgres, count: Count
) -> None:
    kills, tasks = size(1, 2, 5), size(300, 2_000, 20_000)
    ten: Ask = lambda client, _: client.post("/orders", params={"count": 10})  # noqa: E731
    with (
        service_with_broker.web(workers=1) as web,
        service_with_broker.worker(concurrency=2) as worker,
        service_with_broker.beat(),
        postgres.connect() as connection,
    ):

        def rows(table: str) -> int:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608 # a name from below

        def wait_for(condition: Callable[[], bool], what: str) -> None:
            def holds() -> bool:
                worker.keep_alive()
                return condition()

            wait_until(holds, what, 600)

        with asking(web.url, 4, ten, 0.05) as clients:
            for kill in range(1, kills + 2):
                wait_for(
                    lambda kill=kill: rows("orders") >= tasks * kill // (kills + 1),  # type: ignore[misc]
                    "no orders",
                )
                if kill <= kills:
                    broker.kill()
                    broker.start()
        assert clients.statuses().keys() == {200}, clients.statuses()
        wait_for(lambda: rows("effects") == rows("orders"), "tasks are missing")
        ghosts = """
            SELECT count(*) FROM effects WHERE task_id NOT IN
            (SELECT lpad(to_hex(id), 32, '0')::uuid FROM orders)
        """
        count(
            orders=rows("orders"),
            tasks_run=rows("effects"),
            kills=kills,
            ends_of_the_worker=worker.starts - 1,
        )
        assert connection.execute(ghosts).fetchall() == [(0,)]
