"""Access tokens: valid tokens are accepted, and all others get the same error."""

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from sqlalchemy import select

from sample import create_app
from sample.accounts.models import Login, User
from sample.auth.access import CLAIMS
from sample.database import db
from tests.internals.auth.conftest import get_me
from tests.support.fixtures.auth import ME, assert_refused
from tests.support.fixtures.database import assert_queries

LEEWAY = 5
HS256 = '{"alg":"HS256","typ":"JWT"}'
NOW = int(time.time())
MISSING = object()


def encode(part: str) -> str:
    """Return `part` in base64url without padding."""
    return urlsafe_b64encode(part.encode()).rstrip(b"=").decode()


def sign(header: str, payload: str, key: str, digest: str = "sha256") -> str:
    """Return a signed JWT with this header and payload. Libraries refuse to sign most of them."""
    signed = f"{encode(header)}.{encode(payload)}"
    signature = hmac.digest(key.encode(), signed.encode(), digest)
    return f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def read_claims(token: str) -> dict[str, Any]:
    """Return the claims of a JWT without verifying it."""
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


@pytest.fixture
def key(app: Flask) -> str:
    """Return the key that signs tokens."""
    key: str = app.config["SECRET_KEY"]
    return key


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_case_insensitive(
    client: FlaskClient, issued: dict[str, Any], scheme: str
) -> None:
    response = client.get(ME, headers={"Authorization": f"{scheme} {issued['access_token']}"})
    assert response.status_code == 200


def test_a_token_contains_its_login_user_and_lifetime(user: User, issued: dict[str, Any]) -> None:
    claims = read_claims(issued["access_token"])
    assert claims.keys() >= CLAIMS
    assert claims["sub"] == str(user.id)
    assert claims["exp"] - claims["iat"] == issued["expires_in"] == 900


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Token {}"},
        {"Cookie": "access_token_cookie={}"},
    ],
)
@pytest.mark.parametrize("query", ["", "?jwt={}", "?access_token={}"])
def test_without_a_bearer_token_the_challenge_names_no_error(
    client: FlaskClient, issued: dict[str, Any], headers: dict[str, str], query: str
) -> None:
    token = issued["access_token"]
    filled = {name: value.format(token) for name, value in headers.items()}
    response = client.get(ME + query.format(token), headers=filled)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "credentials",
    ["", "x", ".", "..", "a.b", "a.b.c", "a.b.c.d", "é.é.é", "=", "a=b", "null", "{}", "x " * 9000],
)
def test_malformed_tokens_are_refused(client: FlaskClient, credentials: str) -> None:
    assert_refused(get_me(client, credentials))


@pytest.mark.parametrize("credentials", ["{0}, Bearer {0}", "{0} {0}"])
def test_two_tokens_in_one_header_are_refused(
    client: FlaskClient, issued: dict[str, Any], credentials: str
) -> None:
    assert get_me(client, credentials.format(issued["access_token"])).status_code == 401


def test_a_refresh_token_is_not_an_access_token(
    client: FlaskClient, issued: dict[str, Any]
) -> None:
    assert_refused(get_me(client, issued["refresh_token"]))


