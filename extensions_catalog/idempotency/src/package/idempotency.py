"""`@idempotent`: a request that is repeated with the same `Idempotency-Key` acts once.

The response is committed together with what the view changed, so neither exists without the
other, whenever the process is killed. (draft-ietf-httpapi-idempotency-key-header)
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

from .api import Blueprint
from .auth import current_user
from .auth.models import User
from .database import Model, db
from .database.columns import Text, now
from .errors import Problem

KEPT = timedelta(hours=24)
DROPPED_HEADERS = {"Content-Length", "Set-Cookie"}  # the first one is computed again
KEY = re.compile('"?([!#-~]{1,255})"?')  # the draft has it quoted, most clients have not
PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
    "description": "A name for this request. If it is repeated, it acts once.",
}

View = TypeVar("View", bound=Callable[..., Any])


class IdempotencyKey(Model):
    """A request that was served, and its response."""

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
    """Commit what `view` did together with its response, and replay that response for its key.

    Place it right below the guard. The view must not commit: the decorator does, also without a
    key. If the view raises an error, everything is rolled back and the request may be repeated.
    """

    @Blueprint.doc(parameters=[PARAMETER], responses={"409": "CONFLICT"})
    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        key = _key()
        if key and (known := _known(key)):
            return _replayed(known)
        with _one_transaction():
            response = make_response(view(*args, **kwargs))
            if key:
                db.session.add(_outcome(key, response))
        return response

    return cast(View, answer)


@contextmanager
def _one_transaction() -> Iterator[None]:
    """Commit when the block ends, and roll back if it fails. The block itself must not commit."""
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
    raise RuntimeError("@idempotent commits. Call db.session.flush() in the view instead.")


def _key() -> str | None:
    """Return the request's key. Raises a 400 `Problem` if it is malformed."""
    if (given := request.headers.get("Idempotency-Key")) is None:
        return None
    if key := KEY.fullmatch(given):
        return key[1]
    raise Problem(400, "An Idempotency-Key has 1 to 255 visible characters.")


def _known(key: str) -> IdempotencyKey | None:
    """Return the outcome of an earlier request with `key`.

    Raises a 409 `Problem` if that is being served, and a 422 one if it was another request.
    """
    if db.engine.dialect.name == "postgresql":  # SQLite serves one writing request at a time
        name = sha256(f"{current_user.id} {key}".encode()).digest()
        number = int.from_bytes(name[:8], "big", signed=True)
        if not db.session.scalar(select(func.pg_try_advisory_xact_lock(number))):
            raise Problem(409, "A request with this key is being served.", {"Retry-After": "1"})
    own = (IdempotencyKey.owner_id == current_user.id) & (IdempotencyKey.key == key)
    is_old = IdempotencyKey.made_at < now() - KEPT
    old = select(IdempotencyKey.id).where(is_old).limit(100).with_for_update(skip_locked=True)
    db.session.execute(delete(IdempotencyKey).where(is_old, own | IdempotencyKey.id.in_(old)))
    known = db.session.scalar(select(IdempotencyKey).where(own))
    if known and known.request != _fingerprint():
        raise Problem(422, "This Idempotency-Key was used for another request.")
    return known


def _outcome(key: str, response: Response) -> IdempotencyKey:
    response.direct_passthrough = False  # the body of `send_file` is stored, too
    return IdempotencyKey(
        owner_id=current_user.id,
        key=key,
        request=_fingerprint(),
        status=response.status_code,
        headers=[list(pair) for pair in response.headers if pair[0] not in DROPPED_HEADERS],
        body=response.get_data(),
        made_at=now(),
    )


def _fingerprint() -> str:
    fingerprint = sha256(f"{request.method} {request.full_path}\n".encode())
    fingerprint.update(request.get_data())
    return fingerprint.hexdigest()


def _replayed(known: IdempotencyKey) -> Response:
    headers = [(name, value) for name, value in known.headers]
    return Response(known.body, known.status, [*headers, ("Idempotency-Replayed", "true")])


def init_app(_app: Flask) -> None:
    """Do nothing: importing this module makes its table known to migrations."""
