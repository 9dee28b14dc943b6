"""Mails: rendered from templates, and sent once if the transaction commits."""

from datetime import timedelta
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Blueprint, Flask
from sqlalchemy import select

from {{ package_name }} import create_app
from {{ package_name }}.database import db
from {{ package_name }}.database.columns import now
from {{ package_name }}.errors import Problem
from {{ package_name }}.mail import checks, send_mail
from {{ package_name }}.mail.outbox import Mail
from {{ package_name }}.settings import ConfigurationError
from tests.support.fixtures.mail import SentMails


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with the templates of these tests."""
    app = create_app({"APP_ENV": "testing"})
    app.register_blueprint(Blueprint("receipts", __name__, template_folder="templates"))
    return app


def send_receipt(to: str = "ada@example.com", key: str = "receipt:1", name: str = "<Ada>") -> None:
    """Send a mail about an order, in the current transaction."""
    send_mail("mails/receipt", to=to, key=key, name=name)


def flask_mail(app: Flask, *arguments: str) -> Result:
    """Run `flask mail` with these arguments."""
    return app.test_cli_runner().invoke(args=["mail", *arguments])


def test_a_commit_sends_text_and_html(sent_mails: SentMails) -> None:
    send_receipt("ada@bücher.example")
    db.session.commit()

    [mail] = sent_mails()
    assert mail.subject == "Receipt for <Ada>"
    assert mail.to == ["ada@xn--bcher-kva.example"]
    assert mail.body == "Thank you, <Ada>.\n"
    [(html, kind)] = mail.alternatives
    assert kind == "text/html"
    assert "<p>Thank you, &lt;Ada&gt;.</p>" in html


def test_a_rollback_sends_nothing(sent_mails: SentMails) -> None:
    send_receipt()
    db.session.rollback()
    db.session.commit()
    assert sent_mails() == []


def test_a_key_sends_one_mail(sent_mails: SentMails) -> None:
    for key in ("receipt:1", "receipt:1", "receipt:2"):
        send_receipt(key=key)
        db.session.commit()
    assert len(sent_mails()) == 2


def test_only_the_key_of_a_sent_mail_is_kept(sent_mails: SentMails) -> None:
    send_receipt()
    db.session.commit()
    sent_mails()

    row = db.session.scalars(select(Mail)).one()
    assert (row.key, row.recipient, row.subject, row.text, row.html) == ("receipt:1", *[""] * 4)
    assert row.sent_at is not None

    row.created_at = now() - timedelta(days=31)
    send_receipt(key="receipt:2")
    db.session.commit()
    sent_mails()
    assert [mail.key for mail in db.session.scalars(select(Mail))] == ["receipt:2"]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "Ada <ada@example.com>",
        "ada@example.com, eve@example.com",
        "ada@example.com\nBcc: eve@example.com",
        "zoë@example.com",
        "ada@exa mple.com",
    ],
)
def test_an_address_that_servers_may_refuse_is_refused(to: str) -> None:
    with pytest.raises(Problem, match="No mail can be sent"):
        send_receipt(to)


@pytest.mark.parametrize("name", ["Ada\nBcc: eve@example.com", "Ada\rBcc", "x" * 500_000, "\0"])
def test_a_mail_that_servers_may_misread_is_refused(name: str) -> None:
    with pytest.raises(Problem) as caught:
        send_receipt(name=name)
    assert caught.value.code == 422


def test_mails_that_failed_are_listed_and_sent_again(app: Flask, sent_mails: SentMails) -> None:
    failed = Mail(
        id=uuid4(),
        key="receipt:9",
        recipient="ada@example.com",
        subject="Receipt",
        text="Thank you.",
        html="<p>Thank you.</p>",
        attempts=3,
        error="refused",
    )
    db.session.add(failed)
    db.session.commit()
    assert flask_mail(app, "list").output == (
        f"{failed.id}  receipt:9  given up, attempts: 3\n    refused\n"
    )
    assert flask_mail(app, "send").output == "mails sent: 0\n"

    assert flask_mail(app, "retry", str(failed.id)).output == "mails sent: 1\n"
    assert flask_mail(app, "list").output == ""
    assert len(sent_mails()) == 1


def test_a_test_mail_is_sent_at_once(app: Flask, sent_mails: SentMails) -> None:
    assert flask_mail(app, "test", "ada@example.com").output == "The mail was sent.\n"
    assert sent_mails()[0].subject == "Test mail of {{ package_name }}"
    assert flask_mail(app, "test", "ada").exit_code == 2


@pytest.mark.parametrize(
    ("url", "sender", "codes"),
    [
        ("smtps://shop:secret@smtp.example.com", "shop@example.com", []),
        ("smtp+starttls://shop:secret@smtp.example.com:2587", "shop@example.com", []),
        ("smtp://mailpit:1025", "", ["mail.sender"]),
        ("smtp://smtp.example.com", "shop@example.com", ["mail.plain"]),
        ("console:", "shop@example.com", ["mail.url"]),
        (None, None, []),
    ],
)
def test_production_requires_encryption_and_a_sender(
    url: str | None, sender: str | None, codes: list[str]
) -> None:
    found = checks({"MAIL_URL": url, "MAIL_SENDER": sender})
    assert [message.code for message in found] == codes


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MAIL_URL", "https://smtp.example.com"),
        ("MAIL_URL", "smtps://"),
        ("MAIL_URL", "smtps://smtp.example.com:secret"),
        ("MAIL_SENDER", "Shop"),
        ("MAIL_SENDER", "Shop <shop@bücher.example>"),
    ],
)
def test_wrong_settings_are_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=f"{variable}: Use"):
        create_app({"APP_ENV": "testing"})
