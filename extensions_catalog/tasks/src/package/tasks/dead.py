"""Dead letters: tasks that were given up, kept at the broker until somebody decides.

They are messages like any other, in a queue beside that of the work which no worker listens to.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from celery import Celery, Task
from kombu import Message

from . import broker, redeliveries

TOO_OFTEN = "delivered too often"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Letter:
    """One dead letter, lent by the broker: what becomes of it is for whoever holds it."""

    message: Message

    @property
    def id(self) -> str:
        """The task's id, which it keeps when it is sent again."""
        return str(self.message.headers["id"])

    @property
    def call(self) -> str:
        """The task and its arguments, as Python would write them."""
        args, kwargs, _ = self.message.payload
        arguments = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
        return f"{self.message.headers['task']}({', '.join(arguments)})"

    @property
    def reason(self) -> str:
        """Why it was given up; what the broker gave up was delivered too often."""
        return str(self.message.headers.get("given_up", TOO_OFTEN))

    def send_again(self, celery: Celery) -> None:
        """Send the task to the workers; it leaves the dead letters once the broker has it."""
        args, kwargs, _ = self.message.payload
        celery.send_task(
            self.message.headers["task"],
            args,
            kwargs,
            task_id=self.id,
            headers={"request_id": self.message.headers.get("request_id")},
        )
        self.message.ack()


def bury(
    task: Task[..., Any], task_id: str, args: Sequence[Any], kwargs: Mapping[str, Any], reason: str
) -> None:
    """Keep a task that was given up as a dead letter; it may have as many runs again."""
    log.error("task given up", task=task.name, task_id=task_id, reason=reason)
    redeliveries.forget(task_id)  # before anybody can send it again
    task.app.send_task(  # which does not look at the arguments: they may be what is wrong
        task.name,
        tuple(args),
        dict(kwargs),
        task_id=task_id,
        queue=broker.dead_letters(task.app.conf.task_default_queue),  # type: ignore[arg-type]
        headers={"given_up": reason},
    )


@contextmanager
def letters(celery: Celery) -> Iterator[list[Letter]]:
    """Lend all dead letters; those of which nothing has become go back, in their order.

    They go back as new messages: RabbitMQ counts how often one was returned, and from version 4
    on drops it after twenty times.
    """
    queue = broker.dead_letters(celery.conf.task_default_queue)
    with celery.connection_for_read() as connection:
        bound = queue(connection.default_channel)
        bound.declare()
        lent = [Letter(message) for message in iter(bound.get, None)]
        try:
            yield lent
        finally:
            producer = celery.amqp.Producer(connection)
            for message in (letter.message for letter in lent if not letter.message.acknowledged):
                producer.publish(
                    message.body,
                    routing_key=queue.name,
                    headers=message.headers,
                    content_type=message.content_type,
                    content_encoding=message.content_encoding,
                )
                message.ack()
