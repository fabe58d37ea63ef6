"""Removes what is over, in small steps: ended batches after 30 days, answered queued evaluations after 25 hours.

The decisions themselves stay: they are evaluations like all others. It must never remove what is still to be done.
"""

from datetime import datetime, timedelta
from typing import Final, LiteralString

from django.utils import timezone

from ratel.statements import driver_connection
from webhooks.callbacks import remove_idle_endpoints
from webhooks.delivery.tenants import Tenant, all_tenants

# Longer than a dead letter of its callback can be sent again.
BATCHES_KEPT: Final = timedelta(days=30)
# As long as an external id is held, and a little more.
QUEUED_KEPT: Final = timedelta(hours=25)
_BATCHES_AT_ONCE: Final = 20
_QUEUED_AT_ONCE: Final = 2_000
_BATCHES: Final = (
    "WITH gone AS (DELETE FROM screening_batchjob WHERE id = ANY (ARRAY(SELECT id FROM screening_batchjob"
    " WHERE team_id = ANY(%(teams)s) AND finished_at < %(before)s LIMIT %(most)s FOR UPDATE SKIP LOCKED))"
    " RETURNING id), chunks AS (DELETE FROM screening_batchchunk WHERE batch_id IN (SELECT id FROM gone))"
    " SELECT count(*) FROM gone"
)
_QUEUED: Final = (
    "WITH gone AS (DELETE FROM screening_queuedevaluation WHERE id = ANY (ARRAY(SELECT id"
    " FROM screening_queuedevaluation WHERE team_id = ANY(%(teams)s) AND state <> 'waiting'"
    " AND answered_at < %(before)s LIMIT %(most)s FOR UPDATE SKIP LOCKED)) RETURNING id)"
    " SELECT count(*) FROM gone"
)


def purge_all() -> int:
    return sum([purge(tenant, now=timezone.now()) for tenant in all_tenants()])


def purge(tenant: Tenant, *, now: datetime) -> int:
    with tenant.seen():
        remove_idle_endpoints(tenant.team_ids, now=now)
    return _repeat(tenant, _BATCHES, now - BATCHES_KEPT, _BATCHES_AT_ONCE) + _repeat(
        tenant, _QUEUED, now - QUEUED_KEPT, _QUEUED_AT_ONCE
    )


def _repeat(tenant: Tenant, statement: LiteralString, before: datetime, most: int) -> int:
    removed = 0
    while True:
        with tenant.seen():
            row = (
                driver_connection()
                .execute(statement, {"teams": list(tenant.team_ids), "before": before, "most": most})
                .fetchone()
            )
        step = int(row[0]) if row else 0
        removed += step
        if step < most:
            return removed
