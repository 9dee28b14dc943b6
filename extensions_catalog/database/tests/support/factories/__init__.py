"""Factories make rows in the test's session. A part's own are in the module of its name."""

from factory.alchemy import SQLAlchemyModelFactory

from {{ package_name }}.database import db


class Factory(SQLAlchemyModelFactory):
    """Base of every factory: what it makes has its primary key, and ends with the test."""

    class Meta:
        abstract = True
        sqlalchemy_session_factory = db.session
        sqlalchemy_session_persistence = "flush"
