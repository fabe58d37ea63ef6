"""Everything that may be done to endpoints and deliveries, each audited in its own transaction.

Arguments have been checked already (the URL by `webhooks.egress`, names of events by the catalogue). Ids that are
unknown, or somebody else's, raise NotFound.
"""

from webhooks.services.deliveries import (
    MOST_REPLAYED,
    Replay,
    Replayed,
    replay,
    replay_preview,
    retry_now,
    send_test_event,
)
from webhooks.services.endpoints import (
    LARGEST_CONCURRENCY,
    LARGEST_RATE,
    LONGEST_OVERLAP,
    MOST_ENDPOINTS,
    USUAL_CONCURRENCY,
    USUAL_OVERLAP,
    WithSecret,
    create_endpoint,
    delete_endpoint,
    pause,
    resume,
    rotate_secret,
    update_endpoint,
)

__all__ = [
    "LARGEST_CONCURRENCY",
    "LARGEST_RATE",
    "LONGEST_OVERLAP",
    "MOST_ENDPOINTS",
    "MOST_REPLAYED",
    "USUAL_CONCURRENCY",
    "USUAL_OVERLAP",
    "Replay",
    "Replayed",
    "WithSecret",
    "create_endpoint",
    "delete_endpoint",
    "pause",
    "replay",
    "replay_preview",
    "resume",
    "retry_now",
    "rotate_secret",
    "send_test_event",
    "update_endpoint",
]
