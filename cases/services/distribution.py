"""Who gets a case next: those who work on cases in turn, whoever has the fewest open ones first."""

from collections import Counter
from typing import Final
from uuid import UUID

from cases.models import Case
from cases.services.cases import case_change
from cases.services.investigation import working
from cases.transitions import OPEN_STATUSES
from ratel.problem import Conflict
from ratel.statements import driver_connection
from teams.models import Membership
from teams.principal import Principal
from teams.roles import Role

MOST_AT_ONCE: Final = 200
# Cases are worked on by analysts; where a team has none, by its officers.
_TURNS: Final = (Role.ANALYST, Role.OFFICER)
_TURN_LOCK: Final = 0x52A7_E1C0


def case_assign_next(*, caller: Principal, case_id: UUID | None, version: int | None = None) -> Case:
    """Assigns one case to whoever is next. Raises Conflict where the team has nobody to work on cases."""
    with working(caller):
        load = _loads(caller)
        return case_change(
            caller=caller, case_id=case_id, change={"assignedToId": _next(load)}, version=version
        )


def cases_distribute(*, caller: Principal) -> int:
    """Assigns the open cases that nobody has, the oldest first; how many, at most MOST_AT_ONCE."""
    with working(caller):
        load = _loads(caller)
        waiting = (
            Case.objects.filter(team_id=caller.team.id, assigned_to_id=None, status__in=OPEN_STATUSES)
            .order_by("id")
            .values_list("id", flat=True)[:MOST_AT_ONCE]
        )
        given = 0
        for case_id in list(waiting):
            person_id = _next(load)
            case_change(caller=caller, case_id=case_id, change={"assignedToId": person_id})
            load[person_id] += 1
            given += 1
        return given


def _loads(caller: Principal) -> Counter[UUID]:
    """How many open cases each of those in turn has; one distribution of a team at a time."""
    team_id = caller.team.id
    driver_connection().execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_TURN_LOCK, str(team_id)))
    members = list(
        Membership.objects.filter(team_id=team_id, role__in=_TURNS, person__is_active=True)
        .order_by("person_id")
        .values_list("person_id", "role")
    )
    turns = next((found for role in _TURNS if (found := [one for one, held in members if held == role])), [])
    if not turns:
        raise Conflict("Nobody of the team works on cases", code="nobody_in_turn")
    held = Counter(
        Case.objects.filter(team_id=team_id, assigned_to_id__in=turns, status__in=OPEN_STATUSES).values_list(
            "assigned_to_id", flat=True
        )
    )
    return Counter({person: held[person] for person in turns})


def _next(load: Counter[UUID]) -> UUID:
    return min(load, key=lambda person: (load[person], person))
