"""Delivery by threads and by several processes at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import delete, event, select, update
from structlog.testing import capture_logs

from sample.database import db
from sample.database.columns import now
from sample.mail import send_mail
from sample.mail.delivery import Delivery, deliver_due
from sample.mail.outbox import Mail
from tests.internals.support.engines import app_on_each_engine
from tests.internals.support.smtp_server import SMTPServer, smtp_server
from tests.support.fixtures.database import migrate

from .waiting import make_mail

__all__ = ["app_on_each_engine"]


@pytest.fixture(autouse=True)
def rollback() -> None:
    """Override the fixture that rolls tests back: these tests commit."""


@pytest.fixture
def server() -> Iterator[SMTPServer]:
    """A server that accepts all mails."""
    with smtp_server() as server:
        yield server


@pytest.fixture
def app(app_on_each_engine: Flask, server: SMTPServer) -> Iterator[Flask]:
    """An app that delivers mails to the server in a thread, as without the bundle tasks."""
    app = app_on_each_engine
    app.extensions["mail_delivery"] = Delivery(app)
    app.config |= {"MAIL_URL": f"smtp://127.0.0.1:{server.port}", "TESTING": False}
    app.extensions["mailman"].backend = "sample.mail.smtp.EmailBackend"
    migrate(app)
    with app.app_context():
        db.session.execute(delete(Mail))
        db.session.commit()
        yield app


def wait_for_thread(app: Flask) -> None:
    """Wait until the thread has delivered the mails."""
    app.extensions["mail_delivery"].thread.submit(lambda: None).result()


def test_a_thread_sends_mails_after_the_commit(app: Flask, server: SMTPServer) -> None:
    server.fault = "hangs"
    send_mail("mails/test", to="ada@example.com", key="one", service="Shop")
    db.session.commit()  # does not wait for the server
    server.recover()
    wait_for_thread(app)
    assert server.recipients() == {"ada@example.com": 1}


def test_parallel_deliveries_send_each_mail_once(app: Flask, server: SMTPServer) -> None:
    for number in range(20):
        make_mail(str(number), recipient=f"ada{number}@example.com")

    def deliver(_: int) -> int:
        with app.app_context():
            return deliver_due()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(deliver, range(4))) == 20
    assert set(server.recipients().values()) == {1}


@pytest.mark.usefixtures("app")
def test_a_mail_of_a_killed_process_is_sent_later(monkeypatch: pytest.MonkeyPatch) -> None:
    make_mail()
    with monkeypatch.context() as patch:
        patch.setattr("sample.mail.delivery.make_message", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            deliver_due()
    assert deliver_due() == 0  # claimed

    db.session.execute(update(Mail).values(due_at=now()))
    db.session.commit()
    assert deliver_due() == 1


def _interrupt(_mail: Mail) -> None:
    raise KeyboardInterrupt


def test_parallel_transactions_with_one_key_send_one_mail(app: Flask, server: SMTPServer) -> None:
    together = threading.Barrier(4)

    def send(_: int) -> None:
        with app.app_context():
            together.wait()
            send_mail("mails/test", to="ada@example.com", key="same", service="Shop")
            db.session.commit()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(send, range(4)))
    wait_for_thread(app)
    assert server.recipients() == {"ada@example.com": 1}


def test_an_outage_of_the_database_is_logged(app: Flask) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no database")

    event.listen(db.engine, "begin", fail)
    with capture_logs() as lines:
        app.extensions["mail_delivery"].run()
    event.remove(db.engine, "begin", fail)
    assert lines == [
        {
            "event": "mails not delivered, will retry",
            "reason": "RuntimeError",
            "log_level": "warning",
        }
    ]


def test_a_mail_of_a_savepoint_that_is_rolled_back_is_not_sent(
    app: Flask, server: SMTPServer
) -> None:
    send_mail("mails/test", to="ada@example.com", key="kept", service="Shop")
    with db.session.begin_nested() as savepoint:
        send_mail("mails/test", to="eve@example.com", key="lost", service="Shop")
        savepoint.rollback()
    db.session.commit()
    wait_for_thread(app)
    assert server.recipients() == {"ada@example.com": 1}
    assert len(db.session.scalars(select(Mail)).all()) == 1


@pytest.mark.usefixtures("app")
def test_an_html_template_can_use_the_text() -> None:
    send_mail("mails/test", to="ada@example.com", key="html", service="<Shop>")
    html = db.session.scalars(select(Mail.html)).one()
    db.session.rollback()
    assert "The service &lt;Shop&gt; can send mail." in html


def test_tests_start_no_thread(app: Flask) -> None:
    app.config["TESTING"] = True
    make_mail()
    app.extensions["mail_delivery"].start()
    assert len(db.session.scalars(select(Mail).where(Mail.sent_at.is_(None))).all()) == 1
