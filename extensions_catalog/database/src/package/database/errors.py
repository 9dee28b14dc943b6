"""Responses to database errors: client errors, conflicts and outages."""

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
    """Return whether `reason` is a temporary outage and not a bad statement."""
    if isinstance(reason, exc.OperationalError):
        return _code(reason) != "SQLITE_ERROR"  # bad SQL
    return isinstance(reason, exc.InterfaceError | exc.TimeoutError)


def handle(reason: exc.SQLAlchemyError) -> Response:
    """Roll back and return the problem document. Re-raise errors of the code, such as bad SQL."""
    db.session.rollback()
    if (problem := _problem(reason)) is None:
        raise reason
    return errors.handle(problem)


def _problem(reason: exc.SQLAlchemyError) -> Problem | None:
    if isinstance(reason, StaleDataError):
        status = 412 if "If-Match" in request.headers else 409
        return Problem(status, "The resource has changed. Read it again.")
    if unavailable(reason):
        log.warning("database unavailable", reason=str(getattr(reason, "orig", reason)))
        return Problem(503, "The database is not available. Try again.", {"Retry-After": "1"})
    if isinstance(reason, exc.IntegrityError) and (code := _code(reason)) not in INVALID:
        if code in DUPLICATE:
            return Problem(409, "A resource with these values already exists.")
        return Problem(409, "A referenced resource is missing, or this one is still referenced.")
    if isinstance(reason, exc.IntegrityError | exc.DataError):
        # Not on reads: a 422 would hide that a stored row cannot be read.
        if request.method in SAFE_METHODS:
            return None
        return Problem(422, "The database does not accept these values.")
    if isinstance(reason, exc.StatementError) and isinstance(reason.orig, ValueError):
        return Problem(422, str(reason.orig))  # raised by a column type
    return None


def _code(reason: exc.DBAPIError) -> str:
    """Return PostgreSQL's SQLSTATE or SQLite's name of the error."""
    return str(
        getattr(reason.orig, "sqlstate", None) or getattr(reason.orig, "sqlite_errorname", "")
    )


def end_transaction(_error: BaseException | None) -> None:
    """Discard uncommitted changes. Ignore a dead connection: the server has rolled it back.

    Otherwise Flask-SQLAlchemy's teardown raises, and a completed response becomes a 500.
    """
    if db.session.registry.has():
        with suppress(exc.DBAPIError):
            db.session.close()  # rollback() would also expire each object


def init_app(app: Flask) -> None:
    """Handle the database errors of all requests."""
    app.register_error_handler(exc.SQLAlchemyError, handle)
    app.teardown_appcontext(end_transaction)  # before Flask-SQLAlchemy removes the session
