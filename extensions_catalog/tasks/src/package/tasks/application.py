"""The Celery application, set up to lose no task and to keep no request waiting for the broker."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery import Celery
from flask import Flask

from . import broker, context, development
from .outbox import RELAY_TASK

CONFIRM_SECONDS = 1.0

SETTINGS: dict[str, Any] = {
    # Acknowledge a task when it is done, and redeliver it if its process was killed. Late
    # acknowledgement alone loses the task of a killed process.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_soft_time_limit": 300,  # seconds; then SoftTimeLimitExceeded is raised in the task
    "task_time_limit": 330,  # then its process is killed
    "worker_soft_shutdown_timeout": 20,  # below the stop_grace_period of 30 s in compose.yaml
    # The broker redelivers the tasks of a broken connection; stop them, so that they run once.
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,  # by default Celery gives up after 100 attempts
    "broker_connection_timeout": 1,
    # One retry, at once: a broker that restarted has closed the pooled connection.
    "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_max": 0},
    # Wraps the method of every task, whatever base class the task has.
    "task_annotations": {"*": {"@before_start": context.before_start}},
}


class Application(Celery):
    """A Celery application that knows its Flask application."""

    def __init__(self, flask_app: Flask) -> None:
        super().__init__(flask_app.name)
        self.flask_app = flask_app

    def send_task(self, *args: Any, **options: Any) -> Any:
        """Send a task; wait at most `CONFIRM_SECONDS` for RabbitMQ to confirm it.

        A RabbitMQ that has just restarted may accept a message and never confirm it.
        """
        return super().send_task(*args, **{"confirm_timeout": CONFIRM_SECONDS} | options)


def build(app: Flask) -> Celery:
    """Return the service's Celery application, with the broker at `BROKER_URL`."""
    url: str = app.config["BROKER_URL"]
    celery = Application(app)
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
    local = urlsplit(url).scheme == development.SCHEME
    celery.conf.update(development.options(url) if local else broker.options(app.name, url))
    celery.set_default()
    return celery
