"""Celery without a service around it: as it comes, and with the service's delivery settings."""

import os
from functools import cache

import psycopg
from celery import Celery

as_it_comes = Celery("plain", broker=os.environ["BROKER_URL"])
as_it_comes.conf.task_default_queue = "plain"

# A task is lost neither with its worker nor with its broker: what a service's tasks need.
safe = Celery("plain", broker=os.environ["BROKER_URL"])
safe.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="plain",
    worker_prefetch_multiplier=1,
)


@as_it_comes.task(name="nothing")
def nothing() -> None:
    """Do nothing."""


@safe.task(name="nothing")
def nothing_safely() -> None:
    """Do nothing."""


@cache
def connection() -> psycopg.Connection:
    """Return this process's connection."""
    return psycopg.connect(os.environ["DATABASE_URL"])


@safe.task(name="nothing_in_transaction")
def nothing_in_transaction() -> None:
    """Ask the database for anything, as a session does that is closed after it."""
    connection().execute("SELECT 1").fetchall()
    connection().rollback()
