"""Client of Ratel: decisions about payments, batches, the risk of an entity, and webhooks that can be trusted.

`RatelClient` for threads, `AsyncRatelClient` for tasks; both make the same calls and repeat them in the same way.
"""

from ratel_client.asynchronous import AsyncBatch, AsyncRatelClient
from ratel_client.client import Batch, RatelClient
from ratel_client.errors import (
    Forbidden,
    Invalid,
    NotFound,
    RatelError,
    RateLimited,
    Unauthenticated,
    Unavailable,
    Unprocessable,
)
from ratel_client.results import BatchStatus, EntityRisk, Evaluation, Hit, Item, Problem, Screening
from ratel_client.retries import Retries
from ratel_client.webhooks import Event, SignatureMismatch, verify_webhook

__all__ = [
    "AsyncBatch",
    "AsyncRatelClient",
    "Batch",
    "BatchStatus",
    "EntityRisk",
    "Evaluation",
    "Event",
    "Forbidden",
    "Hit",
    "Invalid",
    "Item",
    "NotFound",
    "Problem",
    "RateLimited",
    "RatelClient",
    "RatelError",
    "Retries",
    "Screening",
    "SignatureMismatch",
    "Unauthenticated",
    "Unavailable",
    "Unprocessable",
    "verify_webhook",
]
