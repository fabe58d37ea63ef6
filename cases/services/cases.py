"""What people do with cases: open, move on, assign, note, propose and confirm a resolution, close, reopen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from cases.models import Alert, Case, CaseNote
from cases.services.investigation import (
    customers_of_case,
    forget_open_alerts,
    hold_customers,
    locked_case,
    member_of_team,
    step,
    tell_of_case,
    working,
)
from cases.transitions import OPEN_STATUSES, RESOLUTIONS, Status, allowed_from, disposition_of
from ratel.identifiers import show
from ratel.problem import Conflict, Forbidden, NotFound
from ratel.sealing import seal, unseal
from screening.configuration import configuration_of
from screening.models import Customer
from teams.principal import Principal

OPEN_ALERTS: Final = (Alert.Status.OPEN, Alert.Status.IN_PROGRESS, Alert.Status.ESCALATED)


@dataclass(frozen=True)
class NewCase:
    """What a case is opened with by hand."""

    type: str
    priority: str
    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    customer_id: UUID | None = None
    related_transaction_id: UUID | None = None
    alert_ids: tuple[UUID, ...] = ()


def case_open(*, caller: Principal, given: NewCase) -> Case:
    """A new case, with the open alerts that are named linked to it."""
    with working(caller):
        now = timezone.now()
        alerts = list(
            Alert.objects.select_for_update()
            .filter(team_id=caller.team.id, id__in=given.alert_ids, case_id=None)
            .order_by("id")
        )
        if len(alerts) != len(set(given.alert_ids)):
            raise NotFound("An alert is unknown or belongs to a case already")
        customer_id = given.customer_id or next((one.customer_id for one in alerts if one.customer_id), None)
        case = Case(
            organisation_id=caller.team.organisation_id,
            team_id=caller.team.id,
            customer_id=customer_id,
            type=given.type,
            priority=given.priority,
            title=given.title,
            tags=list(given.tags),
            related_transaction_id=given.related_transaction_id,
            created_at=now,
            updated_at=now,
        )
        case.sealed_description = (
            seal(given.description.encode(), case.id.bytes) if given.description else None
        )
        case.save(force_insert=True)
        for alert in alerts:
            alert.case_id = case.id
            alert.version += 1
        Alert.objects.bulk_update(alerts, ["case_id", "version"])
        step(caller, case, "created", alerts=[show("alt", alert.id) for alert in alerts])
        tell_of_case(caller, "case.created", case)
        return case


def case_change(
    *, caller: Principal, case_id: UUID | None, change: Mapping[str, Any], version: int | None = None
) -> Case:
    """Status, priority or assignee; `reason` goes with a resolution. Raises Conflict naming what is `allowed`."""
    with working(caller):
        if disposition_of(change.get("status", "")) is not None:
            hold_customers(caller, customers_of_case(caller, case_id))
        case = locked_case(caller, case_id, version=version)
        if "assignedToId" in change:
            case.assigned_to_id = member_of_team(caller, change["assignedToId"], "assignedToId")
            step(caller, case, "assigned", to=str(case.assigned_to_id) if case.assigned_to_id else None)
        if "priority" in change and change["priority"] != case.priority:
            step(caller, case, "changed", priority=[case.priority, change["priority"]])
            case.priority = change["priority"]
        wanted = change.get("status")
        if wanted is not None and wanted != case.status:
            disposition = disposition_of(wanted)
            if disposition is not None:
                _resolve(caller, case, disposition, change["reason"])
                return case
            _move(caller, case, wanted)
        _save(case)
        tell_of_case(
            caller, "case.closed" if case.status == Status.CLOSED else "case.updated", case, **_outcome(case)
        )
        return case


def _outcome(case: Case) -> dict[str, str]:
    return (
        {"disposition": case.disposition, "reason": reason_of(case)} if case.status == Status.CLOSED else {}
    )


def case_close(
    *, caller: Principal, case_id: UUID | None, disposition: str, reason: str, version: int | None = None
) -> Case:
    """Resolves a case, or proposes to where resolutions need four eyes; puts away one that is resolved that way."""
    with working(caller):
        hold_customers(caller, customers_of_case(caller, case_id))
        case = locked_case(caller, case_id, version=version)
        if disposition_of(case.status) == disposition:
            _move(caller, case, Status.CLOSED)
            _save(case)
            tell_of_case(caller, "case.closed", case, disposition=disposition, reason=reason_of(case))
            return case
        _resolve(caller, case, disposition, reason)
        return case


def _resolve(caller: Principal, case: Case, disposition: str, reason: str) -> None:
    four_eyes = needs_four_eyes(caller)
    if four_eyes and not _is_second_pair(caller, case, disposition):
        _propose(caller, case, disposition, reason)
        return
    wanted = RESOLUTIONS[disposition]
    _require_allowed(case, wanted, four_eyes=four_eyes)
    now = timezone.now()
    before, case.status = case.status, wanted
    case.disposition, case.sealed_reason = disposition, seal(reason.encode(), case.id.bytes)
    case.resolved_at = now
    closed = Alert.objects.filter(team_id=case.team_id, case_id=case.id, status__in=OPEN_ALERTS)
    closing = list(closed)
    alerts = [alert.id for alert in closing]
    forget_open_alerts(closing)
    for alert in closing:
        alert.status, alert.disposition, alert.closed_at = Alert.Status.RESOLVED, disposition, now
        alert.version += 1
        alert.save(update_fields=["status", "disposition", "closed_at", "version"])
    if case.customer_id:
        # The customer's next alert opens another case.
        Customer.objects.filter(team_id=case.team_id, id=case.customer_id, open_case_id=case.id).update(
            open_case_id=None
        )
    step(
        caller,
        case,
        "resolved",
        status=[before, wanted],
        disposition=disposition,
        alerts=[show("alt", one) for one in alerts],
    )
    _save(case)
    tell_of_case(caller, "case.resolved", case, disposition=disposition, reason=reason)


def _is_second_pair(caller: Principal, case: Case, disposition: str) -> bool:
    """Whether somebody else proposed just this."""
    return (
        case.proposed_by_id is not None
        and case.disposition == disposition
        and not caller.is_the_same_person_as(
            actor_id=case.proposed_by_id, person_id=case.proposed_by_person_id
        )
    )


def _propose(caller: Principal, case: Case, disposition: str, reason: str) -> None:
    if case.status not in {Status.IN_PROGRESS, Status.PENDING_REVIEW, Status.ESCALATED}:
        _require_allowed(case, RESOLUTIONS[disposition], four_eyes=True)
    if case.proposed_by_id is not None and case.disposition == disposition:
        raise Forbidden("Another person must confirm this resolution", code="four_eyes")
    if case.status == Status.IN_PROGRESS:
        case.status = Status.PENDING_REVIEW
    case.disposition, case.sealed_reason = disposition, seal(reason.encode(), case.id.bytes)
    case.proposed_by_id, case.proposed_by_person_id = caller.id, caller.person_id
    step(caller, case, "proposed", disposition=disposition)
    _save(case)
    tell_of_case(caller, "case.updated", case)


def case_approve(*, caller: Principal, case_id: UUID | None, version: int | None = None) -> Case:
    """Confirms what somebody else proposed; raises Conflict where nothing is, Forbidden for the one who proposed it."""
    with working(caller):
        hold_customers(caller, customers_of_case(caller, case_id))
        case = locked_case(caller, case_id, version=version)
        if case.proposed_by_id is None or case.status not in OPEN_STATUSES:
            raise Conflict("No resolution waits for approval", extra={"allowed": []})
        if not _is_second_pair(caller, case, case.disposition):
            raise Forbidden("Another person must confirm this resolution", code="four_eyes")
        _resolve(caller, case, case.disposition, reason_of(case))
        return case


def case_send_back(
    *, caller: Principal, case_id: UUID | None, reason: str, version: int | None = None
) -> Case:
    """Refuses what was proposed: the case is in progress again."""
    with working(caller):
        case = locked_case(caller, case_id, version=version)
        if case.proposed_by_id is None or case.status not in OPEN_STATUSES:
            raise Conflict("No resolution waits for approval", extra={"allowed": []})
        _withdraw_proposal(case)
        case.status = Status.IN_PROGRESS
        _write_note(caller, case, reason)
        step(caller, case, "sent_back")
        _save(case)
        tell_of_case(caller, "case.updated", case)
        return case


def case_reopen(*, caller: Principal, case_id: UUID | None, reason: str, version: int | None = None) -> Case:
    """An officer's own decision: a case that was resolved or closed is in progress again."""
    with working(caller):
        case = locked_case(caller, case_id, version=version)
        if case.status in OPEN_STATUSES:
            raise Conflict("The case is open", extra={"allowed": _named(case, needs_four_eyes(caller))})
        before, case.status = case.status, Status.IN_PROGRESS
        _withdraw_proposal(case)
        case.resolved_at = None
        _write_note(caller, case, reason)
        step(caller, case, "reopened", status=[before, case.status])
        _save(case)
        tell_of_case(caller, "case.updated", case)
        return case


