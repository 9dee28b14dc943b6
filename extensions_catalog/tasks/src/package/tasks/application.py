"""The Celery application: what a killed worker, a slow task or a silent broker must not do."""

from pathlib import Path
from typing import Any

from celery import Celery
from flask import Flask

from . import broker, context, filesystem
from .outbox import RELAY_TASK

CONFIRM_SECONDS = 1.0

SETTINGS: dict[str, Any] = {
    # A task is acknowledged when it is done, so that it runs again if its process was killed;
    # late acknowledgement alone loses it.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_soft_time_limit": 300,  # seconds; then SoftTimeLimitExceeded is raised in the task
    "task_time_limit": 330,  # then its process is killed
    "worker_soft_shutdown_timeout": 20,  # below the stop_grace_period of 30 s in compose.yaml
    # A task that is running when the connection breaks will be delivered again: run it once.
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,  # Celery would give up for good after 100
    "broker_connection_timeout": 1,
    # Once more, at once: a broker that restarted has closed the pooled connection.
    "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_max": 0},
}


class Application(Celery):
    """Celery that waits for no broker's confirmation longer than a second.

    RabbitMQ that has just restarted may take a message and never confirm it: whoever sends would
    wait for ever.
    """

    def send_task(self, *args: Any, **options: Any) -> Any:
        """Send a task."""
        return super().send_task(*args, **{"confirm_timeout": CONFIRM_SECONDS} | options)


def build(app: Flask) -> Celery:
    """Return the service's Celery application, on the broker at `BROKER_URL`."""
    url: str = app.config["BROKER_URL"]
    celery = Application(app.name, task_cls=context.task_class(app))
    celery.conf.update(
        SETTINGS,
        broker_url=url,
        task_default_queue=app.name,
        beat_schedule_filename=str(Path(app.instance_path, "beat-schedule")),
        beat_schedule={
            RELAY_TASK: {
                "task": RELAY_TASK,
                "schedule": 10,  # seconds
                "options": {"expires": 10},  # without workers they would pile up
            }
        },
    )
    local = url.startswith(filesystem.PREFIX)
    celery.conf.update(filesystem.options(url) if local else broker.options(app.name, url))
    # Loaded now, which takes longer than the first probe or request may wait for the broker.
    celery.connection_for_write().get_transport_cls()
    celery.set_default()
    return celery
