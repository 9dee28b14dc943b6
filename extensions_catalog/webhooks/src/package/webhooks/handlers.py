"""Handlers of events, and the task that runs them: each event takes effect once.

The changes of a handler and the state of its event are committed together. If the worker or the
database is killed before the commit, nothing has happened, and the task runs again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from celery import Task, shared_task
from sqlalchemy import event as events
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ..database import db
from ..database.columns import now
from .models import MAX_ERROR, State, WebhookEvent

MAX_RETRIES = 15  # after 10, 20, 40, 80, 160 and then always 300 seconds: about an hour

Handler = Callable[[WebhookEvent], None]
HANDLERS: dict[tuple[str, str], Handler] = {}  # by provider and type


def handler(provider: str, event_type: str) -> Callable[[Handler], Handler]:
    """Let the decorated function handle the events of a type. Raises `ValueError` for a second one.

    The function must not commit or roll back. It may raise any exception to be called again later.
    """

    def register(function: Handler) -> Handler:
        if (provider, event_type) in HANDLERS:
            raise ValueError(f"The events {event_type!r} of {provider!r} have another handler.")
        HANDLERS[provider, event_type] = function
        return function

    return register


@shared_task(
    bind=True,
    name="webhooks.handle",
    autoretry_for=(Exception,),
    max_retries=MAX_RETRIES,
    retry_backoff=10,
    retry_backoff_max=300,  # the brokers' guides say why it is below ten minutes
    retry_jitter=False,
)
def handle(self: Task[..., None], event_id: int) -> None:
    """Call the handler of an event, unless the event has been handled."""
    try:
        _handle_once(event_id)
    except Exception as reason:
        db.session.rollback()
        is_last = self.request.retries >= MAX_RETRIES
        _store_failure(event_id, reason, State.FAILED if is_last else State.PENDING)
        raise


def _handle_once(event_id: int) -> None:
    event = db.session.get_one(WebhookEvent, event_id, with_for_update=True)
    if event.state is State.HANDLED:
        return
    with _one_transaction():
        HANDLERS[event.provider, event.type](event)
    event.attempts += 1
    event.state, event.handled_at = State.HANDLED, now()
    db.session.commit()


def _store_failure(event_id: int, reason: Exception, state: State) -> None:
    # Another run of the task may have handled the event since this one was rolled back.
    is_open = (WebhookEvent.id == event_id) & (WebhookEvent.state != State.HANDLED)
    values = {"attempts": WebhookEvent.attempts + 1, "error": repr(reason)[:MAX_ERROR]}
    with suppress(SQLAlchemyError):
        db.session.execute(update(WebhookEvent).where(is_open).values(state=state, **values))
        db.session.commit()


@contextmanager
def _one_transaction() -> Iterator[None]:
    """Raise `RuntimeError` if the block ends the session's transaction."""
    session = db.session()
    transaction = session.get_transaction()
    events.listen(session, "before_commit", _refuse_commit)
    try:
        yield
    finally:
        events.remove(session, "before_commit", _refuse_commit)
    if session.get_transaction() is not transaction:
        raise RuntimeError("A handler must not roll back: use db.session.begin_nested() instead.")


def _refuse_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        raise RuntimeError("A handler must not commit: its changes are committed with the event.")
