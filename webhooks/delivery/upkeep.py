"""What must happen to deliveries without anybody answering: leases that are over, and last waits that are over.

Safe to repeat and to run in several processes at once.
"""

from datetime import datetime
from typing import Final

from ratel.identifiers import new_id
from ratel.statements import InsertInto, driver_connection, insert
from webhooks.delivery.letter import INTERRUPTED
from webhooks.delivery.settle import ATTEMPT_INSERT
from webhooks.delivery.tenants import Tenant

MOST_AT_ONCE: Final = 500
DEAD_LETTER_INSERT: Final = InsertInto(
    "webhooks_deadletter",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "delivery_id": "uuid",
        "endpoint_id": "uuid",
        "event_id": "uuid",
        "event": "text",
        "subject": "text",
        "sequence": "bigint",
        "is_confidential": "boolean",
        "attempts_made": "int",
        "last_status_code": "int",
        "last_error": "text",
        "died_at": "timestamptz",
    },
)


def release_lost(tenant: Tenant, *, now: datetime) -> int:
    """Deliveries whose lease is over wait again at once; the attempt that was cut off is logged and not spent."""
    with tenant.seen():
        rows = (
            driver_connection()
            .execute(
                "UPDATE webhooks_delivery d SET state = 'pending', next_attempt_at = %(now)s, lease_until = NULL,"
                " lease_owner = NULL, last_status_code = NULL, last_error = %(interrupted)s FROM (SELECT w.id"
                " FROM webhooks_endpoint e CROSS JOIN LATERAL (SELECT l.id FROM webhooks_delivery l"
                " WHERE l.endpoint_id = e.id AND l.state = 'leased' AND l.lease_until <= %(now)s"
                " ORDER BY l.lease_until LIMIT %(most)s FOR UPDATE SKIP LOCKED) w"
                " WHERE e.team_id = ANY(%(teams)s)) lost WHERE d.id = lost.id"
                " RETURNING d.id, d.organisation_id, d.team_id, d.attempts_made, d.resumes_at",
                {
                    "now": now,
                    "interrupted": INTERRUPTED,
                    "teams": list(tenant.team_ids),
                    "most": MOST_AT_ONCE,
                },
            )
            .fetchall()
        )
        attempts = [
            (
                new_id(),
                organisation,
                team,
                delivery,
                number,
                resumes is not None,
                now,
                0,
                None,
                INTERRUPTED,
                None,
            )
            for delivery, organisation, team, number, resumes in rows
        ]
        if attempts:
            insert(ATTEMPT_INSERT, *attempts)
        return len(attempts)


def bury(tenant: Tenant, *, now: datetime) -> int:
    """Deliveries whose last wait is over are dead letters from now on; those of a paused endpoint go on waiting."""
    with tenant.seen():
        rows = (
            driver_connection()
            .execute(
                "UPDATE webhooks_delivery d SET state = 'dead', completed_at = %(now)s FROM ("
                "SELECT w.id FROM webhooks_endpoint e CROSS JOIN LATERAL (SELECT l.id FROM webhooks_delivery l"
                " WHERE l.endpoint_id = e.id AND l.state = 'last_wait' AND l.next_attempt_at <= %(now)s"
                " ORDER BY l.next_attempt_at LIMIT %(most)s FOR UPDATE SKIP LOCKED) w"
                " WHERE e.team_id = ANY(%(teams)s) AND e.status = 'active' AND e.deleted_at IS NULL) over"
                " WHERE d.id = over.id"
                " RETURNING d.organisation_id, d.team_id, d.id, d.endpoint_id, d.event_id, d.event, d.subject,"
                " d.sequence, d.is_confidential, d.attempts_made, d.last_status_code, d.last_error",
                {"now": now, "teams": list(tenant.team_ids), "most": MOST_AT_ONCE},
            )
            .fetchall()
        )
        if rows:
            insert(DEAD_LETTER_INSERT, *[(new_id(), *row, now) for row in rows])
        return len(rows)
