"""A factory of webhook events, as providers send them."""

import factory

from {{ package_name }}.webhooks import WebhookEvent

from . import Factory


class WebhookEventFactory(Factory):
    """Create pending events with a JSON object."""

    class Meta:
        model = WebhookEvent

    provider = "doors"
    event_id = factory.Sequence(lambda number: f"event-{number}")
    type = "door.opened"
    content_type = "application/json"
    payload = b"{}"
