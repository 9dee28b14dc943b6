"""Bodies that differ from the one that a provider signed."""

import gzip
import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def changed(body: bytes) -> list[bytes]:
    """Return forty other bodies: truncated, extended, edited and re-encoded."""
    text = body.decode()
    half = len(body) // 2
    return [
        *(body[: len(body) * part // 10] for part in range(10)),
        *(body[start:] for start in (1, 2, half)),
        *(body + end for end in (b"\n", b"\r\n", b" ", b"\0", b"}", b"&a=b", b"=", body)),
        *(start + body for start in (b" ", b"\n", b"\xef\xbb\xbf", b"\0", b"{")),
        *(_flipped(body, position) for position in (0, half, len(body) - 1)),
        *(text.encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-32", "cp037")),
        gzip.compress(body),
        quote(body).encode(),
        text.swapcase().encode(),
        text[::-1].encode(),
        body.replace(b"1", b"\xc2\xb9"),
        body.replace(b"1", b"2"),
        json.dumps(text).encode(),
        text.encode().hex().encode(),
        b64encode(body),
    ]


def _flipped(body: bytes, position: int) -> bytes:
    return body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]


def reencoded_json(body: bytes) -> list[bytes]:
    """Return other bodies with the same JSON value."""
    value = json.loads(body)
    options: list[dict[str, Any]] = [
        {"separators": (",", ":")},
        {"separators": (" ,", " : ")},
        {"indent": 1},
        {"indent": "\t"},
    ]
    bodies = [json.dumps(value, **option) for option in options]
    bodies.append(json.dumps(dict(reversed(value.items()))))
    bodies.append(body.decode().replace("e", "\\u0065"))
    return [text.encode() for text in bodies if text.encode() != body]


def statuses(client: FlaskClient, path: str, bodies: list[bytes], **options: Any) -> set[int]:
    """Post each body with the same headers, and return the statuses of the responses."""
    responses: list[TestResponse] = [client.post(path, data=body, **options) for body in bodies]
    return {response.status_code for response in responses}
