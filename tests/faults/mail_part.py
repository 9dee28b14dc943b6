"""A part that the tests add to a service: a view that sends a mail."""

from flask import Flask, request

from .database import db
from .mail import send_mail


def send() -> dict[str, str]:
    """Commit a mail to an address with this number."""
    number = request.args["number"]
    send_mail("mails/test", to=f"{number}@example.com", key=number, service="Shop")
    db.session.commit()
    return {"number": number}


def init_app(app: Flask) -> None:
    """Register the view."""
    app.add_url_rule("/mails", view_func=send, methods=["POST"])
