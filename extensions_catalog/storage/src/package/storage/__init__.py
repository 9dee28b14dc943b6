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
from .bucket import Address
from .local import LocalStorage
from .memory import MemoryStorage

__all__ = ["SignedUpload", "StoredFile", "storage"]

API_PATHS = ("/storage/",)  # they use no cookies
DEFAULT_URLS = {"development": "file:instance/storage", "testing": "memory:", "production": ""}

storage = cast(Storage, LocalProxy(lambda: current_app.extensions["storage"]))


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the URL of the storage, and the variables that boto3 also reads, to check them."""
    return {
        "STORAGE_URL": env.str("STORAGE_URL", DEFAULT_URLS[env.name], validate=_require_storage),
        "AWS_DEFAULT_REGION": env.str("AWS_DEFAULT_REGION", ""),
        "AWS_ACCESS_KEY_ID": env.str("AWS_ACCESS_KEY_ID", ""),
        "AWS_SECRET_ACCESS_KEY": env.str("AWS_SECRET_ACCESS_KEY", ""),
    }


def _require_storage(url: str) -> None:
    if url in ("", "memory:") or (url.startswith("file:") and urlsplit(url).path):
        return
    if not (url.startswith("s3:") and Address.parse(url).is_valid):
        raise ValidationError("Use s3://bucket, or file:folder in development.")


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield errors without a bucket, encryption or a key, and warnings for other storages."""
    url = config["STORAGE_URL"] or ""
    if url.startswith("file:"):
        hint = "Keep them on one machine, and back them up; use S3 for more replicas."
        yield warning("storage.file", "STORAGE_URL is a folder.", hint)
    elif url.startswith("s3:"):
        yield from _check_bucket(Address.parse(url), config)
    elif config["STORAGE_URL"] is not None:
        hint = "Set it to a bucket, such as s3://name."
        yield error("storage.url", "STORAGE_URL is not the URL of a bucket.", hint)


def _check_bucket(address: Address, config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    if address.is_plain:
        hint = "Use an https:// endpoint."
        yield error("storage.plain", "STORAGE_URL is not encrypted.", hint)
    if bool(config["AWS_ACCESS_KEY_ID"]) != bool(config["AWS_SECRET_ACCESS_KEY"]):
        hint = "Set both, or neither if the machine has a role."
        message = "Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set."
        yield error("storage.key", message, hint)
    if not (address.endpoint or config["AWS_DEFAULT_REGION"]):
        hint = "Set it to the region of the bucket: signed URLs contain it."
        yield warning("storage.region", "AWS_DEFAULT_REGION is not set.", hint)


def init_app(app: Flask) -> None:
    """Open the storage, and let pages upload to it."""
    url = app.config["STORAGE_URL"]
    if url.startswith("s3:"):
        app.extensions["storage"] = s3.init_app(app, Address.parse(url))
        return
    path = urlsplit(url).path
    app.extensions["storage"] = LocalStorage(app, path) if path else MemoryStorage(app)
    app.register_blueprint(views.blueprint)
