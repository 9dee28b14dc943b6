"""Selects that go straight to PostgreSQL's driver, once SQLAlchemy has shown how.

For a small question SQLAlchemy takes longer than the driver and the database together: it opens
a session, looks up how it compiled the statement, and makes objects for whoever may look on. What
that comes to is the same every time, so it is kept from the first execution.
"""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import CursorResult, Engine, Executable, IteratorResult, Result, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

LOOKING_ON = ("before_execute", "after_execute", "before_cursor_execute", "after_cursor_execute")


class Prepared:
    """A select as the driver takes it, and how its answer is read."""

    def __init__(self, compiled: SQLCompiler, answer: CursorResult[Any]) -> None:
        """Keep what SQLAlchemy made of the statement, and of the columns of its answer."""
        dialect = compiled.dialect
        self._sql = compiled.string
        self._values = compiled.construct_params
        self._converters = [
            (name, convert)
            for bind, name in compiled.bind_names.items()
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect))
        ]
        self._columns = answer._metadata

    def execute(self, engine: Engine, parameters: Mapping[str, Any]) -> Result[Any]:
        """Ask in autocommit, in which a connection only reads. Raises what SQLAlchemy would."""
        dialect, connection = engine.dialect, engine.raw_connection()
        driver: Any = connection.dbapi_connection
        try:
            values: Any = self._values(dict(parameters))
            for name, convert in self._converters:
                values[name] = convert(values[name])
            driver.autocommit = True
            found = driver.execute(self._sql, values).fetchall()
        except Exception as reason:
            if driver.closed:
                connection.invalidate(reason)
            raise DBAPIError.instance(
                self._sql,
                parameters,
                reason,
                dialect.loaded_dbapi.Error,
                hide_parameters=engine.hide_parameters,
                connection_invalidated=driver.closed,
                dialect=dialect,
            ) from reason
        finally:
            connection.close()
        return IteratorResult(self._columns, iter(found))


_kept: WeakKeyDictionary[Engine, WeakKeyDictionary[Executable, Prepared]] = WeakKeyDictionary()


def keep(statement: Executable, answer: CursorResult[Any]) -> None:
    """Keep what a select came to, where it will come to the same with other values."""
    compiled = answer.context.compiled
    if (
        isinstance(statement, Select)
        and isinstance(compiled, SQLCompiler)
        and compiled.dialect.name == "postgresql"
        and not (compiled.post_compile_params or compiled.literal_execute_params)
    ):
        kept = _kept.setdefault(answer.context.engine, WeakKeyDictionary())
        if statement not in kept:
            kept[statement] = Prepared(compiled, answer)


def find(statement: Executable, engine: Engine) -> Prepared | None:
    """Return how to execute `statement`, or None where SQLAlchemy has to do so itself.

    That is the first time, and while somebody looks on: a log of statements, a tracing library.
    """
    kept = _kept.get(engine)
    if kept is None or engine.echo or any(getattr(engine.dispatch, name) for name in LOOKING_ON):
        return None
    return kept.get(statement)
