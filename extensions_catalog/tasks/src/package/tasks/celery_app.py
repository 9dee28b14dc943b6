"""The Celery application, configured to lose no task and to limit how long requests wait."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery import Celery
from flask import Flask

from . import beat, broker, development, task_context
from .outbox import RELAY_TASK

CONFIRM_SECONDS = 1.0

SETTINGS: dict[str, Any] = {
    # Acknowledge a task when it is done, and redeliver it if its process is killed. Without the
    # second setting, Celery also acknowledges the task of a killed process.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_soft_time_limit": 300,  # seconds; then SoftTimeLimitExceeded is raised in the task
    "task_time_limit": 330,  # then its process is killed
    "worker_soft_shutdown_timeout": 20,  # below the stop_grace_period of 30 s in compose.yaml
    # The broker redelivers the tasks of a lost connection: stop them, or they run twice at once.
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,  # by default Celery gives up after 100 attempts
    "broker_connection_timeout": 1,
    # One immediate retry, because a restart of the broker closes the pooled connection.
    "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_max": 0},
    # Wraps this method of every task, whatever base class the task has.
    "task_annotations": {"*": {"@before_start": task_context.before_start}},
}


class CeleryApp(Celery):
    """A Celery application with a reference to its Flask application."""

    def __init__(self, flask_app: Flask) -> None:
        super().__init__(flask_app.name)
        self.flask_app = flask_app

    def send_task(self, *args: Any, **options: Any) -> Any:
        """Send a task. Wait at most `CONFIRM_SECONDS` until RabbitMQ confirms it.

        After a restart, RabbitMQ may accept a message and never confirm it.
        """
        return super().send_task(*args, **{"confirm_timeout": CONFIRM_SECONDS} | options)


def create_celery_app(app: Flask) -> Celery:
    """Return the service's Celery application, which uses the broker at `BROKER_URL`.

    Raises `ValueError` if two parts, or a part and the outbox, have a schedule of the same name.
    """
    url: str = app.config["BROKER_URL"]
    celery = CeleryApp(app)
    celery.conf.update(
        SETTINGS,
        broker_url=url,
        task_default_queue=app.name,
        timezone=app.config["SCHEDULES_TIMEZONE"],
        beat_schedule_filename=str(Path(app.instance_path, "beat-schedule")),
        beat_schedule={
            RELAY_TASK: {
                "task": RELAY_TASK,
                "schedule": 10,  # seconds
                "options": {"expires": 10},  # without workers they would accumulate
            }
        },
    )
    is_file = urlsplit(url).scheme == development.SCHEME
    celery.conf.update(development.options(url) if is_file else broker.options(app.name, url))
    celery.set_default()
    with app.app_context():  # schedules may depend on settings
        beat.add_schedules(celery)
    return celery
