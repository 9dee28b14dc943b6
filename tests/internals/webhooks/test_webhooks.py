"""Details of webhooks: parallel deliveries and tasks, settings, checks and commands."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from sample import create_app, parts, webhooks
from sample.database import db
from sample.environment import Environment
from sample.settings import ConfigurationError
from sample.webhooks import Provider, handler, providers, read_secrets
from sample.webhooks.handlers import handle
from sample.webhooks.models import State
from tests.internals.support.engines import server_of
from tests.support.factories.webhooks import WebhookEventFactory
from tests.support.fixtures.database import migrate, scratch_database, service_on
from tests.webhooks.test_webhooks import app, deliver, flask_webhooks, stored, verify

__all__ = ["app"]


@pytest.fixture(params=["sqlite", "postgresql"])
def own_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Yield an app on a migrated database of each engine. Commits are not rolled back."""
    with scratch_database(tmp_path, server_of(request)) as url, service_on(url) as app:
        migrate(app)
        app.config["DOOR_SECRETS"] = ["new"]
        app.extensions["webhooks"]["doors"] = Provider("DOOR_SECRETS", verify)
        yield app


def test_parallel_deliveries_are_stored_once(own_app: Flask) -> None:
    with ThreadPoolExecutor(10) as threads:
        responses = list(threads.map(lambda _: deliver(own_app.test_client()), range(50)))

    assert sorted(response.status_code for response in responses) == [200] * 49 + [202]
    with own_app.app_context():
        assert len(stored()) == 1


def test_parallel_tasks_of_an_event_have_one_effect(own_app: Flask) -> None:
    with own_app.app_context():
        number = WebhookEventFactory.create().id
        db.session.commit()

    def run(_: int) -> None:
        with own_app.app_context():
            handle(number)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(run, range(8)))

    with own_app.app_context():
        assert len(stored("effects")) == 1
        assert [event.attempts for event in stored()] == [1]


@pytest.mark.usefixtures("own_app")  # the other tests share one connection
def test_a_task_is_retried_while_the_database_is_down() -> None:
    with (
        service_on("postgresql://service:secret@127.0.0.1:1/service") as app,
        app.app_context(),
        pytest.raises(OperationalError),
    ):
        handle(1)


def test_a_handler_that_the_worker_does_not_know_is_retried() -> None:
    event = WebhookEventFactory.create(type="door.unknown")
    db.session.commit()

    with pytest.raises(KeyError):
        handle(event.id)

    db.session.refresh(event)
    assert (event.state, event.attempts) == (State.PENDING, 1)


def test_a_type_has_one_handler() -> None:
    with pytest.raises(ValueError, match=r"'door.opened' of 'doors' have another handler"):
        handler("doors", "door.opened")(print)


def test_a_form_is_read_as_a_dictionary() -> None:
    event = WebhookEventFactory.build(
        content_type="application/x-www-form-urlencoded", payload=b"a=%C3%BC&b="
    )
    assert event.data == {"a": "\xfc", "b": ""}


@pytest.mark.parametrize("event_id", ["x" * 256, "a\0"])
def test_an_id_that_cannot_be_stored_is_refused(client: FlaskClient, event_id: str) -> None:
    headers = {"Authorization": "new", "Event-Id": event_id}
    response = client.post("/webhooks/doors", json={"type": "a"}, headers=headers)
    assert response.status_code == 422


def test_an_event_without_an_id_is_refused(client: FlaskClient) -> None:
    headers = {"Authorization": "new", "Event-Id": ""}
    response = client.post("/webhooks/doors", json={"type": "a"}, headers=headers)
    assert response.status_code == 400


def test_replay_of_all_failed_events_leaves_those_without_a_payload(app: Flask) -> None:
    WebhookEventFactory.create(state=State.FAILED, payload=None)

    assert flask_webhooks(app, "replay", "--failed").output == "events enqueued: 0\n"


def test_an_event_whose_payload_was_deleted_is_shown(app: Flask) -> None:
    event = WebhookEventFactory.create(payload=None)
    assert "The payload was deleted." in flask_webhooks(app, "show", str(event.id)).output


def test_all_events_are_listed_newest_first(app: Flask) -> None:
    numbers = [WebhookEventFactory.create().id for _ in range(3)]

    lines = flask_webhooks(app, "list", "--limit", "2").output.splitlines()

    assert [int(line.split()[0]) for line in lines] == [*reversed(numbers)][:2]


@pytest.mark.parametrize(
    ("value", "secrets"), [("", []), ("one", ["one"]), ("one,two", ["one", "two"])]
)
def test_secrets_are_read(monkeypatch: pytest.MonkeyPatch, value: str, secrets: list[str]) -> None:
    monkeypatch.setenv("SECRETS", value)
    assert read_secrets(Environment("testing"), "SECRETS") == secrets


@pytest.mark.parametrize("value", [" ", ",", "one,", "one, two", "one ,two"])
def test_empty_secrets_are_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SECRETS", value)

    def settings(env: Environment) -> dict[str, list[str]]:
        return {"SECRETS": read_secrets(env, "SECRETS")}

    monkeypatch.setattr(parts.PARTS[-1], "settings", settings)
    with pytest.raises(ConfigurationError, match="SECRETS: Separate the secrets by single commas"):
        create_app({"APP_ENV": "testing"})


def collected(monkeypatch: pytest.MonkeyPatch, *found: dict[str, Provider]) -> None:
    """Let parts return these providers from their hooks."""
    monkeypatch.setattr(parts, "run_hooks", lambda _hook: found)


def test_two_parts_may_not_have_a_provider_of_the_same_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    doors = {"doors": Provider("DOOR_SECRETS", verify)}
    collected(monkeypatch, doors, doors)

    with pytest.raises(ValueError, match="Two parts have a provider 'doors': rename one of them"):
        providers.collect()


@pytest.mark.parametrize(
    ("secrets", "codes"), [([], ["webhooks.doors"]), (["one"], []), (None, [])]
)
def test_production_warns_of_a_provider_without_secrets(
    monkeypatch: pytest.MonkeyPatch, secrets: list[str] | None, codes: list[str]
) -> None:
    collected(monkeypatch, {"doors": Provider("DOOR_SECRETS", verify)})

    messages = list(webhooks.checks({"DOOR_SECRETS": secrets}))

    assert [message.code for message in messages] == codes
    assert all(message.level == "warning" for message in messages)


def test_payloads_are_deleted_every_night(app: Flask) -> None:
    assert "webhooks.delete_payloads" in app.extensions["celery"].conf.beat_schedule
