"""Removes what is over, in small steps: delivered jobs after 24 hours, dead letters after 7 days, and their events.

Each step is one short statement in a transaction of its own, so nothing waits for it. It must never remove what is still
to be delivered, unless the endpoint that it was for is gone.
"""

from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from django.utils import timezone

from ratel.identifiers import first_id_of
from ratel.statements import driver_connection
from webhooks.delivery.tenants import Tenant, all_tenants

COMPLETED_KEPT: Final = timedelta(hours=24)
DEAD_KEPT: Final = timedelta(days=7)
# Events outlive their dead letters, and whatever else reads the outbox.
EVENTS_KEPT: Final = timedelta(days=8)
# Few enough for a statement of some milliseconds.
PURGED_AT_ONCE: Final = 1_000

_WITH_ATTEMPTS: Final = (
    "WITH gone AS (DELETE FROM webhooks_delivery WHERE id = ANY (ARRAY({chosen})) RETURNING id),"
    " attempts AS (DELETE FROM webhooks_attempt WHERE delivery_id = ANY (ARRAY(SELECT id FROM gone)))"
    " SELECT count(*) FROM gone"
)
_ENDED: Final = _WITH_ATTEMPTS.format(
    chosen="SELECT id FROM webhooks_delivery WHERE team_id = ANY(%(teams)s) AND state = %(state)s"
    " AND state IN ('done', 'dead') AND completed_at < %(before)s LIMIT %(most)s FOR UPDATE SKIP LOCKED"
)
_OF_REMOVED_ENDPOINTS: Final = _WITH_ATTEMPTS.format(
    chosen="SELECT d.id FROM webhooks_endpoint e CROSS JOIN LATERAL (SELECT id FROM webhooks_delivery"
    " WHERE endpoint_id = e.id AND state <> 'leased' ORDER BY id DESC LIMIT %(most)s FOR UPDATE SKIP LOCKED) d"
    " WHERE e.team_id = ANY(%(teams)s) AND e.deleted_at IS NOT NULL LIMIT %(most)s"
)
# What tells of a report and was queued in the moment in which its endpoint ceased to be confidential.
_UNSENDABLE: Final = _WITH_ATTEMPTS.format(
    chosen="SELECT d.id FROM webhooks_endpoint e JOIN webhooks_delivery d ON d.endpoint_id = e.id"
    " WHERE e.team_id = ANY(%(teams)s) AND NOT e.is_confidential AND d.is_confidential AND d.state = 'pending'"
    " LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED"
)
_LETTERS: Final = (
    "WITH gone AS (DELETE FROM webhooks_deadletter WHERE id = ANY (ARRAY(SELECT id FROM webhooks_deadletter"
    " WHERE team_id = ANY(%(teams)s) AND died_at < %(before)s LIMIT %(most)s FOR UPDATE SKIP LOCKED)) RETURNING id)"
    " SELECT count(*) FROM gone"
)
_LETTERS_OF_REMOVED_ENDPOINTS: Final = (
    "WITH gone AS (DELETE FROM webhooks_deadletter WHERE id = ANY (ARRAY(SELECT l.id FROM webhooks_endpoint e"
    " CROSS JOIN LATERAL (SELECT id FROM webhooks_deadletter WHERE endpoint_id = e.id ORDER BY id DESC LIMIT %(most)s"
    " FOR UPDATE SKIP LOCKED) l WHERE e.team_id = ANY(%(teams)s) AND e.deleted_at IS NOT NULL LIMIT %(most)s))"
    " RETURNING id) SELECT count(*) FROM gone"
)
_ENDPOINTS: Final = (
    "WITH gone AS (DELETE FROM webhooks_endpoint e WHERE e.team_id = ANY(%(teams)s) AND e.deleted_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM webhooks_delivery d WHERE d.endpoint_id = e.id) RETURNING id),"
    " notices AS (DELETE FROM webhooks_notice WHERE endpoint_id IN (SELECT id FROM gone))"
    " SELECT count(*) FROM gone"
)
_EVENTS: Final = (
    "WITH gone AS (DELETE FROM webhooks_outboxevent WHERE id = ANY (ARRAY(SELECT o.id FROM webhooks_outboxevent o"
    " WHERE o.id < %(first_kept)s AND o.team_id = ANY(%(teams)s) AND o.is_fanned_out"
    " AND NOT EXISTS (SELECT 1 FROM webhooks_delivery d WHERE d.event_id = o.id)"
    " ORDER BY o.id LIMIT %(most)s FOR UPDATE SKIP LOCKED)) RETURNING id) SELECT count(*) FROM gone"
)


def purge_all() -> int:
    """Purges every organisation; how many rows (an attempt goes with its delivery)."""
    return sum([purge(tenant, now=timezone.now()) for tenant in all_tenants()])


def purge(tenant: Tenant, *, now: datetime) -> int:
    """In this order, because an event stays until nothing is to be delivered of it."""
    return (
        _repeat(tenant, _ENDED, state="done", before=now - COMPLETED_KEPT)
        + _repeat(tenant, _ENDED, state="dead", before=now - DEAD_KEPT)
        + _repeat(tenant, _OF_REMOVED_ENDPOINTS)
        + _repeat(tenant, _UNSENDABLE)
        + _repeat(tenant, _LETTERS, before=now - DEAD_KEPT)
        + _repeat(tenant, _LETTERS_OF_REMOVED_ENDPOINTS)
        + _repeat(tenant, _ENDPOINTS)
        + _repeat(tenant, _EVENTS, first_kept=first_id_of(now - EVENTS_KEPT))
    )


def _repeat(tenant: Tenant, statement: LiteralString, **parameters: Any) -> int:
    """Step by step until one finds less than a whole step's worth."""
    removed = 0
    while True:
        with tenant.seen():
            row = (
                driver_connection()
                .execute(statement, {"teams": list(tenant.team_ids), "most": PURGED_AT_ONCE, **parameters})
                .fetchone()
            )
        step = int(row[0]) if row else 0
        removed += step
        if step < PURGED_AT_ONCE:
            return removed
