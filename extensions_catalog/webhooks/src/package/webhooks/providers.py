"""Providers of webhooks: a part defines them in `webhook_providers()`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from environs import ValidationError
from flask import Request

from .. import parts
from ..environment import Environment


class Verified(NamedTuple):
    """An event whose signature is valid. The provider sends it again with the same id."""

    event_id: str
    type: str


@dataclass(frozen=True)
class Provider:
    """How the events of a provider are verified, and the body of the response to it.

    `verify(request, secret)` returns None if the request was not signed with the secret.
    """

    secrets: str  # the name of the setting; it has several secrets while they are rotated
    verify: Callable[[Request, str], Verified | None]
    body: str = ""
    mimetype: str = "text/plain"


def read_secrets(env: Environment, name: str) -> list[str]:
    """Return the secrets in the variable `name`, without any if it is not set."""
    return env.list(name, [], validate=_refuse_spaces)


def _refuse_spaces(secrets: list[str]) -> None:
    if any(not secret or secret != secret.strip() for secret in secrets):
        raise ValidationError("Separate the secrets by single commas, without spaces.")


def collect() -> dict[str, Provider]:
    """Return the providers of all parts. Raises `ValueError` if two have the same name."""
    found: dict[str, Provider] = {}
    for providers in parts.run_hooks("webhook_providers"):
        if shared := found.keys() & providers.keys():
            raise ValueError(f"Two parts have a provider {min(shared)!r}: rename one of them.")
        found |= providers
    return found
