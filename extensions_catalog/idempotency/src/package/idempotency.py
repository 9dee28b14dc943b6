"""`@idempotent`: a request that is repeated with the same `Idempotency-Key` takes effect once.

The response and the view's changes are committed together, so that a killed process stores both
or neither. (draft-ietf-httpapi-idempotency-key-header)
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar, cast

from flask import Flask, Response, make_response, request
from sqlalchemy import JSON, ForeignKey, LargeBinary, UniqueConstraint, delete, event, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .accounts import current_user
from .accounts.models import User
from .api import Blueprint
from .database import Model, db
from .database.columns import Text, now
from .errors import Problem

LIFETIME = timedelta(hours=24)
OMITTED_HEADERS = {"Content-Length", "Set-Cookie"}  # Content-Length is computed again
KEY = re.compile('"?([!#-~]{1,255})"?')  # the draft requires quotes, most clients omit them
PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
    "description": "A unique key. A request that is repeated with it takes effect once.",
}

View = TypeVar("View", bound=Callable[..., Any])


class IdempotencyKey(Model):
    """The key of a request, and the response to it."""

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
    """Commit the changes of `view` with its response, and replay the response for the same key.

    Place it directly below the guard. The view must not commit, because the decorator does, also
    without a key. An error of the view rolls everything back, and the request can be repeated.
    """

    @Blueprint.doc(parameters=[PARAMETER], responses={"409": "CONFLICT"})
    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Response:
        key = _read_key()
        if key and (stored := _find_stored(key)):
            return _replay(stored)
        with _one_transaction():
            response = make_response(view(*args, **kwargs))
            if key:
                db.session.add(_make_row(key, response))
        return response

    return cast(View, wrapper)


@contextmanager
def _one_transaction() -> Iterator[None]:
    """Commit after the block, or roll back if it fails. Raise an error if the block commits."""
    session = db.session()
    event.listen(session, "before_commit", _refuse_commit)
    try:
        yield
    except Exception:
        session.rollback()
        raise
    finally:
        event.remove(session, "before_commit", _refuse_commit)
    session.commit()


def _refuse_commit(_session: Session) -> None:
    raise RuntimeError("A view with @idempotent must not commit: call db.session.flush() instead.")


def _read_key() -> str | None:
    """Return the key of the request. Raises a 400 `Problem` if it is malformed."""
    if (given := request.headers.get("Idempotency-Key")) is None:
        return None
    if key := KEY.fullmatch(given):
        return key[1]
    raise Problem(400, "An Idempotency-Key must have 1 to 255 visible ASCII characters.")


def _find_stored(key: str) -> IdempotencyKey | None:
    """Return the stored response to an earlier request with `key`.

    Raises a 409 `Problem` if that request is running, and a 422 one if it was a different request.
    """
    if db.engine.dialect.name == "postgresql":  # on SQLite, writing requests run one at a time
        name = sha256(f"{current_user.id} {key}".encode()).digest()
        number = int.from_bytes(name[:8], "big", signed=True)
        if not db.session.scalar(select(func.pg_try_advisory_xact_lock(number))):
            raise Problem(409, "A request with this key is running.", {"Retry-After": "1"})
    own = (IdempotencyKey.owner_id == current_user.id) & (IdempotencyKey.key == key)
    is_old = IdempotencyKey.made_at < now() - LIFETIME
    old = select(IdempotencyKey.id).where(is_old).limit(100).with_for_update(skip_locked=True)
    db.session.execute(delete(IdempotencyKey).where(is_old, own | IdempotencyKey.id.in_(old)))
    stored = db.session.scalar(select(IdempotencyKey).where(own))
    if stored and stored.request != _fingerprint():
        raise Problem(422, "This Idempotency-Key was used for a different request.")
    return stored


def _make_row(key: str, response: Response) -> IdempotencyKey:
    response.direct_passthrough = False  # allows reading the body of a `send_file` response
    return IdempotencyKey(
        owner_id=current_user.id,
        key=key,
        request=_fingerprint(),
        status=response.status_code,
        headers=[list(pair) for pair in response.headers if pair[0] not in OMITTED_HEADERS],
        body=response.get_data(),
        made_at=now(),
    )


def _fingerprint() -> str:
    fingerprint = sha256(f"{request.method} {request.full_path}\n".encode())
    fingerprint.update(request.get_data())
    return fingerprint.hexdigest()


def _replay(stored: IdempotencyKey) -> Response:
    headers = [(name, value) for name, value in stored.headers]
    return Response(stored.body, stored.status, [*headers, ("Idempotency-Replayed", "true")])


def init_app(_app: Flask) -> None:
    """Do nothing. Importing this module adds its table to the metadata for migrations."""
