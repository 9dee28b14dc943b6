"""`Model`, which every model subclasses, and `db`, which holds engines and sessions."""

import enum
from datetime import datetime

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Enum, MetaData
from sqlalchemy.orm import DeclarativeBase, registry

from .columns import Integer, UTCDateTime


class Model(DeclarativeBase):
    """Base of every model.

    `Mapped[datetime]` is aware and UTC, `Mapped[int]` holds 32 bits, and an enumeration is
    stored as the member's name, on every engine.
    Constraints have names that are made from their table and columns: a migration can
    only drop what has a name.
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


db = SQLAlchemy(model_class=Model, session_options={"expire_on_commit": False})
