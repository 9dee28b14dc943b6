"""RabbitMQ as the broker: a message that it does not confirm is not sent."""

from uuid import uuid4

import pytest
from amqp.exceptions import MessageNacked
from celery import Celery
from kombu import Queue

from {{ package_name }} import create_app


def test_a_message_that_rabbitmq_rejects_raises_an_error(
    broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_URL", broker_url)
    celery: Celery = create_app({"APP_ENV": "testing"}).extensions["celery"]
    full = Queue(
        f"test-{uuid4().hex}",
        durable=False,
        exclusive=True,
        queue_arguments={"x-max-length": 1, "x-overflow": "reject-publish"},
    )
    with celery.connection_for_write() as connection:
        full(connection).declare()
        producer = celery.amqp.Producer(connection)
        producer.publish("one", routing_key=full.name)

        with pytest.raises(MessageNacked):
            producer.publish("two", routing_key=full.name)
