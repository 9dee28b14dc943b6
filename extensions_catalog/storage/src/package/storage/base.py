"""`Storage`: stores files under random keys, and checks their type and size by their content."""

import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import quote

from flask import has_request_context, request

from ..errors import Problem
from .contents import CheckedFile

KEY = re.compile("(uploads/)?[A-Za-z0-9_-]{32}")
UPLOADS = "uploads/"  # files that were uploaded directly, and are not accepted yet


@dataclass(frozen=True)
class StoredFile:
    """A file in the storage: its key, and what its content says."""

    key: str
    content_type: str
    size: int


@dataclass(frozen=True)
class Upload(StoredFile):
    """A file that a browser uploaded. It has another `version` if it was replaced."""

    version: str = ""


@dataclass(frozen=True)
class SignedUpload:
    """A form with which a browser uploads one file: its action, its fields, and the new key.

    The field `file` must be the last one.
    """

    key: str
    url: str
    fields: dict[str, str]


def make_key() -> str:
    """Return a key that cannot be guessed."""
    return secrets.token_urlsafe(24)


def check_key(key: str) -> str:
    """Return `key`. Raises a 404 `Problem` if it cannot be one, such as `../other`."""
    if not KEY.fullmatch(key):
        raise not_found()
    return key


def not_found() -> Problem:
    """Return the error for a key without a file."""
    return Problem(404, "There is no such file.")


def attachment(filename: str) -> str:
    """Return the value of Content-Disposition with which browsers save a file, not show it."""
    return f"attachment; filename*=UTF-8''{quote(filename, safe='')}"  # RFC 8187


class Storage(ABC):
    """The storage of files. Methods raise a 404 `Problem` if there is no file with the key."""

    def put(self, file: IO[bytes], *, types: Collection[str], max_bytes: int) -> StoredFile:
        """Store `file`, which is read in small parts. Nothing is stored if reading fails.

        Raises a 415 `Problem` if its content has none of the `types`, and a 413 one if it is
        larger than `max_bytes`.
        """
        # Some web servers end the stream of a request if the client disconnects.
        is_body = has_request_context() and file is request.stream
        checked = CheckedFile(file, max_bytes, request.content_length if is_body else None)
        _require(checked.content_type, types)
        key = make_key()
        self.write(key, checked)
        return StoredFile(key, checked.content_type, checked.size)

    def accept_upload(self, key: str, *, types: Collection[str], max_bytes: int) -> StoredFile:
        """Check a file that a browser uploaded, and move it to a new key, or delete it.

        Raises a 415 or 413 `Problem` like `put`. Until it is moved, the browser can replace it.
        """
        if not key.startswith(UPLOADS):
            raise not_found()
        upload = self.examine(check_key(key))
        try:
            if upload.size > max_bytes:
                raise Problem(413, "The file is too large.")
            _require(upload.content_type, types)
            accepted = StoredFile(make_key(), upload.content_type, upload.size)
            self.copy(upload, accepted.key)
        finally:
            self.delete(key)
        return accepted

    def get(self, key: str) -> bytes:
        """Return the content of a small file."""
        return b"".join(self.stream(key))

    @abstractmethod
    def stream(self, key: str) -> Iterator[bytes]:
        """Return the content of a file in small parts."""

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Return whether there is a file with this key."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete a file, if it exists."""

    @abstractmethod
    def signed_url(self, key: str, *, filename: str, seconds: int = 300) -> str:
        """Return a URL with which a browser can save the file as `filename` for a while."""

    @abstractmethod
    def signed_upload(
        self, *, content_type: str, max_bytes: int, seconds: int = 300
    ) -> SignedUpload:
        """Return a form with which a browser can upload a file for a while."""

    @abstractmethod
    def write(self, key: str, file: CheckedFile) -> None:
        """Store all of `file`, or nothing."""

    @abstractmethod
    def examine(self, key: str) -> Upload:
        """Return what the content of a file says."""

    @abstractmethod
    def copy(self, upload: Upload, key: str) -> None:
        """Copy an upload to another key. Raises an error if it was replaced."""


def _require(content_type: str, types: Collection[str]) -> None:
    if content_type not in types:
        raise Problem(415, "Files of this type are not accepted.")
