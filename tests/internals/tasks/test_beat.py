"""Beat reports overdue schedules, and records what it sends."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from structlog.testing import capture_logs

from sample.database import db
from sample.database.columns import now
from sample.tasks.beat import SentSchedule, last_sent
from sample.tasks.outbox import RELAY_TASK
from tests.support.workers import running, wait_for

from .conftest import service_with_broker

# kombu's models use an option that SQLAlchemy 2.1 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Flask]:
    """Yield an app with its own database and broker."""
    with service_with_broker(f"sqla+sqlite:///{tmp_path}/broker.db", tmp_path) as app:
        yield app


@pytest.fixture(autouse=True)
def rollback() -> None:
    """Override the fixture that rolls tests back: these tests commit."""


def is_current(app: Flask) -> bool:
    """Return whether the outbox's schedule was sent in the last minute."""
    with app.app_context():
        return last_sent()[RELAY_TASK] > now() - timedelta(minutes=1)


def test_beat_reports_overdue_schedules_and_sends_them(service: Flask, tmp_path: Path) -> None:
    with service.app_context():
        db.session.add(SentSchedule(name=RELAY_TASK, sent_at=now() - timedelta(hours=1)))
        db.session.add(SentSchedule(name="removed", sent_at=now() - timedelta(hours=1)))
        db.session.commit()
    log = tmp_path / "beat.log"
    command = ("celery", "--app", "sample.worker", "beat", f"--schedule={tmp_path}/schedule")
    variables = {name: service.config[name] for name in ("BROKER_URL", "DATABASE_URL")}

    with running(log, *command, **variables):
        wait_for(lambda: is_current(service), "beat sent nothing")

    assert log.read_text().count("schedule overdue") == 1


def test_a_schedule_is_sent_even_if_that_cannot_be_stored(service: Flask) -> None:
    celery = service.extensions["celery"]
    options = celery.conf.beat_schedule[RELAY_TASK]["options"]
    with service.app_context():
        db.session.execute(db.text("DROP TABLE sent_schedules"))
        db.session.commit()
        with capture_logs() as lines:
            assert celery.send_task(RELAY_TASK, **options).id

    assert [line["event"] for line in lines] == ["schedule not recorded"]
