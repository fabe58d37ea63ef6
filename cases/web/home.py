"""The home page: a person's teams and what waits in them; whoever has one team is led to its overview."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.overview import TeamOverview, overview_of
from screening.overview import DecisionCounts
from teams.authentication import memberships_of
from teams.roles import ROLE_SCOPES, Role
from teams.web.access import person_of, signed_in

BAR_WIDTH: Final = 100.0


@dataclass(frozen=True)
class Piece:
    """One stretch of a bar: the decisions of a kind, as a share of all."""

    decision: str
    count: int
    start: float
    width: float


@dataclass(frozen=True)
class TeamRow:
    team: TeamOverview
    bar: tuple[Piece, ...]


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    memberships = memberships_of(person)
    if len(memberships) == 1 and "read" in ROLE_SCOPES[Role(memberships[0].role)]:
        return redirect("overview", memberships[0].team_id)
    overview = overview_of(person, now, memberships)
    rows = [TeamRow(team, bar(team.figures.decided.month) if team.figures else ()) for team in overview.teams]
    return render(
        request, "desk/home.html", {"section": "overview", "overview": overview, "rows": rows, "now": now}
    )


def bar(counts: DecisionCounts) -> tuple[Piece, ...]:
    """The kinds that occurred side by side, together BAR_WIDTH wide; nothing where nothing was decided."""
    pieces, start = [], 0.0
    for decision, count in counts.in_order:
        if count:
            width = BAR_WIDTH * count / counts.total
            pieces.append(Piece(decision, count, round(start, 2), round(width, 2)))
            start += width
    return tuple(pieces)
