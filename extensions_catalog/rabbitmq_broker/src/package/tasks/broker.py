"""Celery's settings for RabbitMQ, chosen so that no task is lost and no process hangs."""

from typing import Any

from kombu import Exchange, Queue
from kombu.transport.base import StdChannel

SCHEMES = ("amqp", "amqps", "pyamqp")
MAX_DEAD_LETTERS = 10_000


def timeouts(seconds: float) -> dict[str, Any]:
    """Return the transport options that limit each wait for the server to `seconds`."""
    return {"connect_timeout": seconds, "read_timeout": seconds, "write_timeout": seconds}


def dead_letter_queue(name: str) -> Queue:
    """Return the queue for the dead letters of the queue `name`. A full queue drops the oldest."""
    arguments = {"x-queue-type": "quorum", "x-max-length": MAX_DEAD_LETTERS}
    return Queue(f"{name}.dead", queue_arguments=arguments)


class WorkQueue(Queue):
    """A quorum queue that is declared together with the queue for its dead letters."""

    def declare(self, nowait: bool = False, channel: StdChannel | None = None) -> str | None:
        """Declare the queue for dead letters first, because RabbitMQ drops them without one."""
        dead_letter_queue(self.name)(channel or self.channel).declare()
        return super().declare(nowait, channel)


def options(name: str, url: str) -> dict[str, Any]:
    """Return Celery's settings for the service `name` on the RabbitMQ at `url`."""
    name = f"{name}.work"  # RabbitMQ refuses to redeclare a queue with different arguments
    queue = WorkQueue(
        name,
        Exchange(name, type="topic"),  # with a direct exchange, delayed tasks block workers
        routing_key=name,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": 100,  # far above the service's own limit, MAX_RUNS
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_letter_queue(name).name,
        },
    )
    return {
        "task_queues": [queue],
        "task_default_queue": name,
        "task_default_exchange_type": "topic",
        # By default the host name in the certificate is not checked. None: the URL's host.
        "broker_use_ssl": url.startswith("amqps:") and {"server_hostname": None},
        "broker_transport_options": {
            "confirm_publish": True,  # otherwise a server that is killed loses sent tasks
            "max_retries": 0,  # of kombu, 2 s apart, in addition to Celery's
            **timeouts(1),
        },
    }
