"""Beat's schedule has the entries of all parts."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from flask import current_app

from sample import create_app, parts
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

    assert celery.conf.beat_schedule["sweep"] == {"task": "sweep", "schedule": 60}
    assert RELAY_TASK in celery.conf.beat_schedule


def test_two_parts_must_not_use_the_same_name(add_part: AddPart) -> None:
    add_part(lambda: {"sweep": {}})
    add_part(lambda: {"sweep": {}})

    with pytest.raises(ValueError, match="Two parts have a schedule 'sweep'"):
        create_app({"APP_ENV": "testing"})
