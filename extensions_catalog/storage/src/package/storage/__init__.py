"""Files of users, in S3 or a compatible service; on disk in development, in memory in tests."""

from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from environs import ValidationError
from flask import Flask, current_app
from werkzeug.local import LocalProxy

from ..checks import CheckMessage, error, warning
from ..environment import Environment
from . import s3, views
from .base import SignedUpload, Storage, StoredFile
from .local import LocalStorage
from .memory import MemoryStorage

__all__ = ["SignedUpload", "StoredFile", "storage"]

API_PATHS = ("/storage/",)  # they use no cookies
DEFAULT_URLS = {"development": "file:instance/storage", "testing": "memory:", "production": ""}

storage = cast(Storage, LocalProxy(lambda: current_app.extensions["storage"]))


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the URL of the storage."""
    url = env.str("STORAGE_URL", DEFAULT_URLS[env.name], validate=_require_storage)
    return {"STORAGE_URL": url}


def _require_storage(url: str) -> None:
    parsed = urlsplit(url)
    if parsed.scheme == "s3" and parsed.netloc:
        s3.Address.parse(url)
    elif url and not (parsed.scheme == "file" and parsed.path) and url != "memory:":
        raise ValidationError("Use s3://bucket, or file:folder in development.")


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield an error without a bucket or encryption, and a warning for files on disk."""
    url = config["STORAGE_URL"]
    if url is None:
        return
    if url.startswith("file:"):
        hint = "Keep them on one machine, and back them up; use S3 for more replicas."
        yield warning("storage.file", "STORAGE_URL is a folder.", hint)
    elif not url.startswith("s3:"):
        hint = "Set it to a bucket, such as s3://name."
        yield error("storage.url", "STORAGE_URL is not set.", hint)
    elif s3.Address.parse(url).is_plain:
        hint = "Use an https:// endpoint."
        yield error("storage.plain", "STORAGE_URL is not encrypted.", hint)


def init_app(app: Flask) -> None:
    """Open the storage, and let pages upload to it."""
    url = app.config["STORAGE_URL"]
    if url.startswith("s3:"):
        app.extensions["storage"] = s3.init_app(app, s3.Address.parse(url))
        return
    path = urlsplit(url).path
    app.extensions["storage"] = LocalStorage(app, path) if path else MemoryStorage(app)
    app.register_blueprint(views.blueprint)
