"""What goes along with a task: the service's context, the request's id, and the service's log."""

from contextlib import nullcontext
from typing import Any

from celery import Task
from celery.exceptions import Ignore
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun
from flask import Flask
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from . import dead, outbox, redeliveries


def task_class(app: Flask) -> type[Task[..., Any]]:
    """Return the class of tasks that run in the context of `app`, each with a clean session.

    One that is called as a function, by a view or a test, is part of what its caller does. What
    fails for good, or was delivered again and again, is kept as a dead letter.
    """

    class ServiceTask(Task[..., Any]):
        def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
            with app.app_context():
                if outbox.is_from(self):
                    outbox.hand_over(task_id)
                # What was begun too often kills its worker each time.
                if redeliveries.is_one(self) and redeliveries.too_many(task_id):
                    dead.bury(self, task_id, args, kwargs, dead.TOO_OFTEN)
                    raise Ignore(dead.TOO_OFTEN)

        def on_failure(
            self, exc: Exception, task_id: str, args: Any, kwargs: Any, _info: Any
        ) -> None:
            with app.app_context():
                dead.bury(self, task_id, args, kwargs, repr(exc))

        def after_return(self, _status: str, _value: Any, task_id: str, *_: Any) -> None:
            if redeliveries.is_one(self):
                with app.app_context():
                    redeliveries.forget(task_id)

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with nullcontext() if self.request.called_directly else app.app_context():
                return self.run(*args, **kwargs)

    return ServiceTask


@setup_logging.connect
def keep_log(**_: Any) -> None:
    """Leave the log as the service has set it up: Celery steps back when anyone listens."""


@before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    """Send the id of the current request, or task, along."""
    headers.setdefault("request_id", get_contextvars().get("request_id"))


@task_prerun.connect
def bind_request_id(task: Task[..., Any], task_id: str, **_: Any) -> None:
    """Put both ids into every line of the task; what beat sends goes by its own."""
    clear_contextvars()
    bind_contextvars(request_id=task.request.get("request_id") or task_id, task_id=task_id)


@task_postrun.connect
def clear_request_id(**_: Any) -> None:
    """Leave nothing to the next task of this process."""
    clear_contextvars()
