"""Database errors as problem documents: the client's error, a conflict, or an outage."""

from contextlib import suppress

import structlog
from flask import Flask, Response, request
from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from .. import errors
from ..errors import Problem
from .base import db
from .connections import SAFE_METHODS

DUPLICATE = {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
INVALID = {"23502", "23514", "SQLITE_CONSTRAINT_NOTNULL", "SQLITE_CONSTRAINT_CHECK"}

log = structlog.get_logger(__name__)


def unavailable(reason: exc.SQLAlchemyError) -> bool:
    """Return whether `reason` is an outage, which passes, and not a bad statement."""
    if isinstance(reason, exc.OperationalError):
        return _code(reason) != "SQLITE_ERROR"  # SQLite's name for bad SQL
    return isinstance(reason, exc.InterfaceError | exc.TimeoutError)


def handle(reason: exc.SQLAlchemyError) -> Response:
    """Roll back and return the problem document. Re-raise what is an error in the code."""
    db.session.rollback()
    if (problem := _problem(reason)) is None:
        raise reason
    return errors.handle(problem)


def _problem(reason: exc.SQLAlchemyError) -> Problem | None:
    if isinstance(reason, StaleDataError):
        status = 412 if "If-Match" in request.headers else 409
        return Problem(status, "It was changed meanwhile. Read it again.")
    if unavailable(reason):
        log.warning("database unavailable", reason=str(getattr(reason, "orig", reason)))
        return Problem(503, "The database is not available.", {"Retry-After": "1"})
    if isinstance(reason, exc.IntegrityError) and (code := _code(reason)) not in INVALID:
        if code in DUPLICATE:
            return Problem(409, "Something with these values exists already.")
        return Problem(409, "It refers to something missing, or is still referred to.")
    if isinstance(reason, exc.IntegrityError | exc.DataError):
        # Not on reads: this would hide a stored row that cannot be read.
        if request.method in SAFE_METHODS:
            return None
        return Problem(422, "The database does not accept these values.")
    if isinstance(reason, exc.StatementError) and isinstance(reason.orig, ValueError):
        return Problem(422, str(reason.orig))  # raised by a column type
    return None


def _code(reason: exc.DBAPIError) -> str:
    """Return PostgreSQL's SQLSTATE, or SQLite's name of the error."""
    return str(
        getattr(reason.orig, "sqlstate", None) or getattr(reason.orig, "sqlite_errorname", "")
    )


def end_transaction(_error: BaseException | None) -> None:
    """Roll back what was not committed. A dead connection has nothing left to roll back.

    Flask-SQLAlchemy would fail there, and turn a response that is complete into a 500.
    """
    if db.session.registry.has():
        with suppress(exc.DBAPIError):
            db.session.rollback()


def init_app(app: Flask) -> None:
    """Handle database errors of every request."""
    app.register_error_handler(exc.SQLAlchemyError, handle)
    app.teardown_appcontext(end_transaction)  # before Flask-SQLAlchemy removes the session
