"""Relations that a person saw between a case and another one, or an alert: made once, seen from both sides."""

from uuid import UUID

from django.utils import timezone

from cases.models import Alert, Case, CaseRelation
from cases.services.investigation import locked_case, step, working
from ratel.identifiers import read, show
from ratel.problem import Conflict, Invalid, NotFound, Problem
from ratel.sealing import seal, unseal
from teams.principal import Principal


def case_relate(*, caller: Principal, case_id: UUID | None, named: str, reason: str) -> CaseRelation:
    """Relates the case with another one or with an alert, by its public id; both timelines tell of it.

    Raises NotFound for what the team does not have, Conflict where the two are related already.
    """
    with working(caller):
        case = locked_case(caller, case_id)
        kind, other_id, other_case = _other(caller, named.strip())
        if other_case is not None and other_case.id == case.id:
            raise Invalid(errors=[Problem("other", "belongs to this very case")])
        _refuse_repetition(case, kind, other_id)
        relation = CaseRelation(
            organisation_id=case.organisation_id,
            team_id=case.team_id,
            case_id=case.id,
            kind=kind,
            other_id=other_id,
            related_by_kind=caller.kind,
            related_by_id=caller.id,
            related_at=timezone.now(),
        )
        relation.sealed_reason = seal(reason.encode(), relation.id.bytes)
        relation.save(force_insert=True)
        step(caller, case, "related", to=named.strip())
        if other_case is not None:
            step(caller, other_case, "related", to=show("cas", case.id))
        return relation


def _other(caller: Principal, named: str) -> tuple[str, UUID, Case | None]:
    """What is named: its kind, its id, and the case whose timeline tells of it."""
    team_id = caller.team.id
    case_id, alert_id = read("cas", named), read("alt", named)
    if case_id is not None:
        other = Case.objects.filter(team_id=team_id, id=case_id).first()
        if other is not None:
            return CaseRelation.Kind.CASE, case_id, other
    if alert_id is not None:
        alert = Alert.objects.filter(team_id=team_id, id=alert_id).first()
        if alert is not None:
            of_alert = (
                Case.objects.filter(team_id=team_id, id=alert.case_id).first() if alert.case_id else None
            )
            return CaseRelation.Kind.ALERT, alert_id, of_alert
    if case_id is None and alert_id is None:
        raise Invalid(
            errors=[Problem("other", "must be the id of a case (cas_...) or of an alert (alt_...)")]
        )
    raise NotFound("The team has no such case or alert")


def _refuse_repetition(case: Case, kind: str, other_id: UUID) -> None:
    related = CaseRelation.objects.filter(team_id=case.team_id)
    there = related.filter(case_id=case.id, kind=kind, other_id=other_id)
    back = related.filter(case_id=other_id, kind=CaseRelation.Kind.CASE, other_id=case.id)
    if there.exists() or (kind == CaseRelation.Kind.CASE and back.exists()):
        raise Conflict("The two are related already", code="related_already")


def reason_of(relation_id: UUID, sealed: bytes | memoryview) -> str:
    return unseal(bytes(sealed), relation_id.bytes).decode()
