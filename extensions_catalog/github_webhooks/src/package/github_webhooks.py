"""Verifies webhooks of GitHub: the HMAC-SHA256 of the body.

https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
"""

import hmac
from collections.abc import Mapping
from typing import Any

from flask import Flask, Request

from .environment import Environment
from .webhooks import Provider, Verified, read_secrets


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the secrets of the webhooks."""
    return {"GITHUB_WEBHOOK_SECRETS": read_secrets(env, "GITHUB_WEBHOOK_SECRETS")}


def webhook_providers() -> Mapping[str, Provider]:
    """Return the provider `github`."""
    return {"github": Provider("GITHUB_WEBHOOK_SECRETS", verify)}


def verify(request: Request, secret: str) -> Verified | None:
    """Return the delivery if `secret` signed its body. A redelivery has the same id."""
    signature = f"sha256={hmac.digest(secret.encode(), request.get_data(), 'sha256').hex()}"
    given = request.headers.get("X-Hub-Signature-256", "")
    if not hmac.compare_digest(signature.encode(), given.encode()):
        return None
    headers = request.headers
    return Verified(headers.get("X-GitHub-Delivery", ""), headers.get("X-GitHub-Event", ""))


def init_app(_app: Flask) -> None:
    """Do nothing. `webhooks` collects the provider."""
