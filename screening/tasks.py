"""Background work of screening. Tasks carry ids at most; they are safe to repeat."""

from celery import shared_task
from django.utils import timezone

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from teams.directory import all_teams


@shared_task(name="screening.tasks.purge_idempotency")
def purge_idempotency() -> int:
    """Removes idempotency keys whose time is over; a key that is still there is ignored once it is over anyway."""
    removed = 0
    for team in all_teams():
        with tenant(team.organisation_id, [team.id]):
            removed += (
                driver_connection()
                .execute("DELETE FROM screening_idempotencykey WHERE held_until <= %s", (timezone.now(),))
                .rowcount
            )
    return removed
