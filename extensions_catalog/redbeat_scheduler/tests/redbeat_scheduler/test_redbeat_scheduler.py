"""During a deployment, the new beat takes over when the old one stops."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from {{ package_name }} import create_app
from {{ package_name }}.database import db
from {{ package_name }}.redbeat_scheduler import checks
from {{ package_name }}.tasks.beat import SentSchedule
from {{ package_name }}.tasks.outbox import RELAY_TASK
from tests.support.servers import require
from tests.support.workers import running, wait_for

BEAT = ("celery", "--app", "{{ package_name }}.worker", "beat")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def has_sent(app: Flask) -> bool:
    """Return whether beat has sent a task since the last call."""
    with app.app_context(), db.session.session_factory.begin() as session:
        row = session.get(SentSchedule, RELAY_TASK)
        sent_at = row.sent_at if row else LONG_AGO
        session.merge(SentSchedule(name=RELAY_TASK, sent_at=LONG_AGO))
        return sent_at > LONG_AGO


def test_a_second_beat_takes_over(own_app: Flask, tmp_path: Path) -> None:
    variables = {
        "DATABASE_URL": own_app.config["DATABASE_URL"],
        "BROKER_URL": f"sqla+sqlite:///{tmp_path}/broker.db",
        "REDBEAT_URL": require("TEST_REDIS_URL", "redis://127.0.0.1:6379/15"),
    }
    old, new = tmp_path / "old.log", tmp_path / "new.log"
    with running(old, *BEAT, **variables) as first:
        wait_for(lambda: has_sent(own_app), "the first beat sent nothing")
        with running(new, *BEAT, **variables):
            wait_for(lambda: "beat: Starting" in new.read_text(), "the second did not start")
            first.terminate()
            first.wait()
            has_sent(own_app)
            wait_for(lambda: has_sent(own_app), "the second beat did not take over")


def test_without_a_url_beat_keeps_its_schedules_in_a_file() -> None:
    celery = create_app({"APP_ENV": "testing", "REDBEAT_URL": ""}).extensions["celery"]

    assert celery.conf.beat_scheduler == "celery.beat:PersistentScheduler"


@pytest.mark.parametrize(("url", "findings"), [("", ["redbeat.url"]), ("redis://redis/1", [])])
def test_production_requires_a_url(url: str, findings: list[str]) -> None:
    assert [finding.code for finding in checks({"REDBEAT_URL": url})] == findings
