"""The service handles each webhook once and responds at once, while servers and workers fail."""

import hmac
import json
import statistics
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.commands import rest_after
from tests.faults import production
from tests.faults.clients import Record, load
from tests.faults.processes import DEADLINE, wait_until
from tests.faults.production import PACKAGE, Production, Worker
from tests.faults.servers import Postgres, RabbitMQ, Redis
from tests.faults.sizes import size

PART = Path(__file__).with_name("webhook_part.py")
EVENTS, DELIVERIES = 20, 200
MAX_SECONDS = size(DEADLINE, 1, 1) / 5  # of 99 in 100 responses; `make test` runs on busy machines
SECRET = "a secret of the faults"
HANDLE_AGAIN = f"""
from sqlalchemy import select
from {PACKAGE}.worker import service
from {PACKAGE}.database import db
from {PACKAGE}.tasks import enqueue
from {PACKAGE}.webhooks import WebhookEvent
from {PACKAGE}.webhooks.handlers import handle
with service.app_context():
    for number in db.session.scalars(select(WebhookEvent.id)).all():
        enqueue(handle, number)
    db.session.commit()
"""  # noqa: S608 # this is Python

pytestmark = pytest.mark.parametrize("broker", rest_after(1, ["redis", "rabbitmq"]), indirect=True)


@pytest.fixture
def service_with_broker(
    template: Path,
    tmp_path: Path,
    environment: Path,
    postgres: Postgres,
    broker: Redis | RabbitMQ,
) -> Production:
    """A service with webhooks of GitHub on PostgreSQL and the broker."""
    service = production.create(
        template,
        tmp_path,
        environment,
        PART,
        broker=type(broker).__name__.lower(),
        extensions=["github_webhooks"],
    ).with_variables(
        DATABASE_URL=postgres.url, BROKER_URL=broker.url, GITHUB_WEBHOOK_SECRETS=SECRET
    )
    service.migrate()
    return service


def deliver(client: httpx.Client, number: int, seconds: float = 0) -> httpx.Response:
    """Send the event with this number, as GitHub does."""
    body = json.dumps({"number": number, "seconds": seconds}).encode()
    headers = {
        "X-GitHub-Delivery": f"delivery-{number}",
        "X-GitHub-Event": "deployment",
        "X-Hub-Signature-256": f"sha256={hmac.digest(SECRET.encode(), body, 'sha256').hex()}",
    }
    return client.post("/webhooks/github", content=body, headers=headers)


def effects(connection: psycopg.Connection) -> Counter[int]:
    """Return how often each event took effect."""
    return Counter(number for (number,) in connection.execute("SELECT number FROM webhook_effects"))


def is_idle(connection: psycopg.Connection) -> bool:
    """Return whether every event is handled, and every task that was enqueued has started."""
    states = {state for (state,) in connection.execute("SELECT state FROM webhook_events")}
    return states <= {"HANDLED"} and not connection.execute("SELECT id FROM outbox").fetchall()


def wait_for_handlers(worker: Worker, postgres: Postgres) -> Counter[int]:
    """Wait until every event is handled, and return how often each took effect."""
    with postgres.connect() as connection:

        def handled() -> bool:
            worker.restart_if_exited()
            return is_idle(connection)

        wait_until(handled, f"events are not handled: {worker.process.log}", 900)
        return effects(connection)


@pytest.mark.usefixtures("fast_redelivery")
def test_each_event_takes_effect_once_when_the_worker_and_the_database_are_killed(
    service_with_broker: Production, postgres: Postgres, record: Record
) -> None:
    answers: defaultdict[int, list[int]] = defaultdict(list)
    kills = size(1, 3, 5)
    with (
        service_with_broker.web(workers=2) as web,
        service_with_broker.worker(concurrency=2) as worker,
        service_with_broker.beat(),
        httpx.Client(base_url=web.url, timeout=DEADLINE) as client,
        ThreadPoolExecutor(DELIVERIES // (kills + 1)) as threads,
    ):

        def deliver_until_acknowledged(delivery: int) -> None:
            number = delivery % EVENTS
            while (status := deliver(client, number, seconds=0.2).status_code) >= 500:
                answers[number].append(status)
            answers[number].append(status)

        def acknowledged(count: int) -> bool:
            statuses = [status for event in list(answers.values()) for status in list(event)]
            return sum(status < 300 for status in statuses) >= count

        deliveries = threads.map(deliver_until_acknowledged, range(DELIVERIES))
        for kill in range(1, kills + 1):
            wait_until(
                partial(acknowledged, DELIVERIES * kill // (kills + 2)),
                "too few events were acknowledged",
            )
            worker.process.kill()
            postgres.kill()
            postgres.start()
            worker.start()
        list(deliveries)
        taken = wait_for_handlers(worker, postgres)
        service_with_broker.service.run(
            "python", "-c", HANDLE_AGAIN, **service_with_broker.variables
        )
        taken_again = wait_for_handlers(worker, postgres)

    statuses = Counter(status for event in answers.values() for status in event)
    record(kills=kills, statuses=dict(statuses), effects=taken.total())
    assert statuses.keys() <= {200, 202, 503}
    assert statuses[200] + statuses[202] == DELIVERIES
    assert taken == taken_again == Counter(range(EVENTS))


def test_responses_do_not_wait_for_handlers(
    service_with_broker: Production, postgres: Postgres, record: Record
) -> None:
    slow, count = 2, size(100, 500, 2_000)
    with (
        service_with_broker.web(workers=2) as web,
        service_with_broker.worker(concurrency=slow) as worker,
        httpx.Client(base_url=web.url, timeout=DEADLINE) as client,
        postgres.connect() as connection,
    ):
        for number in range(slow):
            deliver(client, -number, seconds=10)
        running = "SELECT count(*) = 2 FROM pg_stat_activity WHERE state = 'idle in transaction'"
        wait_until(lambda: connection.execute(running).fetchall() == [(True,)], "no handler runs")
        with load(web.url, 4, lambda client, number: deliver(client, number + 1), 0.02) as clients:
            wait_until(lambda: len(clients.results) >= count, "too few responses")
        taken = wait_for_handlers(worker, postgres)

    p99 = statistics.quantiles([result.seconds for result in clients.results], n=100)[-1]
    record(responses=len(clients.results), p99=f"{1000 * p99:.0f} ms")
    assert clients.statuses().keys() == {202}
    assert p99 < MAX_SECONDS
    assert set(taken.values()) == {1}


def test_events_are_accepted_while_the_broker_is_down_and_handled_later(
    service_with_broker: Production,
    postgres: Postgres,
    broker: Redis | RabbitMQ,
    record: Record,
) -> None:
    broker.kill()
    with (
        service_with_broker.web(workers=2) as web,
        httpx.Client(base_url=web.url, timeout=DEADLINE) as client,
    ):
        statuses = [deliver(client, number).status_code for number in range(EVENTS)]
        with postgres.connect() as connection:
            assert effects(connection).total() == 0
        broker.start()
        with service_with_broker.worker(concurrency=2) as worker, service_with_broker.beat():
            taken = wait_for_handlers(worker, postgres)

    record(statuses=dict(Counter(statuses)), effects=taken.total())
    assert statuses == [202] * EVENTS
    assert taken == Counter(range(EVENTS))
