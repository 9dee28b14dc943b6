"""Files in a folder."""

import tempfile
from collections.abc import Iterator
from functools import partial
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO

from flask import Flask

from .base import Upload, check_key, not_found
from .contents import CHUNK_BYTES, HEAD_BYTES, CheckedFile, detect_type
from .signed import SignedURLs


class LocalStorage(SignedURLs):
    """A storage in the folder `path`. The name of a file is its key."""

    def __init__(self, app: Flask, path: str) -> None:
        super().__init__(app)
        self.folder = Path(path).absolute()

    def write(self, key: str, file: CheckedFile) -> None:
        target = self.folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as temporary:
            path = Path(temporary.name)
            try:
                while chunk := file.read(CHUNK_BYTES):
                    temporary.write(chunk)
                temporary.flush()
                path.rename(target)
            except BaseException:
                path.unlink()
                raise

    def stream(self, key: str) -> Iterator[bytes]:
        return _read(self.open(key))

    def exists(self, key: str) -> bool:
        return (self.folder / check_key(key)).exists()

    def delete(self, key: str) -> None:
        (self.folder / check_key(key)).unlink(missing_ok=True)

    def examine(self, key: str) -> Upload:
        with self.open(key) as file:
            content_type = detect_type(file.read(HEAD_BYTES))
            return Upload(key, content_type, file.seek(0, SEEK_END))

    def copy(self, upload: Upload, key: str) -> None:
        (self.folder / upload.key).rename(self.folder / key)

    def open(self, key: str) -> BinaryIO:
        """Open a file."""
        try:
            return (self.folder / check_key(key)).open("rb")
        except FileNotFoundError:
            raise not_found() from None


def _read(file: BinaryIO) -> Iterator[bytes]:
    with file:
        yield from iter(partial(file.read, CHUNK_BYTES), b"")
