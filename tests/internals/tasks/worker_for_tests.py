"""The entry point of a worker for the tests' tasks, with the names TEST_NAMES if it is set."""

import os
from collections.abc import Callable

from celery.concurrency.asynpool import AsynPool
from celery.concurrency.prefork import TaskPool

from sample.tasks.outbox import RELAY_TASK
from sample.worker import celery, service

from . import tasks_for_tests
from .names import use_names

__all__ = ["celery", "service", "tasks_for_tests"]


class ImpatientPool(AsynPool):
    """A pool that notices killed processes within 0.1 seconds."""

    @property
    def timers(self) -> dict[Callable[[], None], float]:
        return {self.maintain_pool: 0.1}


TaskPool.Pool = ImpatientPool
celery.conf.beat_schedule[RELAY_TASK]["schedule"] = 0.1
celery.conf.worker_soft_shutdown_timeout = 0.5
if name := os.environ.get("TEST_NAMES"):
    use_names(celery, name)
