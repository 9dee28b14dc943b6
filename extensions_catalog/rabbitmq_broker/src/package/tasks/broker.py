"""RabbitMQ as the broker: what Celery needs to know so that it neither loses nor hangs."""

from typing import Any

from kombu import Exchange, Queue
from kombu.transport.base import StdChannel

SCHEMES = ("amqp", "amqps", "pyamqp")
MAX_DEAD_LETTERS = 10_000


def timeouts(seconds: float) -> dict[str, Any]:
    """Return the transport options that bound each wait for the server."""
    return {"connect_timeout": seconds, "read_timeout": seconds, "write_timeout": seconds}


def dead_letters(name: str) -> Queue:
    """Return the queue for what was given up of the queue `name`; the oldest make room."""
    arguments = {"x-queue-type": "quorum", "x-max-length": MAX_DEAD_LETTERS}
    return Queue(f"{name}.dead", queue_arguments=arguments)


class WorkQueue(Queue):
    """A quorum queue that is declared together with the one for its dead letters."""

    def declare(self, nowait: bool = False, channel: StdChannel | None = None) -> str | None:
        """Declare both, so that a message is never dead before it has somewhere to go."""
        dead_letters(self.name)(channel or self.channel).declare()
        return super().declare(nowait, channel)


def options(name: str, url: str) -> dict[str, Any]:
    """Return Celery's settings for the service `name` on the RabbitMQ at `url`."""
    name = f"{name}.work"  # RabbitMQ refuses to declare a queue again with other arguments
    queue = WorkQueue(
        name,
        Exchange(name, type="topic"),  # of a direct one, a delayed task would block its worker
        routing_key=name,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": 100,  # far above the runs that the service gives a task
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_letters(name).name,
        },
    )
    return {
        "task_queues": [queue],
        "task_default_queue": name,
        "task_default_exchange_type": "topic",
        # By default a certificate for any host will do; None stands for the one in the URL.
        "broker_use_ssl": url.startswith("amqps:") and {"server_hostname": None},
        "broker_transport_options": {
            "confirm_publish": True,  # without, a killed server lost what `delay()` had returned
            "max_retries": 0,  # kombu's own, 2 s apart, on top of Celery's
            **timeouts(1),
        },
    }
