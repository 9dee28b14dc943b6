"""Requests that may be sent again: with the same `Idempotency-Key` they act once.

The outcome is committed together with what the view changed, so that there is never one without
the other, whenever the process is killed. (draft-ietf-httpapi-idempotency-key-header)
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar, cast

from flask import Flask, Response, make_response, request
from sqlalchemy import (
    JSON,
    ForeignKey,
    LargeBinary,
    UniqueConstraint,
    and_,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from .api import Blueprint
from .auth import current_user
from .auth.models import User
from .database import Model, db
from .database.columns import Text, now
from .errors import Problem

KEPT = timedelta(hours=24)
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
KEY = re.compile('"?([!#-~]{1,255})"?')  # the draft has it quoted, most clients have not
PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
    "description": "A name for this request, which acts once even if it is sent again.",
}

View = TypeVar("View", bound=Callable[..., Any])


class IdempotencyKey(Model):
    """A request that was answered, and its answer."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("owner_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Text(255))
    request: Mapped[str] = mapped_column(Text(64))  # its SHA-256
    status: Mapped[int]
    headers: Mapped[list[list[str]]] = mapped_column(JSON)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(index=True)


def idempotent(view: View) -> View:
    """Answer a request whose `Idempotency-Key` is known as it was answered the first time.

    Stands right below the guard. The same key with another request is refused with 422, and while
    the first one is being served, with 409. An error is no outcome, and leaves nothing behind.
    """

    @Blueprint.doc(parameters=[PARAMETER], responses={"409": "CONFLICT"})
    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        if (given := request.headers.get("Idempotency-Key")) is None:
            return make_response(view(*args, **kwargs))
        if (key := KEY.fullmatch(given)) is None:
            raise Problem(400, "An Idempotency-Key has 1 to 255 visible characters.")
        with _one_transaction():
            _lock(key[1])
            if known := _known(key[1]):
                return _replayed(known)
            response = make_response(view(*args, **kwargs))
            db.session.add(
                IdempotencyKey(
                    owner_id=current_user.id,
                    key=key[1],
                    request=_fingerprint(),
                    status=response.status_code,
                    headers=[each for each in response.headers if each[0] in KEPT_HEADERS],
                    body=response.get_data(),
                    made_at=now(),
                )
            )
            return response

    return cast(View, answer)


@contextmanager
def _one_transaction() -> Iterator[None]:
    """Let all that the block commits be committed at its end, and nothing if it fails."""
    session = db.session()
    session.commit = session.flush  # type: ignore[method-assign] # of this request's session alone
    try:
        yield
    finally:
        del session.commit
    session.commit()


def _lock(key: str) -> None:
    """Serve one request of a key at a time. On SQLite whoever may write holds the only lock."""
    if db.engine.dialect.name == "postgresql":
        name = sha256(f"{current_user.id} {key}".encode()).digest()
        number = int.from_bytes(name[:8], "big", signed=True)
        if not db.session.scalar(select(func.pg_try_advisory_xact_lock(number))):
            raise Problem(409, "A request with this key is being served.", {"Retry-After": "1"})


def _known(key: str) -> IdempotencyKey | None:
    """Return the outcome kept of `key`, which has to be of this request. Raises a 422 `Problem`."""
    own = and_(IdempotencyKey.owner_id == current_user.id, IdempotencyKey.key == key)
    is_old = IdempotencyKey.made_at < now() - KEPT
    old = select(IdempotencyKey.id).where(is_old).limit(100)
    unlocked = old.with_for_update(skip_locked=True)  # by whoever else forgets them
    forgotten = or_(own, IdempotencyKey.id.in_(unlocked))
    db.session.execute(delete(IdempotencyKey).where(is_old, forgotten))
    known = db.session.scalar(select(IdempotencyKey).where(own))
    if known and known.request != _fingerprint():
        raise Problem(422, "This Idempotency-Key was used for another request.")
    return known


def _fingerprint() -> str:
    fingerprint = sha256(f"{request.method} {request.full_path}\n".encode())
    fingerprint.update(request.get_data())
    return fingerprint.hexdigest()


def _replayed(known: IdempotencyKey) -> Response:
    headers = [(name, value) for name, value in known.headers]
    return Response(known.body, known.status, [*headers, ("Idempotency-Replayed", "true")])


def init_app(_app: Flask) -> None:
    """Be imported: that makes the table known to migrations."""
