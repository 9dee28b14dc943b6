"""The type of a file by its content, and a limit of its size while it is read."""

import re
from codecs import getincrementaldecoder
from typing import IO

from werkzeug.exceptions import ClientDisconnected

from ..errors import Problem

HEAD_BYTES = 512
CHUNK_BYTES = 64 * 1024
SIGNATURES = {
    "application/pdf": rb"%PDF-",
    "application/zip": rb"PK\x03\x04",  # also documents of Office, and other zipped formats
    "image/gif": rb"GIF8[79]a",
    "image/jpeg": rb"\xff\xd8\xff",
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/webp": rb"RIFF....WEBP",
    "video/mp4": rb"....ftyp",
    "video/webm": rb"\x1a\x45\xdf\xa3",
}
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


def detect_type(head: bytes) -> str:
    """Return the media type of a file by its first bytes: one of `SIGNATURES`, or a general one.

    UTF-8 is text/plain, whatever its language: HTML, SVG and CSV have no signature.
    """
    for content_type, signature in SIGNATURES.items():
        if re.match(signature, head, re.DOTALL):
            return content_type
    try:
        text = getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "application/octet-stream" if CONTROLS.search(text) else "text/plain"


class CheckedFile:
    """A file that is read once, with its type. Raises a 413 `Problem` when it is too large.

    Raises `ClientDisconnected` if it ends before `length`.
    """

    def __init__(self, file: IO[bytes], max_bytes: int, length: int | None = None) -> None:
        self.file = file
        self.max_bytes = max_bytes
        self.length = length
        self.size = 0  # of what was read
        self.buffer = bytearray()
        head = self.read(HEAD_BYTES)
        self.content_type = detect_type(head)
        self.buffer[:0] = head

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes, fewer only at the end. The stream of a request may not."""
        while size < 0 or len(self.buffer) < size:
            part = self.file.read(CHUNK_BYTES)
            if not part and self.size < (self.length or 0):
                raise ClientDisconnected
            if not part:
                break
            self.size += len(part)
            if self.size > self.max_bytes:
                raise Problem(413, "The file is too large.")
            self.buffer += part
        end = len(self.buffer) if size < 0 else size
        content = bytes(self.buffer[:end])
        del self.buffer[:end]
        return content
