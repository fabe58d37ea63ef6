"""What every action on an alert or a case has in common: one transaction, its step and audit entry, what is stale."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from cases.models import Alert, Case, CaseStep
from ratel.identifiers import show
from ratel.problem import Conflict, Invalid, NotFound, Problem
from ratel.statements import driver_connection, insert
from ratel.tenancy import tenant
from screening.models import Customer, Transaction
from teams import audit
from teams.models import Membership
from teams.principal import Principal
from webhooks.delivery import doorbell
from webhooks.outbox import OUTBOX_INSERT, event_row

LONGEST_REASON: Final = 2_000


@contextmanager
def working(caller: Principal) -> Iterator[None]:
    """A transaction that sees the caller's team; what it writes to the outbox is sent at once afterwards."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        transaction.on_commit(doorbell.ring)
        yield


def locked_case(caller: Principal, case_id: UUID | None, *, version: int | None = None) -> Case:
    """The team's case, which nobody else changes until the transaction ends; raises NotFound, or Conflict if stale."""
    case = (
        Case.objects.select_for_update().filter(team_id=caller.team.id, id=case_id).first()
        if case_id
        else None
    )
    if case is None:
        raise NotFound
    _refuse_stale(case, version)
    return case


def locked_alert(caller: Principal, alert_id: UUID | None, *, version: int | None = None) -> Alert:
    """The same for an alert."""
    alert = (
        Alert.objects.select_for_update().filter(team_id=caller.team.id, id=alert_id).first()
        if alert_id
        else None
    )
    if alert is None:
        raise NotFound
    _refuse_stale(alert, version)
    return alert


def hold_customers(caller: Principal, customer_ids: Iterable[UUID | None]) -> None:
    """Takes the rows of the customers whose alerts are about to be closed or put into a case, before the alerts' own:
    in the order of the decision path, so that neither waits for the other."""
    wanted = sorted({one for one in customer_ids if one is not None})
    if wanted:
        rows = Customer.objects.select_for_update().filter(team_id=caller.team.id, id__in=wanted)
        list(rows.order_by("id").values_list("id", flat=True))


def customers_of_case(caller: Principal, case_id: UUID | None) -> list[UUID | None]:
    """The case's own customer and those of its alerts."""
    if case_id is None:
        return []
    mine = {"team_id": caller.team.id}
    own = Case.objects.filter(**mine, id=case_id).values_list("customer_id", flat=True)
    return [*own, *Alert.objects.filter(**mine, case_id=case_id).values_list("customer_id", flat=True)]


def forget_open_alerts(alerts: Sequence[Alert]) -> None:
    """Repeated alerts join these no more: they are closed."""
    driver_connection().execute(
        "UPDATE screening_customer SET open_alerts = NULLIF((SELECT COALESCE(jsonb_object_agg(one.key, one.value), '{}')"
        " FROM jsonb_each(open_alerts) AS one WHERE one.value->>'id' <> ALL(%(alerts)s)), '{}')"
        " WHERE id = ANY(%(customers)s) AND open_alerts IS NOT NULL",
        {
            "alerts": [str(alert.id) for alert in alerts],
            "customers": [alert.customer_id for alert in alerts if alert.customer_id],
        },
    )


def _refuse_stale(row: Case | Alert, version: int | None) -> None:
    if version is not None and version != row.version:
        raise Conflict(
            "Somebody changed it meanwhile: look again",
            code="stale",
            extra={"current": {"status": row.status, "version": row.version}},
        )


def step(caller: Principal, case: Case, action: str, **detail: Any) -> None:
    """One entry of the case's timeline and one of the audit trail."""
    CaseStep.objects.create(
        organisation_id=case.organisation_id,
        team_id=case.team_id,
        case_id=case.id,
        action=action,
        actor_kind=caller.kind,
        actor_id=caller.id,
        detail=detail,
        at=timezone.now(),
    )
    audit.note(
        caller=caller, action=f"case.{action}", subject=("case", show("cas", case.id)), after=detail or None
    )


def tell_of_case(caller: Principal, event: str, case: Case, **outcome: str) -> None:
    """One event about the case with everything that belongs to it."""
    alerts = list(Alert.objects.filter(team_id=case.team_id, case_id=case.id).order_by("id"))
    transactions = {alert.transaction_id for alert in alerts if alert.transaction_id}
    external = Transaction.objects.filter(team_id=case.team_id, id__in=transactions)
    data = {
        "caseId": show("cas", case.id),
        "status": case.status,
        "type": case.type,
        "priority": case.priority,
        "alertIds": [show("alt", alert.id) for alert in alerts],
        "externalIds": sorted(
            one for one in external.values_list("external_id", flat=True) if one is not None
        ),
        **outcome,
    }
    insert(
        OUTBOX_INSERT,
        event_row(
            event,
            organisation_id=case.organisation_id,
            team_id=case.team_id,
            subject=show("cas", case.id),
            occurred_at=timezone.now(),
            data=data,
        ),
    )


def member_of_team(caller: Principal, person_id: UUID | None, path: str) -> UUID | None:
    """The person, if they hold a role in the caller's team; raises Invalid where they do not. None assigns to nobody."""
    if person_id is None:
        return None
    if not Membership.objects.filter(team_id=caller.team.id, person_id=person_id).exists():
        raise Invalid(errors=[Problem(path, "is nobody of this team")])
    return person_id
