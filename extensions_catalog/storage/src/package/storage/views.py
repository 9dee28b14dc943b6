"""Downloads and uploads with signed URLs, for storages without a web server of their own."""

from typing import cast

from flask import Blueprint, Response, current_app, request

from ..errors import Problem
from .base import attachment
from .contents import CheckedFile
from .signed import SignedURLs

FORM_BYTES = 64 * 1024  # of a form besides its file

blueprint = Blueprint("storage", __name__, url_prefix="/storage")


@blueprint.get("/<token>")
def download(token: str) -> Response:
    """Return a file, which browsers save: they do not run the scripts in it."""
    storage = cast(SignedURLs, current_app.extensions["storage"])
    values = storage.verify("download", token)
    file = storage.examine(values["key"])
    response = Response(storage.stream(file.key), mimetype=file.content_type)
    response.content_length = file.size
    response.headers["Content-Disposition"] = attachment(values["filename"])
    response.cache_control.private = True
    return response


@blueprint.post("/<token>")
def upload(token: str) -> tuple[str, int]:
    """Store the file of a form, as S3 does."""
    storage = cast(SignedURLs, current_app.extensions["storage"])
    values = storage.verify("upload", token)
    request.max_content_length = values["max_bytes"] + FORM_BYTES
    if (file := request.files.get("file")) is None:
        raise Problem(400, "The form has no file.")
    storage.write(values["key"], CheckedFile(file.stream, values["max_bytes"]))
    return "", 204
