"""Mail from templates: sent once, and if, and only if, the transaction commits."""

from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from environs import ValidationError
from flask import Flask
from flask_mailman import Mail as Mailman

from ..checks import CheckMessage, error
from ..environment import Environment
from . import commands, smtp
from .delivery import Delivery
from .messages import encode_address
from .outbox import send_mail

__all__ = ["send_mail"]

DEFAULT_URLS = {"development": "console:", "testing": "memory:", "production": ""}
BACKENDS = {"console": "console", "memory": "locmem"}  # of Flask-Mailman


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the URL of the SMTP server and the sender."""
    sender = "" if env.production else "service@localhost"
    return {
        "MAIL_URL": env.str("MAIL_URL", DEFAULT_URLS[env.name], validate=_require_server),
        "MAIL_SENDER": env.str("MAIL_SENDER", sender, validate=_require_address),
    }


def _require_server(url: str) -> None:
    server = urlsplit(url)
    try:
        is_server = server.scheme in smtp.PORTS and server.hostname and server.port != 0
    except ValueError:  # the port is not a number
        is_server = False
    if url and not is_server and server.scheme not in BACKENDS:
        raise ValidationError("Use smtps://host or smtp+starttls://host, or unset it.")


def _require_address(sender: str) -> None:
    _, address = parseaddr(sender)
    try:
        valid = not sender or (sender.isprintable() and encode_address(address) == address)
    except ValueError:
        valid = False
    if not valid:
        raise ValidationError("Use an address such as Parcels <parcels@example.com>.")


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield errors unless mails have a sender, and leave the private network encrypted."""
    url = urlsplit(config["MAIL_URL"] or "")
    if url.scheme not in smtp.PORTS and config["MAIL_URL"] is not None:
        hint = "Set it to the SMTP server, such as smtps://user:password@smtp.example.com."
        yield error("mail.url", "MAIL_URL is not the URL of an SMTP server.", hint)
    elif url.scheme == "smtp" and "." in (url.hostname or "") and url.hostname != "127.0.0.1":
        # A name without a dot is on the same private network, as in compose.yaml.
        hint = "Use smtps:// or smtp+starttls://."
        yield error("mail.plain", "MAIL_URL sends passwords and mails without encryption.", hint)
    if config["MAIL_SENDER"] == "":
        hint = "Set it to the address that mails come from, such as Parcels <parcels@example.com>."
        yield error("mail.sender", "MAIL_SENDER is not set.", hint)


def init_app(app: Flask) -> None:
    """Select how mails are sent, and add the commands `flask mail`."""
    scheme = urlsplit(app.config["MAIL_URL"]).scheme
    app.config["MAIL_BACKEND"] = BACKENDS.get(scheme, smtp.EmailBackend)
    Mailman(app)
    app.extensions["mail_delivery"] = Delivery(app)
    app.cli.add_command(commands.cli)
