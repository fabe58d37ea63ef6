"""What every change of a team's webhooks has in common: it sees the team, is written down, and wakes who delivers.

It must never write a secret, or anything that an endpoint answered, into the audit trail.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from ratel.identifiers import show
from ratel.problem import Forbidden, NotFound
from ratel.tenancy import tenant
from teams.principal import Principal
from webhooks.delivery.doorbell import ring
from webhooks.models import Endpoint

# Who may see reports may see events that tell of them.
CONFIDENTIAL_SCOPE = "reports.read"


@contextmanager
def team_change(caller: Principal) -> Iterator[None]:
    """A transaction that sees the caller's team; whoever delivers looks again once it has committed."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        transaction.on_commit(ring)
        yield


def locked_endpoint(caller: Principal, endpoint_id: UUID | None, *, with_callbacks: bool = False) -> Endpoint:
    """The endpoint, held against others who would change it; raises NotFound, also for a callback's address, which
    nobody changes, unless it is only about what is sent there."""
    if endpoint_id is None:
        raise NotFound
    living = Endpoint.objects.filter(team_id=caller.team.id, deleted_at__isnull=True)
    living = living if with_callbacks else living.filter(is_callback=False)
    found = living.select_for_update().filter(id=endpoint_id).first()
    if found is None:
        raise NotFound
    return found


def require_confidence(caller: Principal) -> None:
    """Raises Forbidden where the caller may not see what tells of a report."""
    if not caller.may(CONFIDENTIAL_SCOPE):
        raise Forbidden("Only an officer decides what a confidential endpoint is told, and where it is")


def as_subject(endpoint: Endpoint) -> tuple[str, str]:
    return "webhook_endpoint", show("whe", endpoint.id)