def case_note(*, caller: Principal, case_id: UUID | None, text: str) -> CaseNote:
    """Notes are never changed or removed."""
    with working(caller):
        case = locked_case(caller, case_id)
        written = _write_note(caller, case, text)
        step(caller, case, "noted", note=show("nte", written.id))
        return written


def case_link(*, caller: Principal, case_id: UUID | None, alert_ids: Sequence[UUID]) -> Case:
    """Adds alerts that belong to no case yet."""
    with working(caller):
        case = locked_case(caller, case_id)
        if case.status not in OPEN_STATUSES:
            raise Conflict("The case is not open", extra={"allowed": ["reopen"]})
        alerts = Alert.objects.select_for_update().filter(
            team_id=caller.team.id, id__in=alert_ids, case_id=None
        )
        if len(alerts) != len(set(alert_ids)):
            raise NotFound("An alert is unknown or belongs to a case already")
        for alert in alerts:
            alert.case_id = case.id
            alert.version += 1
            alert.save(update_fields=["case_id", "version"])
        step(caller, case, "linked", alerts=[show("alt", one) for one in sorted(alert_ids)])
        _save(case)
        tell_of_case(caller, "case.updated", case)
        return case


def _write_note(caller: Principal, case: Case, text: str) -> CaseNote:
    note = CaseNote(
        organisation_id=case.organisation_id,
        team_id=case.team_id,
        case_id=case.id,
        author_kind=caller.kind,
        author_id=caller.id,
        created_at=timezone.now(),
    )
    note.sealed_text = seal(text.encode(), note.id.bytes)
    note.save(force_insert=True)
    return note


