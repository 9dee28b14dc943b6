"""JSON that databases or drivers cannot store is refused while it is parsed."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, request
from flask import json as flask_json
from flask.testing import FlaskClient

from sample import create_app


@pytest.fixture
def client() -> FlaskClient:
    """A client of a service that returns the JSON it receives."""
    app: Flask = create_app({"APP_ENV": "testing", "MAX_CONTENT_LENGTH": 300_000})

    @app.post("/echo")
    def echo() -> dict[str, Any]:
        return {"body": request.get_json()}

    return app.test_client()


@pytest.mark.parametrize(
    "body",
    [
        '{"text": "héllo \\u00e9 \\ud83d\\ude00"}',
        '{"number": 9223372036854775807, "negative": -9223372036854775808}',
        '{"float": 1.5e10}',
        "[" * 32 + "]" * 32,
        "null",
    ],
)
def test_valid_json_is_accepted(client: FlaskClient, body: str) -> None:
    assert client.post("/echo", data=body, content_type="application/json").status_code == 200


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "not valid JSON"),
        (b'{"text": "\xff"}', "not valid JSON"),
        ('{"text": "a"}'.encode("utf-16"), "not valid JSON"),
        (b'\xef\xbb\xbf{"text": "a"}', "not valid JSON"),
        ('{"number": NaN}', "finite"),
        ('{"number": -Infinity}', "finite"),
        ('{"number": 1e999}', "finite"),
        ('{"number": 9223372036854775808}', "64 bits"),
        ('{"number": %s}' % ("9" * 4000), "64 bits"),
        ('{"number": %s}' % ("9" * 5000), "not valid JSON"),
        ('{"text": "\\u0000"}', "NUL"),
        ('{"\\u0000": 1}', "NUL"),
        ('{"text": "\\ud800"}', "surrogates"),
        ('{"a": 1, "a": 2}', "twice"),
        ("[" * 33 + "]" * 33, "32 levels"),
        ('{"a":' * 33 + "1" + "}" * 33, "32 levels"),
        ("[" * 100_000 + "]" * 100_000, "32 levels"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_invalid_json_is_refused_with_the_reason(
    client: FlaskClient, body: str | bytes, reason: str
) -> None:
    response = client.post("/echo", data=body, content_type="application/json")

    assert response.status_code == 400
    assert response.json is not None
    assert reason in response.json["detail"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_another_content_type_is_refused(client: FlaskClient, content_type: str | None) -> None:
    assert client.post("/echo", data="{}", content_type=content_type).status_code == 415


def test_a_large_body_is_refused(client: FlaskClient) -> None:
    assert client.post("/echo", json={"text": "x" * 300_000}).status_code == 413


def test_values_that_orjson_cannot_serialize_are_returned() -> None:
    app = create_app({"APP_ENV": "testing"})
    app.add_url_rule("/large", view_func=lambda: {"number": 2**70, "by key": {1: "one"}})

    text = app.test_client().get("/large").text
    assert json.loads(text) == {"number": 2**70, "by key": {"1": "one"}}


def test_dates_decimals_and_uuids_are_serialized_alike_with_options() -> None:
    value = {
        "date": date(2026, 1, 2),
        "decimal": Decimal("1.50"),
        "moment": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        "time": time(3, 4),
        "uuid": UUID(int=1),
    }
    with create_app({"APP_ENV": "testing"}).app_context():
        texts = [flask_json.dumps(value), flask_json.dumps(value, sort_keys=True)]

    assert json.loads(texts[0]) == json.loads(texts[1])
    assert json.loads(texts[0])["moment"] == "2026-01-02T03:04:05.000678+00:00"


def test_an_unserializable_object_raises_a_type_error() -> None:
    with create_app({"APP_ENV": "testing"}).app_context(), pytest.raises(TypeError, match="object"):
        flask_json.dumps(object())


@pytest.mark.parametrize("path", ["/form", "/raw", "/json"])
def test_a_body_of_unknown_length_is_limited_for_every_way_to_read_it(path: str) -> None:
    app = create_app({"APP_ENV": "testing", "MAX_CONTENT_LENGTH": 1000})
    read: dict[str, Callable[[], Any]] = {
        "/form": lambda: request.form.to_dict(),
        "/raw": lambda: str(len(request.stream.read())),
        "/json": lambda: {"read": request.get_json()},
    }
    app.add_url_rule(path, "read", read[path], methods=["POST"])
    types = {"/form": "application/x-www-form-urlencoded", "/json": "application/json"}

    def post(body: bytes) -> int:
        environ = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True}
        return (
            app.test_client()
            .post(
                path,
                content_type=types.get(path),
                environ_overrides=environ,
                headers={"Transfer-Encoding": "chunked"},
            )
            .status_code
        )

    assert post(b'"' + b"x" * 998 + b'"') == 200
    assert post(b'"' + b"x" * 999 + b'"') == 413
    assert post(b'"' + b"x" * 99_999 + b'"') == 413


def test_a_view_can_raise_the_limit() -> None:
    app = create_app({"APP_ENV": "testing", "MAX_CONTENT_LENGTH": 10})

    @app.post("/upload")
    def upload() -> str:
        request.max_content_length = 2000
        return str(len(request.get_data()))

    def post(path: str, size: int) -> int:
        environ = {"wsgi.input": BytesIO(b"x" * size), "wsgi.input_terminated": True}
        return app.test_client().post(path, environ_overrides=environ).status_code

    assert (post("/upload", 2000), post("/upload", 2001)) == (200, 413)
