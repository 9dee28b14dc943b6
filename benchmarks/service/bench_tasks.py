"""Tasks that do nothing, to measure what a task costs."""

from celery import shared_task
from flask import Flask
from sqlalchemy import select

from .database import db


@shared_task(name="nothing")
def nothing() -> None:
    """Do nothing, in the service's context."""


@shared_task(name="nothing_in_session")
def nothing_in_session() -> None:
    """Only open a session and send a query."""
    db.session.execute(select(1))


def init_app(_app: Flask) -> None:
    """Do nothing: importing this module registers the tasks."""
