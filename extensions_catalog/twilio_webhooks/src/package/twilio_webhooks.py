"""Verifies webhooks of Twilio: the HMAC-SHA1 of the public URL and the sorted fields.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask, Request

from .environment import Environment
from .webhooks import Provider, Verified, read_secrets

FORM = "application/x-www-form-urlencoded"
PORTS = {"http": 80, "https": 443}


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the auth tokens of the account."""
    return {"TWILIO_AUTH_TOKENS": read_secrets(env, "TWILIO_AUTH_TOKENS")}


def webhook_providers() -> Mapping[str, Provider]:
    """Return the provider `twilio`. Twilio reports error 12300 for a response without TwiML."""
    return {"twilio": Provider("TWILIO_AUTH_TOKENS", verify, "<Response/>", "text/xml")}


def verify(request: Request, token: str) -> Verified | None:
    """Return the event if `token` signed the URL and the fields of the form.

    Twilio signs neither a time nor an id. The id is a digest of the signed text, so a request that
    Twilio or an attacker sends again is the same event.
    """
    if request.mimetype != FORM:
        return None
    pairs = parse_qsl(request.get_data().decode(errors="replace"), keep_blank_values=True)
    query = request.query_string.decode("latin-1")
    path_and_fields = request.root_path + request.path + (f"?{query}" if query else "")
    path_and_fields += "".join(name + value for name, value in sorted({*pairs}))
    given = request.headers.get("X-Twilio-Signature", "").encode()
    url = urlsplit(request.host_url)
    for port in ("", f":{url.port or PORTS[url.scheme]}"):  # Twilio signs the URL with or without
        text = f"{url.scheme}://{url.hostname}{port}{path_and_fields}"
        signature = b64encode(hmac.digest(token.encode(), text.encode(), "sha1"))
        if hmac.compare_digest(signature, given):
            return Verified(sha256(text.encode()).hexdigest(), type_of(dict(pairs)))
    return None


def type_of(fields: Mapping[str, str]) -> str:
    """Return the type of an event, such as message.received or call.completed."""
    for kind in ("Message", "Call"):
        if f"{kind}Sid" in fields:
            return f"{kind}.{fields.get(f'{kind}Status', 'received')}".lower()
    return "other"


def init_app(_app: Flask) -> None:
    """Do nothing. `webhooks` collects the provider."""
