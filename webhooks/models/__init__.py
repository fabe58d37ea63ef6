"""The outbox, the endpoints that events go to, and every delivery with its attempts and its end."""

from webhooks.models.deliveries import Attempt, DeadLetter, Delivery
from webhooks.models.endpoints import CallbackSecret, Endpoint, Notice
from webhooks.models.heartbeats import Heartbeat
from webhooks.models.mails import Mail
from webhooks.models.outbox import OutboxEvent

__all__ = [
    "Attempt",
    "CallbackSecret",
    "DeadLetter",
    "Delivery",
    "Endpoint",
    "Heartbeat",
    "Mail",
    "Notice",
    "OutboxEvent",
]
