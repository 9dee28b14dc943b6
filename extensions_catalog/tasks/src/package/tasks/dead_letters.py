"""Dead letters: tasks that will not run again, until an operator retries or deletes them.

They are messages in a queue of the broker that no worker consumes.
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


def add(celery: Celery, name: str, task_id: str, args: Any, kwargs: Any, reason: str) -> None:
    """Store a task as a dead letter. If it is retried, its redeliveries count from zero."""
    log.error("task given up", task=name, task_id=task_id, reason=reason)
    redeliveries.forget(task_id)  # first: an operator may retry the dead letter at once
    celery.send_task(  # by name: this skips the check of the arguments, which may be invalid
        name,
        tuple(args),
        dict(kwargs),
        task_id=task_id,
        queue=broker.dead_letter_queue(celery.conf.task_default_queue),  # type: ignore[arg-type]
        headers={"given_up": reason},
    )


def broker_keeps_rejected(celery: Celery) -> bool:
    """Return whether the broker itself moves rejected messages to the dead letters."""
    queue = celery.amqp.queues[celery.conf.task_default_queue]
    return "x-dead-letter-exchange" in (queue.queue_arguments or {})


def describe(message: Message) -> tuple[str, str, str]:
    """Return the id of a dead letter, its call as Python source, and why it is one."""
    headers: dict[str, Any] = message.headers
    args, kwargs, _ = message.payload
    arguments = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
    # RabbitMQ adds this header to each message that it moves itself.
    moves = headers.get("x-death", [{}])
    rejected = moves[0].get("reason") == "rejected"
    reason = f"{UNKNOWN}, or raised Reject" if rejected else TOO_OFTEN
    call = f"{headers['task']}({', '.join(arguments)})"
    return headers["id"], call, headers.get("given_up", reason)


def retry(celery: Celery, message: Message) -> None:
    """Send the task to the workers, then delete the dead letter."""
    args, kwargs, _ = message.payload
    headers = {"request_id": message.headers.get("request_id")}
    task_id = message.headers["id"]
    celery.send_task(message.headers["task"], args, kwargs, task_id=task_id, headers=headers)
    message.ack()


@contextmanager
def receive(celery: Celery) -> Iterator[list[Message]]:
    """Receive all dead letters; on exit, put back those that were not acknowledged.

    They are published as new messages, because RabbitMQ 4 drops a message that is returned more
    than twenty times.
    """
    queue = broker.dead_letter_queue(celery.conf.task_default_queue)
    with celery.connection_for_read() as connection:
        bound = queue(connection.default_channel)
        bound.declare()
        messages = list(iter(bound.get, None))
        try:
            yield messages
        finally:
            producer = celery.amqp.Producer(connection)
            for message in messages:
                if not message.acknowledged:
                    producer.publish(
                        message.body,
                        routing_key=queue.name,
                        headers=message.headers,
                        content_type=message.content_type,
                        content_encoding=message.content_encoding,
                    )
                    message.ack()
