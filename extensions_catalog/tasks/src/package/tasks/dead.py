"""Dead letters: tasks that were given up, kept at the broker until an operator decides.

They are messages in a queue beside the work queue, which no worker consumes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from celery import Celery
from kombu import Message

from . import broker, redeliveries

TOO_OFTEN = "delivered too often"
UNKNOWN = "the worker does not know this task"

log = structlog.get_logger(__name__)


def bury(celery: Celery, name: str, task_id: str, args: Any, kwargs: Any, reason: str) -> None:
    """Keep a task that was given up as a dead letter; after a retry it has all its runs again."""
    log.error("task given up", task=name, task_id=task_id, reason=reason)
    redeliveries.forget(task_id)  # before anybody can send it again
    celery.send_task(  # by name, which does not check the arguments: they may be the reason
        name,
        tuple(args),
        dict(kwargs),
        task_id=task_id,
        queue=broker.dead_letters(celery.conf.task_default_queue),  # type: ignore[arg-type]
        headers={"given_up": reason},
    )


def is_kept_by_broker(celery: Celery) -> bool:
    """Return whether the broker itself moves rejected messages to the dead letters."""
    queue = celery.amqp.queues[celery.conf.task_default_queue]
    return "x-dead-letter-exchange" in (queue.queue_arguments or {})


def describe(message: Message) -> tuple[str, str, str]:
    """Return the task's id, its call as Python writes it, and why it was given up."""
    headers: dict[str, Any] = message.headers
    args, kwargs, _ = message.payload
    arguments = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
    # RabbitMQ writes the header `x-death` when it moves a message itself.
    moves = headers.get("x-death", [{}])
    rejected = moves[0].get("reason") == "rejected"
    reason = f"{UNKNOWN}, or raised Reject" if rejected else TOO_OFTEN
    call = f"{headers['task']}({', '.join(arguments)})"
    return headers["id"], call, headers.get("given_up", reason)


def send_again(celery: Celery, message: Message) -> None:
    """Send the task to the workers; the dead letter goes when the broker has the task."""
    args, kwargs, _ = message.payload
    headers = {"request_id": message.headers.get("request_id")}
    task_id = message.headers["id"]
    celery.send_task(message.headers["task"], args, kwargs, task_id=task_id, headers=headers)
    message.ack()


@contextmanager
def letters(celery: Celery) -> Iterator[list[Message]]:
    """Receive all dead letters; on exit, put back those that were not acknowledged.

    They are published as new messages. RabbitMQ counts how often a message is returned, and
    version 4 drops it after twenty times.
    """
    queue = broker.dead_letters(celery.conf.task_default_queue)
    with celery.connection_for_read() as connection:
        bound = queue(connection.default_channel)
        bound.declare()
        received = list(iter(bound.get, None))
        try:
            yield received
        finally:
            producer = celery.amqp.Producer(connection)
            for message in received:
                if not message.acknowledged:
                    producer.publish(
                        message.body,
                        routing_key=queue.name,
                        headers=message.headers,
                        content_type=message.content_type,
                        content_encoding=message.content_encoding,
                    )
                    message.ack()
