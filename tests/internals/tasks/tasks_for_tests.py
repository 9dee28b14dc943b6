"""Tasks that write what they do to a file, and that fail in different ways."""

import gc
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Task, shared_task
from celery.exceptions import Reject, SoftTimeLimitExceeded
from flask import current_app

from sample.database import db
from sample.tasks import enqueue
from tests.support.tasks_for_tests import enqueue_write, fail, write

__all__ = ["enqueue_write", "fail", "write"]


def append(path: str, line: str) -> None:
    """Append `line` to the file at `path`."""
    with Path(path).open("a") as file:
        file.write(f"{line}\n")


class OwnTask(Task[..., Any]):
    """A base class that overrides Celery's methods without calling them."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.run(*args, **kwargs)

    def before_start(self, _task_id: str, args: Any, _kwargs: Any) -> None:
        append(args[0], "own before_start")

    def on_failure(self, *_: Any) -> None:
        pass

    def after_return(self, *_: Any) -> None:
        pass


@shared_task(base=OwnTask)
def write_name(path: str) -> None:
    """Write the name of the current app."""
    append(path, current_app.name)


@shared_task(base=OwnTask)
def fail_by_itself(path: str) -> None:
    """Raise an error."""
    append(path, "run")
    raise ValueError(path)


@shared_task(base=OwnTask)
def die_by_itself(path: str) -> None:
    """Kill the process that runs this task."""
    append(path, "run")
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task
def forget(path: str) -> None:
    """Enqueue another task without committing or rolling back."""
    append(path, f"{len(db.session.new)} left over")
    enqueue(write, path, "forgotten")


@shared_task
def count_frozen(path: str) -> None:
    """Write the number of objects that garbage collection ignores."""
    append(path, str(gc.get_freeze_count()))


@shared_task
def die_once(path: str) -> None:
    """Kill the process in the first run only."""
    append(path, "run")
    if Path(path).read_text() == "run\n":
        os.kill(os.getpid(), signal.SIGKILL)


@shared_task
def die(path: str) -> None:
    """Kill the process that runs this task."""
    append(path, "run")
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task
def refuse(path: str) -> None:
    """Return the task to the queue."""
    append(path, "run")
    raise Reject("again", requeue=True)


@shared_task
def reject(path: str) -> None:
    """Reject the task without returning it to the queue."""
    raise Reject(path, requeue=False)


@shared_task
def linger(path: str) -> None:
    """Run for a minute."""
    append(path, "run")
    time.sleep(60)


@shared_task(soft_time_limit=1, time_limit=2)
def insist(path: str) -> None:
    """Ignore the soft time limit."""
    while True:
        with suppress(SoftTimeLimitExceeded):
            linger(path)
