"""Forged access tokens, most of them signed with the service's own key."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

Claims = Mapping[str, Any]

# Flask-JWT-Extended adds `fresh` and `csrf`, which the service does not use.
CLAIMS = ("aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub", "type")


def encoded(value: bytes) -> str:
    """Return base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims of a token without verifying it."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    )
    return claims


def signed(
    claims: object, key: str, header: Mapping[str, Any] | None = None, digest: str = "sha256"
) -> str:
    """Return a token signed with `key` by HMAC, even if its header names another algorithm."""
    head = {"alg": "HS256", "typ": "JWT"} if header is None else header
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    text = f"{encoded(json.dumps(head).encode())}.{encoded(payload)}"
    return f"{text}.{encoded(hmac.new(key.encode(), text.encode(), digest).digest())}"


def forged(good: str, other: str, key: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the token of each forgery, from the valid tokens of two users."""
    claims, others, now = claims_of(good), claims_of(other), int(time.time())
    head, payload, signature = good.split(".")
    for name in ("none", "None", "NONE", "nOnE"):
        unsigned = encoded(json.dumps({"alg": name, "typ": "JWT"}).encode())
        yield f"alg {name}, unsigned", f"{unsigned}.{payload}."
        yield f"alg {name}, signed", signed(claims, key, {"alg": name})
    for digest, alg in (("sha384", "HS384"), ("sha512", "HS512")):
        yield f"alg {alg}", signed(claims, key, {"alg": alg}, digest)
    algorithms: list[object] = [
        "RS256",
        "ES256",
        "EdDSA",
        "hs256",
        "HS256 ",
        "",
        None,
        256,
        ["HS256"],
    ]
    for algorithm in algorithms:
        yield f"alg {algorithm!r}", signed(claims, key, {"alg": algorithm, "typ": "JWT"})
    yield "no alg", signed(claims, key, {"typ": "JWT"})
    yield "crit", signed(claims, key, {"alg": "HS256", "crit": ["exp"], "exp": 1})
    yield "header is an array", signed(claims, key, ["HS256"])  # type: ignore[arg-type]
    yield "wrong key", signed(claims, "another key, which also has thirty-two bytes")
    yield "empty key", signed(claims, "\0")
    yield "no signature", f"{head}.{payload}."
    yield "two parts", f"{head}.{payload}"
    yield "one part", head
    yield "four parts", f"{good}.{signature}"
    yield "half a signature", good[:-20]
    yield "another signature", f"{head}.{payload}.{other.split('.')[2]}"
    yield "another payload", f"{head}.{other.split('.')[1]}.{signature}"
    yield "signature not in base64", f"{head}.{payload}.!!!"
    yield "payload not in base64", f"{head}.!!!.{signature}"
    yield "words", "not-a-token"
    yield "dots", "..."
    yield "hash of the payload", f"{head}.{payload}.{hashlib.sha256(payload.encode()).hexdigest()}"
    for text in (b"invalid json", b"[]", b"7", b"null", b'"text"', b"{}", b"\xff", b"[" * 2000):
        yield f"payload {text[:8]!r}", signed(text, key)
    for name in CLAIMS:
        yield (
            f"no {name}",
            signed({other: value for other, value in claims.items() if other != name}, key),
        )
        yield f"{name} null", signed({**claims, name: None}, key)
        yield f"{name} an object", signed({**claims, name: {}}, key)
    changes: dict[str, dict[str, Any]] = {
        "type refresh": {"type": "refresh"},
        "type id": {"type": "id"},
        "other aud": {"aud": "another-service"},
        "two audiences": {"aud": [claims["aud"], "another-service"]},
        "other iss": {"iss": "another-service"},
        "expired": {"exp": now - 60, "iat": now - 120, "nbf": now - 120},
        "exp at 10^30": {"exp": 10**30},
        "exp in a year": {"exp": now + 365 * 24 * 3600},
        "exp as text": {"exp": "tomorrow"},
        "not yet valid": {"nbf": now + 600},
        "issued in the future": {"iat": now + 600},
        "issued long ago": {"iat": now - 10**6, "nbf": now - 10**6},
        "sub of another user": {"sub": others["sub"]},
        "sub 0": {"sub": "0"},
        "sub a number": {"sub": int(claims["sub"])},
        "login of another user": {"sid": others["sid"]},
        "unknown login": {"sid": str(uuid4())},
        "login that is no UUID": {"sid": "1"},
        "jti a number": {"jti": 1},
    }
    for name, change in changes.items():
        yield name, signed({**claims, **change}, key)
