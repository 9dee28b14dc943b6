"""Schedules: `flask schedules` lists them and runs them."""

from datetime import timedelta

import pytest
from celery import signals
from celery.beat import Service
from flask import Flask
from flask.globals import app_ctx
from structlog.testing import capture_logs

from {{ package_name }} import create_app
from {{ package_name }}.database import db
from {{ package_name }}.database.columns import now
from {{ package_name }}.settings import ConfigurationError
from {{ package_name }}.tasks.beat import SentSchedule
from {{ package_name }}.tasks.outbox import RELAY_TASK
from tests.support.fixtures.tasks import Sent


def flask_schedules(app: Flask, *arguments: str) -> str:
    """Run `flask schedules` with these arguments, and return its output."""
    return app.test_cli_runner().invoke(args=["schedules", *arguments]).output


def test_a_schedule_can_be_run_now(app: Flask, sent: Sent) -> None:
    assert f"{RELAY_TASK}\n    10\n    sent never, due 20" in flask_schedules(app, "list")

    assert flask_schedules(app, "run", RELAY_TASK) == "task sent\n"

    assert sent() == [(RELAY_TASK, [], {})]
    assert "sent 20" in flask_schedules(app, "list")


def test_a_schedule_that_beat_did_not_send_is_overdue(app: Flask) -> None:
    db.session.add(SentSchedule(name=RELAY_TASK, sent_at=now() - timedelta(hours=1)))
    db.session.flush()

    assert f"{RELAY_TASK}  OVERDUE\n" in flask_schedules(app, "list")


def test_an_unknown_schedule_is_an_error(app: Flask) -> None:
    assert flask_schedules(app, "run", "x") == (
        "Error: No such schedule: x. See `flask schedules list`.\n"
    )


@pytest.mark.parametrize(("hours", "overdue"), [(1, [RELAY_TASK]), (0, [])])
def test_beat_reports_overdue_schedules_when_it_starts(
    app: Flask, hours: int, overdue: list[str]
) -> None:
    db.session.add(SentSchedule(name=RELAY_TASK, sent_at=now() - timedelta(hours=hours)))
    db.session.commit()

    with capture_logs() as lines:
        signals.beat_init.send(sender=Service(app.extensions["celery"]))
        app_ctx.pop()  # beat keeps it

    assert [line["schedule"] for line in lines] == overdue


def test_the_time_zone_of_schedules_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULES_TIMEZONE", "Europe/Paradise")

    with pytest.raises(ConfigurationError, match="SCHEDULES_TIMEZONE"):
        create_app({"APP_ENV": "testing"})