HEADERS = {
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "alg NONE": {"alg": "NONE"},
    "alg nOnE": {"alg": "nOnE"},
    "alg of another key": {"alg": "RS256"},
    "alg unknown": {"alg": "HS1"},
    "alg not text": {"alg": 256},
    "alg null": {"alg": None},
    "no alg": {"typ": "JWT"},
    "crit": {"alg": "HS256", "crit": ["exp"]},
    "crit and its header": {"alg": "HS256", "crit": ["b64"], "b64": False},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_other_jwt_headers_are_refused(
    client: FlaskClient,
    issued: dict[str, Any],
    key: str,
    header: Mapping[str, Any],
    signed: bool,
) -> None:
    payload = json.dumps(read_claims(issued["access_token"]))
    token = sign(json.dumps({"typ": "JWT"} | dict(header)), payload, key)
    assert_refused(get_me(client, token if signed else token[: token.rindex(".") + 1]))


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_other_algorithms_with_the_right_key_are_refused(
    client: FlaskClient, issued: dict[str, Any], key: str, digest: str
) -> None:
    header = json.dumps({"typ": "JWT", "alg": f"HS{digest[3:]}"})
    payload = json.dumps(read_claims(issued["access_token"]))
    assert_refused(get_me(client, sign(header, payload, key, digest)))


@pytest.mark.parametrize("other", ["", "another key, which is long enough"])
def test_other_keys_are_refused(client: FlaskClient, issued: dict[str, Any], other: str) -> None:
    payload = json.dumps(read_claims(issued["access_token"]))
    assert_refused(get_me(client, sign(HS256, payload, other)))


CHANGES: dict[str, dict[str, Any]] = {
    **{f"no {name}": {name: MISSING} for name in sorted(CLAIMS)},
    **{f"{name} null": {name: None} for name in sorted(CLAIMS)},
    **{f"{name} a list": {name: [name]} for name in ["exp", "iat", "nbf", "sid", "sub", "type"]},
    **{f"{name} infinite": {name: float("inf")} for name in ["exp", "iat", "nbf"]},
    "expired": {"exp": NOW - 60},
    "exp before iat": {"exp": NOW - 60, "iat": NOW},
    "exp in a year": {"exp": NOW + 365 * 86400},
    "exp out of range": {"exp": 10**30},
    "exp in a year, as text": {"exp": str(NOW + 365 * 86400)},
    "exp too long to read": {"exp": "9" * 5000},
    "iat long ago": {"iat": 0},
    "iat in the future": {"iat": NOW + 600, "exp": NOW + 900},
    "nbf in the future": {"nbf": NOW + 600},
    "jti a number": {"jti": 1},
    "type refresh": {"type": "refresh"},
    "type id": {"type": "id"},
    "type Access": {"type": "Access"},
    "iss another service": {"iss": "other"},
    "aud another service": {"aud": "other"},
    "aud other services": {"aud": ["other", "others"]},
    "aud this service among others": {"aud": ["sample", "other"]},
    "aud empty": {"aud": []},
    "sub a number": {"sub": 1},
    "sub another user": {"sub": "2147483647"},
    "sub not a number": {"sub": "admin"},
    "sid a number": {"sid": 1},
    "sid not an id": {"sid": "' OR 1=1 --"},
    "sid NUL": {"sid": "\0"},
    "sid of no login": {"sid": str(uuid4())},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changed_claims_are_refused(
    client: FlaskClient, issued: dict[str, Any], key: str, change: dict[str, Any]
) -> None:
    claims = read_claims(issued["access_token"]) | change
    payload = json.dumps({name: value for name, value in claims.items() if value is not MISSING})
    assert_refused(get_me(client, sign(HS256, payload, key)))


@pytest.mark.parametrize(("seconds", "status"), [(900, 200), (901, 401)])
def test_a_token_that_lasts_longer_than_its_role_allows_is_refused(
    client: FlaskClient, issued: dict[str, Any], key: str, seconds: int, status: int
) -> None:
    claims = read_claims(issued["access_token"])
    payload = json.dumps(claims | {"exp": claims["iat"] + seconds})
    response = get_me(client, sign(HS256, payload, key))
    assert response.status_code == status


def test_an_expired_token_is_refused(client: FlaskClient, issued: dict[str, Any], key: str) -> None:
    claims = read_claims(issued["access_token"])
    expires = int(time.time()) - LEEWAY + 4
    token = sign(HS256, json.dumps(claims | {"exp": expires}), key)
    assert get_me(client, token).status_code == 200

    while get_me(client, token).status_code == 200:
        assert time.time() < expires + LEEWAY + 60

    assert_refused(get_me(client, token))


DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000
NOT_OBJECTS = {"deep": DEEP, "a list": "[]", "text": '"x"', "not JSON": "{", "empty": ""}


@pytest.mark.parametrize("text", NOT_OBJECTS.values(), ids=NOT_OBJECTS)
@pytest.mark.parametrize("place", ["header", "payload"])
def test_a_header_or_payload_that_is_no_object_is_refused(
    client: FlaskClient, issued: dict[str, Any], key: str, place: str, text: str
) -> None:
    payload = json.dumps(read_claims(issued["access_token"]))
    token = sign(text, payload, key) if place == "header" else sign(HS256, text, key)
    assert_refused(get_me(client, token))


def test_a_request_with_a_token_takes_one_query(
    client: FlaskClient, issued: dict[str, Any]
) -> None:
    with assert_queries(1):
        assert get_me(client, issued["access_token"]).status_code == 200


@pytest.mark.usefixtures("own_app")
def test_a_request_with_a_token_gets_503_if_the_database_is_down() -> None:
    app = create_app({"APP_ENV": "testing", "DATABASE_URL": "postgresql://x@127.0.0.1:1/x"})
    with app.app_context():
        token = create_access_token("1", additional_claims={"sid": str(uuid4())})
    response = get_me(app.test_client(), token)
    assert response.status_code == 503
    assert "Retry-After" in response.headers


def test_a_token_of_an_expired_login_is_refused(
    client: FlaskClient, user: User, issued: dict[str, Any]
) -> None:
    login = db.session.scalars(select(Login).where(Login.user_id == user.id)).one()
    login.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert_refused(get_me(client, issued["access_token"]))


@pytest.mark.parametrize("header", [",  ,Bearer x", ", ,", "Bearer", ",", "Bearer\t", "\u00a0"])
def test_malformed_authorization_headers_are_refused(client: FlaskClient, header: str) -> None:
    assert client.get(ME, headers={"Authorization": header}).status_code == 401
