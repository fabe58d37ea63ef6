"""Background work of screening. Tasks carry ids at most; they are safe to repeat."""

from celery import shared_task
from django.utils import timezone

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from teams.audit.chain import organisations
from teams.models import Team


@shared_task(name="screening.tasks.purge_idempotency")
def purge_idempotency() -> int:
    """Removes idempotency keys whose time is over; a key that is still there is ignored once it is over anyway."""
    removed = 0
    for organisation_id in organisations():
        with tenant(organisation_id):
            team_ids = list(Team.objects.values_list("id", flat=True))
        with tenant(organisation_id, team_ids):
            removed += (
                driver_connection()
                .execute("DELETE FROM screening_idempotencykey WHERE held_until <= %s", (timezone.now(),))
                .rowcount
            )
    return removed
