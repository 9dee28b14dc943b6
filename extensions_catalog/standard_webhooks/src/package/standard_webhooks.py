"""Verifies webhooks that follow the Standard Webhooks specification, at most five minutes old.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from environs import ValidationError
from flask import Flask, Request
from standardwebhooks import Webhook, WebhookVerificationError

from .environment import Environment
from .webhooks import Provider, Verified

SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,88}={0,2}")  # 24 to 64 bytes


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the signing secrets of the sender."""
    secrets: list[str] = env.list("STANDARD_WEBHOOK_SECRETS", [], validate=_require_keys)
    return {"STANDARD_WEBHOOK_SECRETS": secrets}


def _require_keys(secrets: list[str]) -> None:
    if not all(map(SECRET.fullmatch, secrets)):
        raise ValidationError("Write whsec_ and the key in base64; separate secrets by commas.")


def webhook_providers() -> Mapping[str, Provider]:
    """Return the provider `standard`."""
    return {"standard": Provider("STANDARD_WEBHOOK_SECRETS", verify)}


def verify(request: Request, secret: str) -> Verified | None:
    """Return the event if `secret` signed its id, its time and its body."""
    body = request.get_data()
    try:
        Webhook(secret).verify(body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # a signature that is not base64
        return None
    return Verified(request.headers["webhook-id"], json.loads(body).get("type", ""))


def init_app(_app: Flask) -> None:
    """Do nothing. `webhooks` collects the provider."""
