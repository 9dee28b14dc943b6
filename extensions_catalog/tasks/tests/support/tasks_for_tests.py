"""Tasks for tests."""

from pathlib import Path

import structlog
from celery import shared_task

from {{ package_name }}.database import db
from {{ package_name }}.tasks import enqueue


@shared_task
def write(path: str, line: str) -> None:
    """Append `line` to the file at `path`."""
    structlog.get_logger().info("writing", line=line)
    with Path(path).open("a") as file:
        file.write(f"{line}\n")


@shared_task
def enqueue_write(path: str, line: str) -> None:
    """Enqueue the task `write`, and commit."""
    enqueue(write, path, line=line)
    db.session.commit()


@shared_task
def fail(reason: str) -> None:
    """Raise `ValueError(reason)`."""
    raise ValueError(reason)
