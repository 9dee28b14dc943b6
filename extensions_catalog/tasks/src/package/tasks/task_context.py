"""Run every task in an application context, with ids in its log, and store dead letters.

Signals and a wrapper of `before_start` do this for tasks with any base class. A task that is
called as a function sends no signal: it runs in its caller's context.
"""

from collections.abc import Callable
from typing import Any

from celery import signals
from celery.exceptions import Ignore, Reject
from celery.states import READY_STATES
from flask import g
from flask.globals import app_ctx
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from .. import parts
from . import dead_letters, outbox, redeliveries


@signals.task_prerun.connect
def enter_context(task: Any, task_id: str, **_: Any) -> None:
    """Push an application context, and add the request's id and the task's to its log lines."""
    task.app.flask_app.app_context().push()
    g.callers_log_context = get_contextvars()
    clear_contextvars()
    # Tasks that beat sends belong to no request: their own id is used instead.
    request_id = (task.request.headers or {}).get("request_id") or task_id
    bind_contextvars(request_id=request_id, task_id=task_id)


def before_start(original: Callable[..., None]) -> Callable[..., None]:
    """Wrap a task's `before_start`. Unlike the receiver of a signal, this can prevent the run."""

    def start(task: Any, task_id: str, args: Any, kwargs: Any) -> None:
        outbox.mark_started(task_id, task.request.headers)
        if is_redelivered(task) and redeliveries.too_many(task_id):
            dead_letters.add(task.app, task.name, task_id, args, kwargs, dead_letters.TOO_OFTEN)
            raise Ignore(dead_letters.TOO_OFTEN)
        original(task, task_id, args, kwargs)

    return start


@signals.task_postrun.connect
def leave_context(task: Any, task_id: str, state: str, **_: Any) -> None:
    """Restore the caller's log context, and pop the application context and its session."""
    if state in READY_STATES and is_redelivered(task):
        redeliveries.forget(task_id)
    clear_contextvars()
    bind_contextvars(**g.callers_log_context)
    app_ctx.pop()


def is_redelivered(task: Any) -> bool:
    """Return whether the broker had delivered the running task before."""
    return bool((task.request.delivery_info or {}).get("redelivered"))


@signals.task_failure.connect
def keep_failed(
    sender: Any, task_id: str, exception: Exception, args: Any, kwargs: Any, **_: Any
) -> None:
    """Store a failed task as a dead letter, unless the broker does."""
    if not (isinstance(exception, Reject) and dead_letters.broker_keeps_rejected(sender.app)):
        with sender.app.flask_app.app_context():
            dead_letters.add(sender.app, sender.name, task_id, args, kwargs, repr(exception))


@signals.task_unknown.connect
def keep_unknown(sender: Any, message: Any, name: str, **_: Any) -> None:
    """Store a task that this worker does not know as a dead letter; Celery has rejected it."""
    task_id = message.headers["id"]
    with sender.app.flask_app.app_context():
        outbox.mark_started(task_id, message.headers)
        if not dead_letters.broker_keeps_rejected(sender.app):
            args, kwargs, _embedded = message.payload
            dead_letters.add(sender.app, name, task_id, args, kwargs, dead_letters.UNKNOWN)


@signals.setup_logging.connect
def keep_log(**_: Any) -> None:
    """Keep the service's logging: Celery replaces it if this signal has no receiver."""


@signals.before_task_publish.connect
def add_headers(headers: dict[str, Any], **_: Any) -> None:
    """Add the id of the current request, and the headers of parts, unless the outbox did."""
    if "request_id" not in headers:
        headers["request_id"] = get_contextvars().get("request_id")
        for given in parts.run_hooks("message_headers"):
            headers.update(given)
