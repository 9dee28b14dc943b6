"""`POST /webhooks/<provider>`: verify an event, store it once, and answer before it is handled."""

import structlog
from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy.exc import IntegrityError

from ..database import db
from ..errors import Problem
from ..tasks import enqueue
from .handlers import HANDLERS, handle
from .models import State, WebhookEvent
from .providers import Provider, Verified

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")

log = structlog.get_logger(__name__)


@blueprint.post("/<name>")
def receive(name: str) -> Response:
    """Return 202 for a new event, 200 for a known one, 401 without a valid signature.

    A provider without secrets does not exist: 404.
    """
    provider: Provider | None = current_app.extensions["webhooks"].get(name)
    if provider is None or not (secrets := current_app.config[provider.secrets]):
        log.warning("webhook refused", provider=name, reason="no provider, or it has no secret")
        abort(404)
    verified = next(filter(None, (provider.verify(request, secret) for secret in secrets)), None)
    if verified is None:
        log.warning("webhook refused", provider=name, reason="no valid signature")
        raise Problem(401, "The signature is not valid.")
    if not verified.event_id:
        raise Problem(400, "The event has no id.")
    status = 202 if _store(name, verified) else 200
    return Response(provider.body, status, mimetype=provider.mimetype)


def _store(provider: str, verified: Verified) -> bool:
    """Store an event and enqueue its handler, in one transaction. Return False if it is known."""
    is_handled = (provider, verified.type) in HANDLERS
    event = WebhookEvent(
        provider=provider,
        event_id=verified.event_id,
        type=verified.type,
        content_type=request.mimetype,
        payload=request.get_data(),
        state=State.PENDING if is_handled else State.IGNORED,
    )
    db.session.add(event)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        return False
    if is_handled:
        enqueue(handle, event.id)
    db.session.commit()
    return True
