"""Delivery to SMTP servers that fail, and over TLS."""

import smtplib
import ssl
import subprocess
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from structlog.testing import capture_logs

from sample.database import db
from sample.database.columns import now
from sample.mail import delivery, smtp
from sample.mail.delivery import deliver_due
from sample.mail.outbox import Mail
from tests.internals.support.smtp_server import smtp_server
from tests.support.server import free_port

from .waiting import make_app, make_mail

ADDRESS = "ada@example.com"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return an app that uses the SMTP server at `MAIL_URL`, with short timeouts."""
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.5)
    return make_app("smtp://localhost:1")


def attempt(app: Flask, port: int, scheme: str = "smtp") -> Mail:
    """Attempt to deliver the mail that is due, and return it."""
    app.config["MAIL_URL"] = f"{scheme}://shop:p%40ss@localhost:{port}"
    app.extensions["mail_delivery"].resumes_at = 0.0
    deliver_due()
    db.session.expire_all()
    return db.session.scalars(select(Mail).order_by(Mail.attempts.desc())).first() or Mail()


def test_a_server_receives_the_message(app: Flask) -> None:
    with smtp_server() as server:
        mail = make_mail(subject="Grüße 🎁", text=".\nEin Punkt: ä\n" + 2000 * "ä", html="<p>ß</p>")
        assert attempt(app, server.port).sent_at is not None

    [(recipient, content)] = server.messages
    assert recipient == ADDRESS
    message = message_from_bytes(content, policy=policy.default)
    assert message["Subject"] == "Grüße 🎁"
    assert message["To"] == ADDRESS
    assert message["From"] == "Grüße <shop@example.com>"
    assert message["Message-ID"] == f"<{mail.id}@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = (part.get_content() for part in message.iter_parts())
    assert text.splitlines()[:2] == [".", "Ein Punkt: ä"]
    assert html.strip() == "<p>ß</p>"
    assert server.logins == [b"AUTH PLAIN AHNob3AAcEBzcw=="]


@pytest.mark.parametrize("fault", ["hangs", "disconnects at data", "greylists"])
def test_a_mail_is_sent_again_after_a_temporary_failure(app: Flask, fault: str) -> None:
    make_mail()
    with smtp_server(fault) as server:
        mail = attempt(app, server.port)
        assert mail.sent_at is None
        assert mail.due_at is not None
        assert mail.due_at > now()
        assert (mail.attempts, ADDRESS in mail.error) == (1, False)

        server.fault = ""
        mail.due_at = now()
        db.session.commit()
        assert attempt(app, server.port).sent_at is not None
    assert len(server.messages) == 1


@pytest.mark.parametrize(
    ("fault", "code", "error"),
    [
        (
            "refuses recipients",
            550,
            "SMTPRecipientsRefused({'...': (550, b'5.1.1 <...> is unknown')})",
        ),
        ("refuses messages", 554, "SMTPDataError(554, b'5.6.0 This is spam')"),
    ],
)
def test_a_mail_that_a_server_refuses_is_given_up(
    app: Flask, fault: str, code: int, error: str
) -> None:
    make_mail()
    with smtp_server(fault) as server, capture_logs() as lines:
        mail = attempt(app, server.port)
    assert (mail.sent_at, mail.due_at) == (None, None)
    assert mail.error == error
    assert [(line["code"], line["mail"]) for line in lines] == [(code, str(mail.id))]
    assert ADDRESS not in str(lines)


@pytest.mark.parametrize("fault", ["disconnects after data", "hangs after data"])
def test_a_mail_may_arrive_twice_and_not_more_often(app: Flask, fault: str) -> None:
    mail = make_mail()
    with smtp_server(fault) as server:
        mail = attempt(app, server.port)
        assert mail.due_at is not None
        mail.due_at = now()
        db.session.commit()
        mail = attempt(app, server.port)
    assert (mail.due_at, mail.attempts, mail.unconfirmed) == (None, 2, 2)
    assert mail.error.startswith("UnconfirmedError")
    assert len(server.messages) == 2
    assert len({message_from_bytes(content)["Message-ID"] for _, content in server.messages}) == 1


def test_a_server_that_hangs_at_the_end_does_not_get_a_mail_twice(app: Flask) -> None:
    make_mail()
    with smtp_server("hangs at quit") as server:
        assert attempt(app, server.port).sent_at is not None


def test_delivery_pauses_after_a_failure_of_the_server(app: Flask) -> None:
    for key in "ab":
        make_mail(key=key)
    assert "ConnectionRefusedError" in attempt(app, free_port()).error
    with smtp_server() as server:
        app.config["MAIL_URL"] = f"smtp://localhost:{server.port}"
        assert deliver_due() == 0
    assert sorted(db.session.scalars(select(Mail.attempts))) == [0, 1]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost, with its key."""
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    key = path.with_suffix(".key")
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost")
    options = ("-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", path)
    subprocess.run((*command, *options), check=True, capture_output=True)
    return path


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_certificates_are_verified(
    app: Flask, monkeypatch: pytest.MonkeyPatch, certificate: Path, scheme: str
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    make_mail()
    with smtp_server(tls=context, starttls=scheme == "smtp+starttls") as server:
        mail = attempt(app, server.port, scheme)
        assert "CERTIFICATE_VERIFY_FAILED" in mail.error
        assert server.logins == []

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        mail.due_at = now()
        db.session.commit()
        assert attempt(app, server.port, scheme).sent_at is not None
    assert server.messages


def test_starttls_is_required(app: Flask) -> None:
    make_mail()
    with smtp_server() as server:
        mail = attempt(app, server.port, "smtp+starttls")
    assert smtplib.SMTPNotSupportedError.__name__ in mail.error
    assert server.logins == []


def test_waits_double_and_end_after_three_days() -> None:
    mail = make_mail()
    minutes = []
    for attempts in (1, 2, 3, 7, 8, 2000):
        mail.attempts = attempts
        due = delivery._after_failure(mail, OSError())["due_at"]
        minutes.append(round((due - now()).total_seconds() / 60))
    assert minutes == [1, 2, 4, 60, 60, 60]

    mail.created_at = now() - delivery.GIVEN_UP_AFTER
    assert delivery._after_failure(mail, OSError())["due_at"] is None


def test_a_test_mail_that_is_not_sent_is_an_error(app: Flask) -> None:
    with smtp_server("refuses recipients") as server:
        app.config["MAIL_URL"] = f"smtp://localhost:{server.port}"
        result = app.test_cli_runner().invoke(args=["mail", "test", ADDRESS])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The mail was not sent: SMTPRecipientsRefused(")
