"""Celery without a service: with its defaults, and with the service's delivery settings."""

import os
from functools import cache

import psycopg
from celery import Celery, shared_task

defaults = Celery(broker=os.environ["BROKER_URL"])
defaults.conf.task_default_queue = "bench"

# No task is lost with its worker or its broker.
safe = Celery(broker=os.environ["BROKER_URL"])
safe.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="bench",
    worker_prefetch_multiplier=1,
)


@shared_task(name="nothing")
def nothing() -> None:
    """Do nothing."""


@cache
def connection() -> psycopg.Connection:
    """Return this process's connection."""
    return psycopg.connect(os.environ["DATABASE_URL"])


@shared_task(name="in_transaction")
def in_transaction() -> None:
    """Send a query and end its transaction, as a session does."""
    connection().execute("SELECT 1").fetchall()
    connection().rollback()
