"""What a browser sends to the storage: to this service, or to a server like S3."""

from dataclasses import dataclass
from http.client import HTTPConnection
from io import BytesIO
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from {{ package_name }}.storage import SignedUpload


@dataclass
class Received:
    """A response."""

    status: int
    headers: Headers
    body: bytes


def download(app: Flask, url: str) -> Received:
    """Send a GET request."""
    return _send(app, "GET", url, b"", {})


def upload(app: Flask, form: SignedUpload, content: bytes) -> int:
    """Send a form with a file, and return the status of the response."""
    data = {**form.fields, "file": (BytesIO(content), "photo.html")}
    environ = EnvironBuilder(method="POST", data=data).get_environ()
    headers = {"Content-Type": environ["CONTENT_TYPE"]}
    return _send(app, "POST", form.url, environ["wsgi.input"].read(), headers).status


def _send(app: Flask, method: str, url: str, body: bytes, headers: dict[str, str]) -> Received:
    parsed = urlsplit(url)
    if parsed.netloc == "localhost":
        response = app.test_client().open(url, method=method, data=body, headers=headers)
        return Received(response.status_code, response.headers, response.data)
    connection = HTTPConnection(parsed.netloc)
    connection.request(method, f"{parsed.path}?{parsed.query}", body, headers)
    answer = connection.getresponse()
    received = Received(answer.status, Headers(answer.getheaders()), answer.read())
    connection.close()
    return received
