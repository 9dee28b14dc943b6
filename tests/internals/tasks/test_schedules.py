"""Beat's schedule has the entries of all parts."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from celery.schedules import crontab
from flask import current_app

from sample import create_app, parts
from sample.settings import ConfigurationError
from sample.tasks.outbox import RELAY_TASK

Schedules = Callable[[], Mapping[str, Any]]
AddPart = Callable[[Schedules], None]


@pytest.fixture
def add_part(monkeypatch: pytest.MonkeyPatch) -> AddPart:
    """A function that adds a part with the given `schedules()`."""

    def add(schedules: Schedules) -> None:
        part = SimpleNamespace(schedules=schedules)
        monkeypatch.setattr(parts, "PARTS", (*parts.PARTS, part))

    return add


def test_a_part_schedules_tasks_by_its_settings(add_part: AddPart) -> None:
    add_part(lambda: {"sweep": {"task": "sweep", "schedule": current_app.config["SWEEP_SECONDS"]}})

    celery = create_app({"APP_ENV": "testing", "SWEEP_SECONDS": 60}).extensions["celery"]

    assert celery.conf.beat_schedule["sweep"]["schedule"] == 60
    assert RELAY_TASK in celery.conf.beat_schedule


def test_the_options_of_a_schedule_are_kept(add_part: AddPart) -> None:
    options = {"expires": 5, "headers": {"tenant": "1"}}
    add_part(lambda: {"sweep": {"task": "sweep", "schedule": 60, "options": options}})

    celery = create_app({"APP_ENV": "testing"}).extensions["celery"]

    sent = celery.conf.beat_schedule["sweep"]["options"]
    assert sent["expires"] == 5
    assert sent["headers"]["tenant"] == "1"


@pytest.mark.parametrize(
    ("sent_at", "hours"),
    [
        (datetime(2026, 3, 27, 1, 30, tzinfo=UTC), 24),
        (datetime(2026, 3, 28, 1, 30, tzinfo=UTC), 24),  # to 3:30, because 2:30 does not exist
        (datetime(2026, 10, 24, 0, 30, tzinfo=UTC), 24),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 25),  # not again at 2:30 an hour later
    ],
)
def test_crontabs_are_in_the_time_zone_of_the_settings(
    add_part: AddPart, sent_at: datetime, hours: int
) -> None:
    nightly = crontab(minute=30, hour=2, nowfun=lambda: sent_at)
    add_part(lambda: {"report": {"task": "report", "schedule": nightly}})

    create_app({"APP_ENV": "testing", "SCHEDULES_TIMEZONE": "Europe/Berlin"})

    assert nightly.remaining_estimate(sent_at) == timedelta(hours=hours)


@pytest.mark.parametrize("name", ["Mars", "../etc/passwd", "/etc/localtime"])
def test_the_time_zone_must_exist(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SCHEDULES_TIMEZONE", name)

    with pytest.raises(ConfigurationError, match="SCHEDULES_TIMEZONE"):
        create_app({"APP_ENV": "testing"})


def test_two_parts_must_not_use_the_same_name(add_part: AddPart) -> None:
    add_part(lambda: {"sweep": {}})
    add_part(lambda: {"sweep": {}})

    with pytest.raises(ValueError, match="Two parts have a schedule 'sweep'"):
        create_app({"APP_ENV": "testing"})
