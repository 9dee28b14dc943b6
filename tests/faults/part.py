"""A part that the tests add to a service: views and tasks whose effects can be counted."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from flask import Flask, Response, request
from marshmallow import fields
from sqlalchemy import JSON, delete, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .api import Blueprint, api
from .api.schemas import Integer, Schema
from .auth import jwt_required, roles_required
from .database import Model, db
from .tasks import enqueue

API_PATHS = (
    "/crash",
    "/seen",
)  # with the bundle pages, other requests that are no GET need a CSRF token


class Run(Model):
    """The start of a task."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[UUID]


class Effect(Model):
    """The effect of a task; a second run of the task finds this row."""

    __tablename__ = "effects"

    task_id: Mapped[UUID] = mapped_column(primary_key=True)


class Order(Model):
    """A row that is committed together with a task."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


class Document(Model):
    """Any JSON object, in a column of type JSON or JSONB."""

    __tablename__ = "documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))


class DocumentSchema(Schema):
    """The request and response body of a document."""

    id = Integer(dump_only=True)
    body = fields.Dict(keys=fields.String(), required=True)


documents = Blueprint("documents", __name__, url_prefix="/documents", description="Documents.")


@documents.get("")
@jwt_required()
@documents.response(200, DocumentSchema(many=True))
def list_documents() -> Sequence[Document]:
    """List all documents."""
    return db.session.scalars(select(Document).order_by(Document.id)).all()


@documents.post("")
@jwt_required()
@documents.arguments(DocumentSchema)
@documents.response(201, DocumentSchema)
def create_document(values: dict[str, Any]) -> Document:
    """Create a document."""
    document = Document(**values)
    db.session.add(document)
    db.session.commit()
    return document


@documents.delete("")
@roles_required("admin")
@documents.response(204)
def delete_documents() -> None:
    """Delete all documents."""
    db.session.execute(delete(Document))
    db.session.commit()


@shared_task(bind=True)
def work(self: Task[..., Any], seconds: float) -> None:
    """Sleep, then store one effect for the task, even if it runs several times."""
    task_id = UUID(self.request.id)
    db.session.add(Run(task_id=task_id))
    db.session.commit()
    time.sleep(seconds)
    if db.session.get(Effect, task_id, with_for_update=True) is None:
        db.session.add(Effect(task_id=task_id))
    db.session.commit()


@shared_task(bind=True)
def poison(self: Task[..., Any]) -> None:
    """Kill the worker's process."""
    db.session.add(Run(task_id=UUID(self.request.id)))
    db.session.commit()
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task
def deliver(order_id: int) -> None:
    """Store one effect for an order."""
    db.session.merge(Effect(task_id=UUID(int=order_id)))
    db.session.commit()


def add_orders() -> dict[str, list[int]]:
    """Commit `count` orders, each with a task."""
    orders = [Order(number=number) for number in range(int(request.args["count"]))]
    db.session.add_all(orders)
    db.session.flush()
    for order in orders:
        enqueue(deliver, order.id)
    db.session.commit()
    return {"orders": [order.id for order in orders]}


def slow() -> str:
    """Respond after `seconds`, without a query. Log the start."""
    print("slow started", flush=True)
    time.sleep(float(request.args["seconds"]))
    return "slow"


def seen() -> dict[str, Any]:
    """Return what the service knows about the request."""
    size = len(request.get_data())
    return {"client": request.remote_addr, "url": request.url, "size": size}


def large() -> bytes:
    """Return more than the buffers of a connection hold."""
    return bytes(20_000_000)


def stream() -> Response:
    """Send a first event, and a second one when the file `until` exists."""

    def events(until: Path) -> Iterator[str]:
        yield "data: first\n\n"
        while not until.exists():
            time.sleep(0.01)
        yield "data: second\n\n"

    headers = {"X-Accel-Buffering": "no"}
    until = Path(request.args["until"])
    return Response(events(until), mimetype="text/event-stream", headers=headers)


def crash() -> str:
    """Raise an exception in a frame with secrets of the request."""
    password, token = request.get_json()["password"], request.headers["Authorization"]
    raise RuntimeError(f"{len(password)} {len(token)}")


def read() -> dict[str, int]:
    """Query the database."""
    return {"one": db.session.scalar(select(1)) or 0}


def write() -> dict[str, int]:
    """Commit an order with this number, and return the number."""
    number = int(request.args["number"])
    db.session.add(Order(number=number))
    db.session.commit()
    return {"number": number}


def kill_before_response(response: Response) -> Response:
    """Kill the process before it sends the response, if the request has the header X-Kill."""
    if "X-Kill" in request.headers:
        os.kill(os.getpid(), signal.SIGKILL)
    return response


def init_app(app: Flask) -> None:
    """Register the views."""
    api.register_blueprint(documents)
    app.after_request(kill_before_response)
    app.add_url_rule("/orders", view_func=add_orders, methods=["POST"])
    app.add_url_rule("/slow", view_func=slow)
    app.add_url_rule("/seen", view_func=seen, methods=["GET", "POST"])
    app.add_url_rule("/large", view_func=large)
    app.add_url_rule("/stream", view_func=stream)
    app.add_url_rule("/crash", view_func=crash, methods=["POST"])
    app.add_url_rule("/read", view_func=read)
    app.add_url_rule("/write", view_func=write, methods=["POST"])
