"""Ends logins."""

from sqlalchemy import ColumnElement, delete

from ..database import db
from .models import Login


def end_logins(*conditions: ColumnElement[bool]) -> None:
    """Delete the matching logins. After the commit, nobody is logged in by them."""
    db.session.execute(delete(Login).where(*conditions))
