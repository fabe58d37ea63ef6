"""How the endpoints of a team stand: what waits for each, for how long, and what was given up. Reads only, bounded.

Call inside `tenant(...)`. Counts stop at MOST_COUNTED: whether more than that waits changes nothing that anybody does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ratel.statements import driver_connection
from teams.principal import Principal
from webhooks.selectors import SEES_REPORTS

MOST_COUNTED: Final = 1_000
_WAITS: Final = "d.endpoint_id = asked.id AND (%(sees)s OR NOT d.is_confidential)"
_STANDING: Final = (
    "SELECT asked.id, waiting.number, waiting.oldest, dead.number"  # noqa: S608 - our own fragments
    " FROM unnest(%(ids)s::uuid[]) AS asked(id)"
    # Each state by itself: an index of its own holds what is in it.
    " CROSS JOIN LATERAL (SELECT count(*) AS number, min(created_at) AS oldest FROM ("
    f"(SELECT d.created_at FROM webhooks_delivery d WHERE {_WAITS} AND d.state = 'pending'"
    " ORDER BY d.next_attempt_at LIMIT %(most)s)"
    f" UNION ALL (SELECT d.created_at FROM webhooks_delivery d WHERE {_WAITS} AND d.state = 'last_wait'"
    " ORDER BY d.next_attempt_at LIMIT %(most)s)"
    f" UNION ALL (SELECT d.created_at FROM webhooks_delivery d WHERE {_WAITS} AND d.state = 'leased'"
    " ORDER BY d.lease_until LIMIT %(most)s)) w) waiting"
    " CROSS JOIN LATERAL (SELECT count(*) AS number FROM (SELECT 1 FROM webhooks_deadletter d"
    f" WHERE {_WAITS} AND d.replayed_at IS NULL ORDER BY d.id DESC LIMIT %(most)s) g) dead"
)


@dataclass(frozen=True)
class Standing:
    """`waiting` and `dead` are at most MOST_COUNTED; `oldest_at` is when the oldest that waits was made."""

    waiting: int
    oldest_at: datetime | None
    dead: int


NOTHING: Final = Standing(0, None, 0)


def standing_of(caller: Principal, endpoint_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """By endpoint, without what tells of a report for who may not see it."""
    if not endpoint_ids:
        return {}
    asked = {"ids": list(endpoint_ids), "sees": caller.may(SEES_REPORTS), "most": MOST_COUNTED}
    rows = driver_connection().execute(_STANDING, asked).fetchall()
    return {row[0]: Standing(min(row[1], MOST_COUNTED), row[2], row[3]) for row in rows}
