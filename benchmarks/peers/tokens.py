"""The checks of an access token that the service does; the peers read its login each time."""

import os
from dataclasses import dataclass
from functools import lru_cache
from time import time
from typing import Any
from uuid import UUID

import jwt
from jwt import InvalidTokenError as InvalidTokenError  # the peers catch it

SECRET_KEY = os.environ["SECRET_KEY"]
LONGEST = int(os.environ["ACCESS_TOKEN_SECONDS"])
ISSUER = "bench"
LEEWAY = 5  # seconds
CLAIMS = ["aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub", "type"]


@dataclass(frozen=True)
class Claims:
    """The claims that a request needs."""

    login: UUID
    user_id: int
    not_before: float  # seconds since 1970, as is `expires`
    expires: float


def verify(token: str) -> Claims:
    """Return the claims of `token`. Raises `InvalidTokenError`."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            SECRET_KEY,
            algorithms=["HS256"],
            audience=ISSUER,
            issuer=ISSUER,
            leeway=LEEWAY,
            options={"require": CLAIMS},
        )
        login, user_id = UUID(claims["sid"]), int(claims["sub"])
    except ValueError as reason:
        raise InvalidTokenError from reason
    if claims["type"] != "access" or claims["exp"] - claims["iat"] > LONGEST:
        raise InvalidTokenError
    return Claims(login, user_id, claims["nbf"], claims["exp"])


_signed = lru_cache(maxsize=1024)(verify)


def verify_cached(token: str) -> Claims:
    """Do as `verify` does, but check the signature once a token, and the times at each call."""
    claims = _signed(token)
    if not claims.not_before - LEEWAY <= time() < claims.expires + LEEWAY:
        raise InvalidTokenError
    return claims
