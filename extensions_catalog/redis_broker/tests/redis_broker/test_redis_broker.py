"""Redis as the broker: it takes a task that lasts too long for one whose worker died."""

import pytest
from celery import Celery

from {{ package_name }} import create_app
from {{ package_name }}.tasks import broker


def test_a_task_ends_before_redis_delivers_it_again(
    broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_URL", broker_url)
    celery: Celery = create_app({"APP_ENV": "testing"}).extensions["celery"]

    assert celery.conf.task_time_limit < broker.VISIBILITY_TIMEOUT
