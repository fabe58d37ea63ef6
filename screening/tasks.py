"""Background work of screening. Tasks carry ids at most; they are safe to repeat."""

from typing import Final

from celery import shared_task
from django.utils import timezone

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from teams.directory import all_teams
from teams.principal import TeamFacts

# Few enough for one statement to end long before the connection's statement_timeout.
PURGED_AT_ONCE: Final = 5_000


@shared_task(name="screening.tasks.purge_idempotency")
def purge_idempotency() -> int:
    """Removes idempotency keys whose time is over; a key that is still there is ignored once it is over anyway."""
    removed = 0
    for team in all_teams():
        while True:
            purged = _purge_some(team)
            removed += purged
            if purged < PURGED_AT_ONCE:
                break
    return removed


def _purge_some(team: TeamFacts) -> int:
    with tenant(team.organisation_id, [team.id]):
        return (
            driver_connection()
            .execute(
                "DELETE FROM screening_idempotencykey WHERE (team_id, key_hash) IN (SELECT team_id, key_hash"
                " FROM screening_idempotencykey WHERE team_id = %s AND held_until <= %s LIMIT %s)",
                (team.id, timezone.now(), PURGED_AT_ONCE),
            )
            .rowcount
        )
