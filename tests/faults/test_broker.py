"""Requests succeed, and their tasks run, while the broker is down, hangs, is slow or is killed."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faults.clients import Record, load
from tests.faults.processes import wait_until
from tests.faults.production import Production
from tests.faults.servers import Postgres, RabbitMQ, Redis
from tests.faults.sizes import size

MAX_SECONDS = size(60, 3, 3)  # of a request; `make test` also runs on busy machines
DELAY_SECONDS = 5.0


class FaultyProxy:
    """A proxy that refuses connections, never responds, or relays all data with a delay."""

    def __init__(self, server_port: int, fault: str) -> None:
        self.server_port, self.fault = server_port, fault
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = [self.listener]
        self.threads: list[threading.Thread] = []
        self.closed = threading.Event()
        if fault == "refused":
            self.listener.close()
        else:
            self._run(self._accept)

    def close(self) -> None:
        """Close the listener and all connections."""
        self.closed.set()
        for connection in self.sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
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
                if self.fault == "slow":
                    server = socket.create_connection(("127.0.0.1", self.server_port))
                    self.sockets.append(server)
                    self._run(self._relay, client, server)
                    self._run(self._relay, server, client)

    def _relay(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.closed.wait(DELAY_SECONDS)
                target.sendall(data)


def order(client: httpx.Client, _number: int) -> httpx.Response:
    return client.post("/orders", params={"count": 1})


@pytest.fixture(params=["refused", "silent", "slow"])
def faulty_proxy(request: pytest.FixtureRequest, broker: Redis | RabbitMQ) -> Iterator[FaultyProxy]:
    """A proxy for the broker, with each fault."""
    with closing(FaultyProxy(broker.port, request.param)) as proxy:
        yield proxy


@pytest.mark.rest
def test_an_unavailable_broker_delays_no_request(
    service_with_broker: Production,
    broker: Redis | RabbitMQ,
    faulty_proxy: FaultyProxy,
    record: Record,
) -> None:
    url = urlsplit(broker.url)
    netloc = url.netloc.replace(str(broker.port), str(faulty_proxy.port))
    service = service_with_broker.with_variables(BROKER_URL=url._replace(netloc=netloc).geturl())
    with service.web(workers=1) as web:
        with load(web.url, 4, order, 0.05) as clients:
            wait_until(lambda: len(clients.results) >= size(20, 50, 200), "too few responses")

        record(statuses=dict(clients.statuses()), slowest=f"{clients.slowest():.2f} s")
        assert clients.statuses().keys() == {200}
        assert clients.slowest() < MAX_SECONDS
        assert web.status("/livez") == 200
        assert web.status("/readyz") == 503


def ten_orders(client: httpx.Client, _number: int) -> httpx.Response:
    return client.post("/orders", params={"count": 10})


@pytest.mark.large  # takes minutes, and needs the machine for itself
@pytest.mark.usefixtures("fast_redelivery")
def test_no_task_is_lost_when_the_broker_is_killed(
    service_with_broker: Production, broker: Redis | RabbitMQ, postgres: Postgres, record: Record
) -> None:
    kills, tasks = size(1, 2, 5), size(300, 2_000, 20_000)
    with (
        service_with_broker.web(workers=1) as web,
        service_with_broker.worker(concurrency=2) as worker,
        service_with_broker.beat(),
        postgres.connect() as connection,
    ):

        def rows(table: str) -> int:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608 # tables are named below

        def wait_for(condition: Callable[[], bool], message: str) -> None:
            def is_met() -> bool:
                worker.restart_if_exited()
                return condition()

            wait_until(is_met, message, 600)

        with load(web.url, 4, ten_orders, 0.05) as clients:
            for kill in range(1, kills + 2):
                wait_for(
                    lambda kill=kill: rows("orders") >= tasks * kill // (kills + 1),  # type: ignore[misc]
                    "too few orders",
                )
                if kill <= kills:
                    broker.kill()
                    broker.start()
        assert clients.statuses().keys() == {200}, clients.statuses()
        wait_for(lambda: rows("effects") == rows("orders"), "tasks are missing")
        effects_without_order = """
            SELECT count(*) FROM effects WHERE task_id NOT IN
            (SELECT lpad(to_hex(id), 32, '0')::uuid FROM orders)
        """
        record(
            orders=rows("orders"),
            tasks_run=rows("effects"),
            kills=kills,
            worker_exits=worker.starts - 1,
        )
        assert connection.execute(effects_without_order).fetchall() == [(0,)]
