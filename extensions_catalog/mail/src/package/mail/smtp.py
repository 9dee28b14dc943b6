"""Sends messages by SMTP, with timeouts and verified certificates.

The SMTP backend of Flask-Mailman does not verify the certificate after STARTTLS.
"""

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.utils import parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app
from flask_mailman import EmailMessage
from flask_mailman.backends.base import BaseEmailBackend

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
STEP_SECONDS = 10  # of each step: to connect, and for each response


class UnconfirmedError(OSError):
    """The server received the message, but did not say whether it accepted it."""


class Server(smtplib.SMTP):
    """A connection that says whether it ended before or after the message was sent."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send the message. Raises `UnconfirmedError` if no response follows."""
        try:
            return super().data(msg)
        except smtplib.SMTPServerDisconnected as reason:
            raise UnconfirmedError(str(reason)) from reason


class TLSServer(Server, smtplib.SMTP_SSL):
    """The same, encrypted from the beginning."""


def connect(url: str) -> Server:
    """Connect to the SMTP server at `url`, and log in."""
    server = urlsplit(url)
    address = server.hostname or "", server.port or PORTS[server.scheme]
    if server.scheme == "smtps":
        context = ssl.create_default_context()
        connection: Server = TLSServer(*address, timeout=STEP_SECONDS, context=context)
    else:
        connection = Server(*address, timeout=STEP_SECONDS)
    try:
        if server.scheme == "smtp+starttls":
            connection.starttls(context=ssl.create_default_context())
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
    except BaseException:
        connection.close()
        raise
    return connection


class EmailBackend(BaseEmailBackend):
    """A backend of Flask-Mailman for the server at `MAIL_URL`."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        """Send the messages. Raises `OSError` at the first that is not accepted."""
        connection = connect(current_app.config["MAIL_URL"])
        try:
            for message in messages:
                _, sender = parseaddr(message.from_email)
                content = message.message().as_bytes(linesep="\r\n")
                connection.sendmail(sender, message.recipients(), content)
            with suppress(OSError):  # the messages were accepted
                connection.quit()
        finally:
            connection.close()
        return len(messages)


def refusal_code(failure: Exception) -> int | None:
    """Return the code with which the server refused the message or its recipient, or None."""
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        [(code, _)] = failure.recipients.values()
        return code
    return failure.smtp_code if isinstance(failure, smtplib.SMTPDataError) else None
