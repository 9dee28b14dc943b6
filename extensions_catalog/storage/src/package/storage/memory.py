"""Files in memory, for tests."""

from collections.abc import Iterator

from flask import Flask

from .base import Upload, check_key, not_found
from .contents import HEAD_BYTES, CheckedFile, detect_type
from .signed import SignedURLs


class MemoryStorage(SignedURLs):
    """A storage whose `files` are the contents by key."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.files: dict[str, bytes] = {}

    def write(self, key: str, file: CheckedFile) -> None:
        self.files[key] = file.read()

    def stream(self, key: str) -> Iterator[bytes]:
        if not self.exists(key):
            raise not_found()
        return iter([self.files[key]])

    def exists(self, key: str) -> bool:
        return check_key(key) in self.files

    def delete(self, key: str) -> None:
        self.files.pop(check_key(key), None)

    def examine(self, key: str) -> Upload:
        content = self.get(key)
        return Upload(key, detect_type(content[:HEAD_BYTES]), len(content))

    def copy(self, upload: Upload, key: str) -> None:
        self.files[key] = self.files[upload.key]