def _move(caller: Principal, case: Case, wanted: str) -> None:
    _require_allowed(case, wanted, four_eyes=needs_four_eyes(caller))
    before, case.status = case.status, wanted
    if wanted == Status.IN_PROGRESS:
        _withdraw_proposal(case)
    step(caller, case, "closed" if wanted == Status.CLOSED else "changed", status=[before, wanted])


def _require_allowed(case: Case, wanted: str, *, four_eyes: bool) -> None:
    if wanted not in allowed_from(case.status, four_eyes=four_eyes):
        raise Conflict(
            f"A case that is {case.status} cannot become {wanted}",
            code="transition_not_allowed",
            extra={"allowed": _named(case, four_eyes)},
        )


def _named(case: Case, four_eyes: bool) -> list[str]:
    return [str(one.value) for one in allowed_from(case.status, four_eyes=four_eyes)]


def _withdraw_proposal(case: Case) -> None:
    case.disposition, case.sealed_reason = "", None
    case.proposed_by_id = case.proposed_by_person_id = None


def _save(case: Case) -> None:
    case.version += 1
    case.updated_at = timezone.now()
    case.save()


def needs_four_eyes(caller: Principal) -> bool:
    return bool(configuration_of(caller.team).ruleset.policy.four_eyes["resolutions"])


def reason_of(case: Case) -> str:
    return "" if case.sealed_reason is None else unseal(bytes(case.sealed_reason), case.id.bytes).decode()


def description_of(case: Case) -> str:
    if case.sealed_description is None:
        return ""
    return unseal(bytes(case.sealed_description), case.id.bytes).decode()


def text_of(note: CaseNote) -> str:
    return unseal(bytes(note.sealed_text), note.id.bytes).decode()
