"""Renders mails, and refuses those that SMTP servers would refuse or misread."""

import re
from typing import Any

import idna
from flask import current_app, render_template

from ..errors import Problem
from ..strict_json import UNSTORABLE

MAX_BYTES = 500_000  # of text and HTML together
ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
LOCAL_PART = re.compile(rf"{ATOM}(\.{ATOM})*", re.ASCII)  # RFC 5321, without quotes


def encode_address(address: str) -> str:
    """Return `address` with its domain in ASCII. Raises `ValueError` if it is not valid.

    A part before the @ that is not ASCII is refused, because many servers do not accept it.
    """
    local, _, domain = address.rpartition("@")
    encoded = f"{local}@{idna.encode(domain, uts46=True).decode()}"
    if not LOCAL_PART.fullmatch(local) or len(local) > 64 or len(encoded) > 254:
        raise ValueError("The part before the @ is not valid, or the address is too long.")
    return encoded


def render(template: str, to: str, context: dict[str, Any]) -> dict[str, str]:
    """Return recipient, subject, text and HTML of a mail. Raises a 422 `Problem`.

    The text template sets `subject`. The HTML template can use `subject` and `text`.
    """
    try:
        recipient = encode_address(to)
    except ValueError:
        raise Problem(422, "No mail can be sent to this address.") from None
    values = dict(context)
    current_app.update_template_context(values)
    module: Any = current_app.jinja_env.get_template(f"{template}.txt").make_module(values)
    subject, text = str(module.subject).strip(), str(module).strip() + "\n"
    if len(subject.splitlines()) != 1:  # a newline would start another header
        raise Problem(422, "The subject of a mail must be one line.")
    html = render_template(f"{template}.html", **context, subject=subject, text=text)
    if UNSTORABLE.search(subject + text + html):
        raise Problem(422, "The mail has a character that cannot be sent.")
    if len(text.encode()) + len(html.encode()) > MAX_BYTES:
        raise Problem(422, "The mail is too large.")
    return {"recipient": recipient, "subject": subject, "text": text, "html": html}
