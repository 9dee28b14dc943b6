"""The type and the size of files, by their content."""

from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask, request
from werkzeug.exceptions import ClientDisconnected

from sample.errors import Problem
from sample.storage.contents import HEAD_BYTES, CheckedFile, detect_type
from sample.storage.local import LocalStorage


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"GIF89a", "image/gif"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\n\0\0\0WEBP", "image/webp"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"\x1a\x45\xdf\xa3", "video/webm"),
        (b"RIFF\n\0\0\0WAVE", "application/octet-stream"),
        (b"MZ\x90\0", "application/octet-stream"),
        (b"\xfe\xff", "application/octet-stream"),
        (b"<svg onload=alert(1)>", "text/plain"),
        (b" %PDF-1.7", "text/plain"),
        (f"x{'ä' * 300}".encode()[:HEAD_BYTES], "text/plain"),  # ends within a character
        (b"", "text/plain"),
    ],
)
def test_the_type_is_found_in_the_content(head: bytes, content_type: str) -> None:
    assert detect_type(head) == content_type


class Trickling(BytesIO):
    """A stream that returns few bytes at once, and may fail before the last ones."""

    def __init__(self, size: int, step: int = 7, *, fails: bool = False) -> None:
        super().__init__()
        self.left, self.step, self.fails = size, step, fails

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes."""
        if self.fails and self.left <= self.step:
            raise ConnectionError
        size = min(self.left, self.step)
        self.left -= size
        return b"x" * size


@pytest.mark.parametrize(
    ("sizes", "lengths"),
    [([1, 512, 700], [1, 512, 487]), ([-1, -1], [1_000, 0]), ([0, 2_000, 1], [0, 1_000, 0])],
)
def test_a_stream_is_read_in_parts_of_the_given_size(sizes: list[int], lengths: list[int]) -> None:
    checked = CheckedFile(Trickling(1_000), 1_000)
    assert [len(checked.read(size)) for size in sizes] == lengths
    assert checked.size == 1_000


def test_a_stream_is_not_read_beyond_the_limit() -> None:
    stream = Trickling(10**9)
    checked = CheckedFile(stream, 600)
    with pytest.raises(Problem, match="too large"):
        checked.read()
    assert 10**9 - stream.left < 620


def test_a_body_that_ends_early_is_not_stored(app: Flask, tmp_path: Path) -> None:
    storage = LocalStorage(app, str(tmp_path))
    environ = {
        "wsgi.input": Trickling(1_000),
        "wsgi.input_terminated": True,  # as gunicorn says, also if the client disconnects
        "CONTENT_LENGTH": "1001",
    }
    with (
        app.test_request_context(method="POST", environ_overrides=environ),
        pytest.raises(ClientDisconnected),
    ):
        storage.put(request.stream, types=("text/plain",), max_bytes=70_000)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("stream", "error"),
    [(Trickling(70_000, fails=True), ConnectionError), (Trickling(70_001), Problem)],
)
def test_a_file_that_is_not_complete_is_not_stored(
    app: Flask, tmp_path: Path, stream: Trickling, error: type[Exception]
) -> None:
    storage = LocalStorage(app, str(tmp_path))
    with pytest.raises(error):
        storage.put(stream, types=("text/plain",), max_bytes=70_000)
    assert list(tmp_path.iterdir()) == []
