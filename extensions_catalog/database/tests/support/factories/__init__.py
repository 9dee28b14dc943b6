"""Factories create rows in the test's session. Each part has a module of its name here."""

from factory.alchemy import SQLAlchemyModelFactory

from {{ package_name }}.database import db


class Factory(SQLAlchemyModelFactory):
    """Base of all factories. Rows are flushed, and rolled back with the test."""

    class Meta:
        abstract = True
        sqlalchemy_session_factory = db.session
        sqlalchemy_session_persistence = "flush"
