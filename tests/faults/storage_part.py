"""A part that the tests add to a service: a view that stores a file, and a row with its key."""

from flask import Flask, request
from sqlalchemy.orm import Mapped, mapped_column

from .database import Model, db
from .storage import storage


class StoredFile(Model):
    """A file in the storage."""

    __tablename__ = "files"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]


def add_file() -> dict[str, int]:
    """Store the body of the request."""
    request.max_content_length = 10**9
    stored = storage.put(request.stream, types=("text/plain",), max_bytes=10**9)
    db.session.add(StoredFile(key=stored.key))
    db.session.commit()
    return {"size": stored.size}


def init_app(app: Flask) -> None:
    """Register the view."""
    app.add_url_rule("/files", view_func=add_file, methods=["POST"])
