"""Tasks that only tests send. They tell what they did by lines in a file."""

import gc
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import structlog
from celery import shared_task
from celery.exceptions import Reject, SoftTimeLimitExceeded

from sample.database import db
from sample.tasks import enqueue


def note(path: str, line: str) -> None:
    with Path(path).open("a") as file:
        file.write(f"{line}\n")


@shared_task
def write(path: str, line: str) -> None:
    structlog.get_logger().info("writing", line=line)
    note(path, line)


@shared_task
def hand_on(path: str, line: str) -> None:
    """Enqueue another task, and commit."""
    enqueue(write, path, line=line)
    db.session.commit()


@shared_task
def forget(path: str) -> None:
    """Enqueue another task, and neither commit nor roll back."""
    note(path, f"{len(db.session.new)} left over")
    enqueue(write, path, "forgotten")


@shared_task
def count_frozen(path: str) -> None:
    note(path, str(gc.get_freeze_count()))


@shared_task
def die_once(path: str) -> None:
    note(path, "run")
    if Path(path).read_text() == "run\n":
        os.kill(os.getpid(), signal.SIGKILL)


@shared_task
def die(path: str) -> None:
    note(path, "run")
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task
def refuse(path: str) -> None:
    note(path, "run")
    raise Reject("again", requeue=True)


@shared_task
def fail(reason: str) -> None:
    raise ValueError(reason)


@shared_task
def linger(path: str) -> None:
    note(path, "run")
    time.sleep(60)


@shared_task(soft_time_limit=1, time_limit=2)
def insist(path: str) -> None:
    """Go on, whatever the soft limit says."""
    while True:
        with suppress(SoftTimeLimitExceeded):
            linger(path)
