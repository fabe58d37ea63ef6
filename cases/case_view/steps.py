"""Steps that reading leaves: a view once per person and hour, a pack, a bundle; what happened after a page was made."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from cases.case_view.records import Record
from cases.models import Case, CaseStep
from ratel.identifiers import new_id, show
from ratel.pipeline import run
from ratel.statements import InsertInto, commands_of, driver_connection
from teams import audit
from teams.principal import Principal

VIEWED_EVERY: Final = timedelta(hours=1)
_STEP_INSERT: Final = InsertInto(
    "cases_casestep",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "case_id": "uuid",
        "action": "text",
        "actor_kind": "text",
        "actor_id": "uuid",
        "detail": "jsonb",
        "at": "timestamptz",
    },
)


def note_view(caller: Principal, case: Case, steps: list[Record]) -> None:
    """Looking at a case shows personal data: one step and one entry of the audit trail per person and hour."""
    since = timezone.now() - VIEWED_EVERY
    seen = any(
        one.detail["action"] == "viewed" and one.actor_id == caller.id and one.at > since for one in steps
    )
    if not seen:
        note_step(caller, case, "viewed")


def note_step(caller: Principal, case: Case, action: str) -> None:
    """A step without detail and its entry of the audit trail, as one statement."""
    now = timezone.now()
    row = (new_id(), case.organisation_id, case.team_id, case.id, action, caller.kind, caller.id, "{}", now)
    entry = audit.entry_row(
        organisation_id=case.organisation_id,
        team_id=case.team_id,
        actor=audit.actor_of(caller),
        action=f"case.{action}",
        subject=("case", show("cas", case.id)),
        at=now,
    )
    run(driver_connection(), list(commands_of([(_STEP_INSERT, [row]), (audit.AUDIT_INSERT, [entry])])))


def steps_since(team_id: UUID, case_id: UUID, since: datetime) -> list[CaseStep]:
    """What happened to a case after somebody's page was made, views left out."""
    found = CaseStep.objects.filter(team_id=team_id, case_id=case_id, at__gt=since).exclude(action="viewed")
    return list(found.order_by("id")[:5])
