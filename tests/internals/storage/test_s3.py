"""A bucket of a server like S3: connections that are cut, and what the server is asked for."""

import json
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError
from flask import Flask
from werkzeug.http import parse_csp_header

from sample import create_app
from sample.storage import s3, storage
from sample.storage.bucket import Address
from sample.storage.s3 import S3Storage

from .cutting_proxy import CuttingProxy, cutting_proxy
from .test_contents import Trickling

LARGE = b"\x89PNG\r\n\x1a\n" + bytes(6 * 1024**2)
IMAGES = ("image/png",)
POLICY = "default-src 'none'; img-src 'self'; connect-src 'self'; form-action 'self'"


@pytest.fixture(scope="module")
def proxy(s3_server: str) -> Iterator[CuttingProxy]:
    """A proxy for the server like S3."""
    with cutting_proxy(s3_server) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def app(s3_url: str, s3_server: str, proxy: CuttingProxy) -> Flask:
    """Return an app with a bucket behind the proxy; browsers connect to another host."""
    url = f"{s3_url.replace(s3_server, proxy.url)}&public=https://files.example.com"
    overrides = {"APP_ENV": "testing", "STORAGE_URL": url, "CONTENT_SECURITY_POLICY": POLICY}
    return create_app(overrides)


@pytest.fixture(autouse=True)
def bucket(app: Flask, proxy: CuttingProxy) -> Iterator[S3Storage]:
    """Run each test in the context of the app, with an empty bucket and without cuts."""
    with app.app_context():
        bucket: S3Storage = app.extensions["storage"]
        for found in bucket.client.list_objects_v2(Bucket=bucket.bucket).get("Contents", ()):
            bucket.delete(found["Key"])
        yield bucket
        proxy.upwards = proxy.downwards = 10**9


def keys(bucket: S3Storage) -> list[str]:
    """Return the keys of the bucket, and of incomplete uploads."""
    found = bucket.client.list_objects_v2(Bucket=bucket.bucket).get("Contents", [])
    incomplete = bucket.client.list_multipart_uploads(Bucket=bucket.bucket).get("Uploads", [])
    return [item["Key"] for item in [*found, *incomplete]]


def test_a_large_file_is_stored_in_parts(bucket: S3Storage) -> None:
    stored = storage.put(BytesIO(LARGE), types=IMAGES, max_bytes=10**7)
    assert (stored.size, b"".join(storage.stream(stored.key)) == LARGE) == (len(LARGE), True)
    assert keys(bucket) == [stored.key]


@pytest.mark.parametrize("size", [100_000, 6_000_000])
def test_a_file_that_is_not_complete_is_not_stored(bucket: S3Storage, size: int) -> None:
    with pytest.raises(ConnectionError):
        storage.put(Trickling(size, 9_999, fails=True), types=("text/plain",), max_bytes=10**7)
    assert keys(bucket) == []


@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_connection_that_is_cut_leaves_no_object(
    bucket: S3Storage, proxy: CuttingProxy, tenth: int
) -> None:
    content = LARGE[:1_000_000]
    bucket.client.close()  # connections that exist are not cut
    proxy.upwards = 100_000 * tenth
    with pytest.raises(BotoCoreError):
        storage.put(BytesIO(content), types=IMAGES, max_bytes=10**7)
    proxy.upwards = 10**9
    assert keys(bucket) == []


def test_a_download_that_is_cut_is_an_error(bucket: S3Storage, proxy: CuttingProxy) -> None:
    stored = storage.put(BytesIO(LARGE), types=IMAGES, max_bytes=10**7)
    bucket.client.close()
    proxy.downwards = 1_000_000
    with pytest.raises(BotoCoreError):
        storage.get(stored.key)


def test_attempts_are_limited(bucket: S3Storage, proxy: CuttingProxy) -> None:
    bucket.client.close()
    proxy.upwards, proxy.connections = 1, 0
    with pytest.raises(BotoCoreError):
        storage.exists("x" * 32)
    assert proxy.connections == 3


def test_a_form_limits_type_and_size(bucket: S3Storage) -> None:
    form = storage.signed_upload(content_type="image/png", max_bytes=1_000)
    policy = json.loads(b64decode(form.fields["policy"]))
    assert {"Content-Type": "image/png"} in policy["conditions"]
    assert ["content-length-range", 1, 1_000] in policy["conditions"]
    assert {"key": form.key} in policy["conditions"]
    assert form.url == f"https://files.example.com/{bucket.bucket}"


def test_a_url_is_signed_with_version_4_for_the_host_of_browsers() -> None:
    url = urlsplit(storage.signed_url("x" * 32, filename="a.png", seconds=60))
    query = parse_qs(url.query)
    assert url.netloc == "files.example.com"
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["60"]
    assert query["response-content-disposition"] == ["attachment; filename*=UTF-8''a.png"]


def test_an_upload_that_was_replaced_is_not_accepted(bucket: S3Storage) -> None:
    key = f"uploads/{'x' * 32}"
    answer = bucket.client.put_object(Bucket=bucket.bucket, Key=key, Body=LARGE[:100])
    conditions = []

    def record(request: AWSRequest, **_: object) -> None:
        conditions.append(request.headers["x-amz-copy-source-if-match"])

    bucket.client.meta.events.register("before-sign.s3.CopyObject", record)
    storage.accept_upload(key, types=IMAGES, max_bytes=1_000)
    bucket.client.meta.events.unregister("before-sign.s3.CopyObject", record)
    assert conditions == [answer["ETag"]]  # moto does not check it


class Forbidden(BaseHTTPRequestHandler):
    """Answers each request with 403."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 # the name that the base class calls

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def test_missing_rights_are_not_a_missing_file() -> None:
    with HTTPServer(("127.0.0.1", 0), Forbidden) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"s3://shop?endpoint=http://127.0.0.1:{server.server_port}"
        app = create_app({"APP_ENV": "testing", "STORAGE_URL": url})
        with app.app_context():
            for method in (storage.exists, storage.get):
                with pytest.raises(ClientError, match="403"):
                    method("x" * 32)
            app.extensions["storage"].client.close()
        server.shutdown()
        thread.join()


def test_pages_may_upload_to_the_bucket(app: Flask, bucket: S3Storage) -> None:
    policy = parse_csp_header(app.config["CONTENT_SECURITY_POLICY"])
    host = "files.example.com"
    origins = f"'self' https://{host} https://{bucket.bucket}.{host}"
    assert policy.connect_src == policy.form_action == policy.img_src == origins
    assert policy.default_src == "'none'"


def test_a_service_without_a_policy_gets_none(s3_url: str) -> None:
    app = Flask("sample")
    s3.init_app(app, Address.parse(s3_url))
    assert "CONTENT_SECURITY_POLICY" not in app.config


def test_a_bucket_of_aws_has_its_own_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("STORAGE_URL", "s3://shop")
    app = create_app({"APP_ENV": "testing"})
    with app.app_context():
        url = storage.signed_url("x" * 32, filename="a.png")
    assert url.startswith("https://shop.s3.eu-central-1.amazonaws.com/xxxx")


def test_a_form_without_a_file_is_refused() -> None:
    app = create_app({"APP_ENV": "testing"})
    with app.test_request_context():
        form = storage.signed_upload(content_type="image/png", max_bytes=1_000)
    response = app.test_client().post(form.url, data=form.fields)
    assert response.status_code == 400
