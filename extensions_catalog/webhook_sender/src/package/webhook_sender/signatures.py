"""Signatures of the Standard Webhooks specification."""

import hashlib
import hmac
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable

PREFIX = "whsec_"


def create_secret() -> str:
    """Return a new secret of 32 random bytes."""
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def create_headers(event_id: str, body: str, signing: Iterable[str]) -> dict[str, str]:
    """Return the headers of an event, with a signature by each of the secrets `signing`."""
    timestamp = int(time.time())
    content = f"{event_id}.{timestamp}.{body}".encode()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_sign(content, secret) for secret in signing),
    }


def _sign(content: bytes, secret: str) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return f"v1,{b64encode(hmac.digest(key, content, hashlib.sha256)).decode()}"
