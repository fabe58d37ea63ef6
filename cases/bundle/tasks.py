"""Background work of bundles: tasks carry nothing, the rows say what there is to make."""

from celery import shared_task
from django.utils import timezone

from cases.bundle import services
from cases.files import store
from cases.models import Bundle
from webhooks.delivery.doorbell import Doorbell
from webhooks.delivery.tenants import all_tenants

TASK = "cases.bundle.tasks.make"
ring = Doorbell(TASK, "ratel:bundles:rung", held_ms=150).ring


@shared_task(name=TASK)
def make_bundles() -> int:
    """Makes what waits, one after the other; safe to repeat and to run several times at once."""
    made = 0
    for tenant in all_tenants():
        with tenant.seen():
            waiting = list(
                Bundle.objects.filter(team_id__in=tenant.team_ids, state=Bundle.State.WAITING).order_by("id")[
                    : services.MOST_WAITING
                ]
            )
        made += sum(services.make(bundle) for bundle in waiting)
    return made


@shared_task(name="cases.bundle.tasks.purge")
def purge_bundles() -> int:
    """Removes archives that were kept long enough."""
    now = timezone.now()
    store.remove_unfinished(now.timestamp())
    return sum(services.purge(now, one.organisation_id, one.team_ids) for one in all_tenants())
