"""What tests ask the outbox and `flask tasks`."""

import json
from uuid import uuid4

from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from sample.database import db
from sample.database.columns import now
from sample.tasks.outbox import Outbox
from tests.support.tasks_for_tests import write


def flask_tasks(app: Flask, *arguments: str) -> Result:
    with app.app_context():  # else the command takes the one that is pushed already
        return app.test_cli_runner().invoke(args=["tasks", *arguments])


def left_behind(path: str) -> Outbox:
    """Return a message as it is when its process is killed between commit and sending."""
    arguments = json.dumps([[path, "line"], {}])
    return Outbox(id=uuid4(), task=write.name, arguments=arguments, request_id="abc-3")


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(Outbox)) or 0


def waiting() -> int:
    return db.session.scalar(select(func.count()).where(Outbox.due_at <= now())) or 0
