"""Verifies webhooks of Stripe, which are at most five minutes old.

https://docs.stripe.com/webhooks
"""

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask, Request
from stripe import SignatureVerificationError, Webhook, WebhookSignature

from .environment import Environment
from .webhooks import Provider, Verified, read_secrets


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the signing secrets of the endpoint."""
    return {"STRIPE_WEBHOOK_SECRETS": read_secrets(env, "STRIPE_WEBHOOK_SECRETS")}


def webhook_providers() -> Mapping[str, Provider]:
    """Return the provider `stripe`."""
    return {"stripe": Provider("STRIPE_WEBHOOK_SECRETS", verify)}


def verify(request: Request, secret: str) -> Verified | None:
    """Return the event if `secret` signed its time and its body."""
    body, signature = request.get_data(), request.headers.get("Stripe-Signature")
    try:
        WebhookSignature.verify_header(body, signature, secret, Webhook.DEFAULT_TOLERANCE)
    except (SignatureVerificationError, TypeError, UnicodeDecodeError):
        return None  # the library raises TypeError for a signature that is not ASCII
    event = json.loads(body)
    return Verified(event["id"], event["type"])


def init_app(_app: Flask) -> None:
    """Do nothing. `webhooks` collects the provider."""
