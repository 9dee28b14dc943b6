"""No mail is lost, and no request waits, while the SMTP server fails."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.commands import rest_after
from tests.faults import production
from tests.faults.clients import Record, load
from tests.faults.processes import wait_until
from tests.faults.production import PACKAGE, Production
from tests.faults.servers import Postgres, Redis, free_port
from tests.faults.sizes import size
from tests.internals.support.smtp_server import SMTPServer, smtp_server

PART = Path(__file__).with_name("mail_part.py")
MAILS = size(20, 100, 1_000)
MAX_SECONDS = size(60, 3, 3)  # of a request; `make test` also runs on busy machines
FAULTS = ("hangs", "refuses", "trickles", "breaks after data", "disconnects at data", "greylists")


@contextmanager
def failing_server(fault: str) -> Iterator[tuple[int, SMTPServer | None]]:
    """Run a server that fails until the block ends; provide its port. No server `refuses`."""
    if fault == "refuses":
        yield free_port(), None
        return
    with smtp_server(fault) as server:
        yield server.port, server


def send(client: httpx.Client, number: int) -> httpx.Response:
    """Request a view that sends a mail."""
    return client.post("/mails", params={"number": number})


@pytest.fixture(params=rest_after(1, ["thread", "tasks"]))
def service(
    request: pytest.FixtureRequest,
    template: Path,
    tmp_path: Path,
    environment: Path,
    postgres: Postgres,
    server_folder: Path,
) -> Iterator[Production]:
    """A service whose mails are sent by threads of the web server, or by workers."""
    extensions = ["mail", *(["tasks"] if request.param == "tasks" else [])]
    service = production.create(
        template, tmp_path, environment, PART, extensions=extensions, broker="redis"
    ).with_variables(DATABASE_URL=postgres.url, MAIL_SENDER="shop@example.com")
    with ExitStack() as stack:
        if request.param == "tasks":
            redis = Redis(server_folder / "redis")
            redis.start()
            stack.callback(redis.kill)
            service = service.with_variables(BROKER_URL=redis.url)
        yield service


@pytest.mark.parametrize("fault", rest_after(1, FAULTS))
def test_no_mail_is_lost_and_no_request_waits(
    service: Production, postgres: Postgres, fault: str, record: Record
) -> None:
    with ExitStack() as stack, postgres.connect() as connection:
        port, server = stack.enter_context(failing_server(fault))
        service = service.with_variables(MAIL_URL=f"smtp://127.0.0.1:{port}")
        service.service.run("flask", "--app", PACKAGE, "db", "upgrade", **service.variables)

        def count(condition: str) -> int:
            query = f"SELECT count(*) FROM mails WHERE {condition}"  # noqa: S608 # constants
            return int(connection.execute(query).fetchall()[0][0])

        with service.web(workers=1) as web:
            if "BROKER_URL" in service.variables:
                stack.enter_context(service.worker())
            with load(web.url, 4, send, 0.01) as clients:
                wait_until(lambda: len(clients.results) >= MAILS, "too few responses")
            wait_until(lambda: count("attempts > 0") > 0, "no mail was attempted")
            if server is None:
                server = stack.enter_context(smtp_server(port=port))
            attempts = server.connections
            server.recover()
            process = web.process
            assert process is not None
            process.popen.terminate()  # the thread completes its mail
            process.wait()

        def all_are_sent() -> bool:
            wait_until(lambda: count("due_at > now() + interval '9 min'") == 0, "claimed", 60)
            connection.execute("UPDATE mails SET due_at = now() WHERE due_at IS NOT NULL")
            service.service.run("flask", "--app", PACKAGE, "mail", "send", **service.variables)
            return count("sent_at IS NULL") == 0

        wait_until(all_are_sent, "mails are missing", 600)
        numbers = {f"{result.number}@example.com" for result in clients.results}
        received = server.recipients()
        record(
            mails=len(numbers),
            lost=len(numbers - received.keys()),
            duplicates=received.total() - len(numbers),
            connections_before_recovery=attempts,
            slowest=f"{clients.slowest():.2f} s",
        )
        assert clients.statuses().keys() == {200}
        assert clients.slowest() < MAX_SECONDS
        assert received.keys() == numbers
        assert max(received.values()) <= (2 if fault == "breaks after data" else 1)
        assert count("due_at IS NULL AND sent_at IS NULL") == 0
