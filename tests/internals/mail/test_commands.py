"""`flask mail`, and settings that are accepted."""

import pytest
from click.testing import Result
from flask import Flask

from sample import create_app

from .waiting import make_mail


def flask_mail(app: Flask, *arguments: str) -> Result:
    """Run `flask mail` with these arguments."""
    return app.test_cli_runner().invoke(args=["mail", *arguments])


@pytest.mark.parametrize("arguments", [[], ["--all", "00000000-0000-0000-0000-000000000001"]])
def test_retry_requires_either_ids_or_all(app: Flask, arguments: list[str]) -> None:
    result = flask_mail(app, "retry", *arguments)
    assert result.exit_code == 2
    assert "Give the ids of mails, or --all." in result.output


def test_retry_all_sends_mails_that_wait(app: Flask) -> None:
    for key in "ab":
        mail = make_mail(key)
        assert f"{mail.id}  {key}  due {mail.due_at:%Y-%m-%d %H:%M} UTC, attempts: 0\n" in (
            flask_mail(app, "list").output
        )
    assert flask_mail(app, "retry", "--all").output == "mails sent: 2\n"


@pytest.mark.parametrize("url", ["console:", "memory:", "smtp://mailpit:1025", "smtps://[::1]"])
@pytest.mark.parametrize("sender", ["shop@example.com", '"Grüße, Shop" <shop@example.com>'])
def test_settings_are_accepted(monkeypatch: pytest.MonkeyPatch, url: str, sender: str) -> None:
    monkeypatch.setenv("MAIL_URL", url)
    monkeypatch.setenv("MAIL_SENDER", sender)
    assert create_app({"APP_ENV": "testing"}).config["MAIL_SENDER"] == sender
