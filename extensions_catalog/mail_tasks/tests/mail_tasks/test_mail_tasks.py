"""Mails are sent by tasks."""

from celery import Celery
from flask import Flask
from sqlalchemy import select, update

from {{ package_name }}.database import db
from {{ package_name }}.database.columns import now
from {{ package_name }}.mail import send_mail
from {{ package_name }}.mail.outbox import Mail
from {{ package_name }}.mail_tasks import deliver_mail, deliver_mails
from tests.support.fixtures.mail import SentMails
from tests.support.fixtures.tasks import Sent


def send_test_mail() -> str:
    """Send a mail in the current transaction, and return its id."""
    send_mail("mails/test", to="ada@example.com", key="test", service="Shop")
    return str(db.session.scalars(select(Mail.id)).one())


def test_a_commit_sends_a_task_for_each_key(sent: Sent) -> None:
    mail_id = send_test_mail()
    assert send_test_mail() == mail_id
    assert sent() == []

    db.session.commit()

    assert sent() == [(deliver_mail.name, [mail_id], {})]


def test_a_rollback_sends_no_task(sent: Sent) -> None:
    send_test_mail()
    db.session.rollback()
    db.session.commit()
    assert sent() == []


def test_the_task_sends_the_mail_once(app: Flask, sent_mails: SentMails) -> None:
    mail_id = send_test_mail()
    db.session.commit()

    deliver_mail(mail_id)
    deliver_mail(mail_id)

    assert len(app.extensions["mailman"].outbox) == 1
    assert len(sent_mails()) == 1


def test_beat_sends_mails_that_are_due_again(app: Flask, sent_mails: SentMails) -> None:
    celery: Celery = app.extensions["celery"]
    assert celery.conf.beat_schedule["mails"]["task"] == deliver_mails.name
    send_test_mail()
    db.session.execute(update(Mail).values(attempts=3, due_at=now()))
    db.session.commit()

    deliver_mails()

    assert len(app.extensions["mailman"].outbox) == 1
    assert len(sent_mails()) == 1
