"""The storage: in memory, in a folder, and in a bucket of a server like S3."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask

from {{ package_name }} import create_app
from {{ package_name }}.errors import Problem
from {{ package_name }}.storage import storage
from tests.support.uploads import download, upload

PNG = b"\x89PNG\r\n\x1a\n" + bytes(2_000)
PAGE = b"<script>alert(1)</script>"


@pytest.fixture(scope="module", params=["memory", "file", "s3"])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return an app with each kind of storage."""
    urls = {"memory": "memory:", "file": f"file:{tmp_path_factory.mktemp('files')}"}
    url = urls.get(request.param) or request.getfixturevalue("s3_url")
    return create_app({"APP_ENV": "testing", "STORAGE_URL": url})


@pytest.fixture(autouse=True)
def in_request(app: Flask) -> Iterator[None]:
    """Run each test in a request."""
    with app.test_request_context():
        yield


def test_a_file_is_stored_and_deleted() -> None:
    stored = storage.put(BytesIO(PNG), types=("image/png", "text/plain"), max_bytes=10_000)

    assert (stored.content_type, stored.size, len(stored.key)) == ("image/png", len(PNG), 32)
    assert storage.get(stored.key) == PNG
    assert storage.exists(stored.key)

    storage.delete(stored.key)
    storage.delete(stored.key)
    assert not storage.exists(stored.key)
    with pytest.raises(Problem, match="There is no such file"):
        storage.stream(stored.key)


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "uploads/../x", "x" * 33, ""])
def test_other_paths_are_not_keys(key: str) -> None:
    for method in (storage.get, storage.exists, storage.delete):
        with pytest.raises(Problem, match="There is no such file"):
            method(key)


@pytest.mark.parametrize(("content", "status"), [(PAGE, 415), (PNG + bytes(10_000), 413)])
def test_type_and_size_are_checked(content: bytes, status: int) -> None:
    with pytest.raises(Problem) as caught:
        storage.put(BytesIO(content), types=("image/png",), max_bytes=10_000)
    assert caught.value.code == status


def test_a_browser_saves_a_file_and_does_not_show_it(app: Flask) -> None:
    stored = storage.put(BytesIO(PAGE), types=("text/plain",), max_bytes=100)

    response = download(app, storage.signed_url(stored.key, filename='Größe "1".html'))

    assert (response.status, response.body) == (200, PAGE)
    assert response.headers["Content-Type"].startswith("text/plain")
    disposition = response.headers["Content-Disposition"]
    assert disposition == "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.html"


def test_a_browser_uploads_a_file_directly(app: Flask) -> None:
    form = storage.signed_upload(content_type="image/png", max_bytes=10_000)
    assert upload(app, form, PNG) == 204

    stored = storage.accept_upload(form.key, types=("image/png",), max_bytes=10_000)

    assert (stored.content_type, stored.size) == ("image/png", len(PNG))
    assert storage.get(stored.key) == PNG
    assert not storage.exists(form.key)
    with pytest.raises(Problem, match="There is no such file"):
        storage.accept_upload(stored.key, types=("image/png",), max_bytes=10_000)


@pytest.mark.parametrize(
    ("content", "max_bytes", "status"), [(PAGE, 10_000, 415), (PNG, 1_000, 413)]
)
def test_a_direct_upload_that_is_not_accepted_is_deleted(
    app: Flask, content: bytes, max_bytes: int, status: int
) -> None:
    form = storage.signed_upload(content_type="image/png", max_bytes=10_000)
    upload(app, form, content)

    with pytest.raises(Problem) as caught:
        storage.accept_upload(form.key, types=("image/png",), max_bytes=max_bytes)

    assert caught.value.code == status
    assert not storage.exists(form.key)


@pytest.mark.parametrize("app", ["memory", "file"], indirect=True)  # S3 checks its policy
def test_a_direct_upload_that_is_too_large_is_refused(app: Flask) -> None:
    form = storage.signed_upload(content_type="image/png", max_bytes=1_000)
    assert upload(app, form, PNG) in (400, 413)
    assert not storage.exists(form.key)


@pytest.mark.parametrize("app", ["memory"], indirect=True)
def test_a_changed_or_old_link_is_not_valid(app: Flask) -> None:
    key = storage.put(BytesIO(PNG), types=("image/png",), max_bytes=10_000).key
    url = storage.signed_url(key, filename="photo.png")
    old = storage.signed_url(key, filename="photo.png", seconds=-1)
    form = storage.signed_upload(content_type="image/png", max_bytes=10_000)

    assert download(app, url).status == 200
    for other in (url[:-1], old, form.url):
        assert download(app, other).status == 403


@pytest.mark.parametrize("app", ["memory"], indirect=True)
def test_an_outage_of_the_storage_is_a_503(s3_url: str) -> None:
    url = f"{s3_url.partition('?')[0]}?endpoint=http://127.0.0.1:9"
    app = create_app({"APP_ENV": "testing", "STORAGE_URL": url})
    app.add_url_rule("/file", view_func=lambda: storage.get("x" * 32))

    response = app.test_client().get("/file")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
