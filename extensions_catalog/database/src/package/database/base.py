"""`db`, the Flask-SQLAlchemy extension, and `Model`, the base class of all models."""

import enum
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Enum, MetaData
from sqlalchemy.orm import DeclarativeBase, registry

from .columns import Integer, UTCDateTime


class Base(DeclarativeBase):
    """The column types and constraint names of all models.

    On SQLite and PostgreSQL, `Mapped[datetime]` is aware and in UTC, `Mapped[int]` has 32 bits,
    and an enumeration is stored by the member's name. Constraints are named after their table
    and columns: a migration can only drop a constraint that has a name.
    """

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UTCDateTime(),
            int: Integer(),
            enum.Enum: Enum(enum.Enum, native_enum=False, length=32),
        },
    )


class Session(FlaskSession):
    """Flask-SQLAlchemy's session, except that tests can bind it to one connection."""

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kw: Any) -> Any:
        """Return the `bind` of the session if it is set, else the engine of the model."""
        return super().get_bind(mapper, clause, bind or self.bind, **kw)


db = SQLAlchemy(model_class=Base, session_options={"class_": Session, "expire_on_commit": False})

if TYPE_CHECKING:  # mypy does not accept `db.Model` as a base class
    Model = Base
else:
    Model = db.Model
