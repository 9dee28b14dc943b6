"""The checks of an access token that the service does; the peers read its login each time."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from time import time
from typing import Any
from uuid import UUID

import jwt

SECRET_KEY = os.environ["SECRET_KEY"]
LONGEST = int(os.environ["ACCESS_TOKEN_SECONDS"])
LEEWAY = 5  # seconds
REQUIRED = {"require": ["aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub", "type"]}
CHECKS: Any = {"audience": "bench", "issuer": "bench", "leeway": LEEWAY, "options": REQUIRED}


@dataclass(slots=True)
class Claims:
    """The claims that a request needs; times are in seconds since 1970."""

    login: UUID
    user_id: int
    not_before: float
    expires: float


def decode(token: str) -> Claims:
    """Return the claims of a valid token. Raises `InvalidTokenError` or `ValueError`."""
    claims = jwt.decode(token, SECRET_KEY, ["HS256"], **CHECKS)
    if claims["type"] != "access" or claims["exp"] - claims["iat"] > LONGEST:
        raise jwt.InvalidTokenError
    return Claims(UUID(claims["sid"]), int(claims["sub"]), claims["nbf"], claims["exp"])


decode_once = lru_cache(maxsize=1024)(decode)  # then `verify` alone checks the times


def verify(token: str, decoder: Callable[[str], Claims] = decode) -> Claims | None:
    """Return the claims of `token`, or None if it is not valid now."""
    try:
        claims = decoder(token)
    except (jwt.InvalidTokenError, ValueError):
        return None
    return claims if claims.not_before - LEEWAY <= time() < claims.expires + LEEWAY else None
