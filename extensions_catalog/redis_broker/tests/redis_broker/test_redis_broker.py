"""Redis as the broker: a task longer than the visibility timeout would run twice."""

import pytest
from celery import Celery

from {{ package_name }} import create_app
from {{ package_name }}.tasks import broker


def test_the_time_limit_of_tasks_is_below_the_visibility_timeout(
    broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_URL", broker_url)
    celery: Celery = create_app({"APP_ENV": "testing"}).extensions["celery"]

    assert celery.conf.task_time_limit < broker.VISIBILITY_TIMEOUT
