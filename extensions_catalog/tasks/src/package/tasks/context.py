"""What surrounds every task: the application context, the ids in its log, and dead letters.

Signals, and a wrapper of `before_start`, hold for tasks of any base class. A task that is called
as a function sends no signal: it is part of its caller.
"""

from collections.abc import Callable
from typing import Any

from celery import signals
from celery.exceptions import Ignore, Reject
from celery.states import READY_STATES
from flask import g
from flask.globals import app_ctx
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from . import dead, outbox, redeliveries


@signals.task_prerun.connect
def enter_context(task: Any, task_id: str, **_: Any) -> None:
    """Push the application context, and add both ids to every line that the task logs."""
    task.app.flask_app.app_context().push()
    g.callers_log_context = get_contextvars()
    clear_contextvars()
    # Beat's tasks come from no request: their own id takes its place.
    request_id = (task.request.headers or {}).get("request_id") or task_id
    bind_contextvars(request_id=request_id, task_id=task_id)


def before_start(own: Callable[..., None]) -> Callable[..., None]:
    """Wrap the task's own `before_start`; unlike a signal's receiver, it can prevent the run."""

    def start(task: Any, task_id: str, args: Any, kwargs: Any) -> None:
        outbox.mark_started(task_id, task.request.headers)
        if is_redelivered(task) and redeliveries.too_many(task_id):
            dead.bury(task.app, task.name, task_id, args, kwargs, dead.TOO_OFTEN)
            raise Ignore(dead.TOO_OFTEN)
        own(task, task_id, args, kwargs)

    return start


@signals.task_postrun.connect
def leave_context(task: Any, task_id: str, state: str, **_: Any) -> None:
    """Restore the caller's log context, and pop the application context with its session."""
    if state in READY_STATES and is_redelivered(task):
        redeliveries.forget(task_id)
    clear_contextvars()
    bind_contextvars(**g.callers_log_context)
    app_ctx.pop()


def is_redelivered(task: Any) -> bool:
    """Return whether the broker delivered the running task before."""
    return bool((task.request.delivery_info or {}).get("redelivered"))


@signals.task_failure.connect
def keep_failed(
    sender: Any, task_id: str, exception: Exception, args: Any, kwargs: Any, **_: Any
) -> None:
    """Keep a task that failed as a dead letter."""
    if not (isinstance(exception, Reject) and dead.is_kept_by_broker(sender.app)):
        with sender.app.flask_app.app_context():
            dead.bury(sender.app, sender.name, task_id, args, kwargs, repr(exception))


@signals.task_unknown.connect
def keep_unknown(sender: Any, message: Any, name: str, **_: Any) -> None:
    """Keep a task that this worker does not know as a dead letter; Celery has rejected it."""
    task_id = message.headers["id"]
    with sender.app.flask_app.app_context():
        outbox.mark_started(task_id, message.headers)
        if not dead.is_kept_by_broker(sender.app):
            args, kwargs, _embedded = message.payload
            dead.bury(sender.app, name, task_id, args, kwargs, dead.UNKNOWN)


@signals.setup_logging.connect
def keep_log(**_: Any) -> None:
    """Keep the service's logging: Celery sets up its own only if this signal has no receiver."""


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    """Send the id of the current request, or task, with every task."""
    headers.setdefault("request_id", get_contextvars().get("request_id"))
