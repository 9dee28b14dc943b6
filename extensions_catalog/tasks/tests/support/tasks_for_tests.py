"""Tasks that only tests send."""

from pathlib import Path

import structlog
from celery import shared_task

from {{ package_name }}.database import db
from {{ package_name }}.tasks import enqueue


@shared_task
def write(path: str, line: str) -> None:
    """Append a line to a file."""
    structlog.get_logger().info("writing", line=line)
    with Path(path).open("a") as file:
        file.write(f"{line}\n")


@shared_task
def hand_on(path: str, line: str) -> None:
    """Enqueue another task, and commit."""
    enqueue(write, path, line=line)
    db.session.commit()


@shared_task
def fail(reason: str) -> None:
    """Fail for that reason."""
    raise ValueError(reason)
