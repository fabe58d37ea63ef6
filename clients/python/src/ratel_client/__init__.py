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
    Unreadable,
)
from ratel_client.results import (
    Alert,
    AlertPage,
    BatchResult,
    BatchStatus,
    EntityRisk,
    Evaluation,
    Hit,
    Item,
    Problem,
    Screening,
)
from ratel_client.retries import Retries
from ratel_client.webhooks import (
    BatchCallback,
    Event,
    SignatureMismatch,
    UnexpectedBody,
    WebhookRefused,
    verify_callback,
    verify_signature,
    verify_webhook,
)

__all__ = [
    "Alert",
    "AlertPage",
    "AsyncBatch",
    "AsyncRatelClient",
    "Batch",
    "BatchCallback",
    "BatchResult",
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
    "UnexpectedBody",
    "Unprocessable",
    "Unreadable",
    "WebhookRefused",
    "verify_callback",
    "verify_signature",
    "verify_webhook",
]
