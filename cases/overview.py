"""What waits in a person's teams, and what was decided there: the figures of the home page. Reads only.

A role that may not read customers' data (developer) sees its teams without figures.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, QuerySet

from cases.models import Alert, Case
from ratel.tenancy import tenant
from screening.overview import Decided, LoadedList, decided, loaded_lists
from teams.authentication import memberships_of
from teams.models import Membership, Person
from teams.roles import ROLE_SCOPES, Role

OPEN_ALERTS: Final = (Alert.Status.OPEN, Alert.Status.IN_PROGRESS, Alert.Status.ESCALATED)
OPEN_CASES: Final = (
    Case.Status.OPEN,
    Case.Status.IN_PROGRESS,
    Case.Status.PENDING_REVIEW,
    Case.Status.ESCALATED,
)


@dataclass(frozen=True)
class TeamFigures:
    """What a role with the right to read sees of a team."""

    decided: Decided
    open_alerts: int
    overdue_alerts: int
    open_cases: int


@dataclass(frozen=True)
class TeamOverview:
    """`figures` is None where the person's role may not see any."""

    id: UUID
    name: str
    role: str
    currency: str
    is_sandbox: bool
    figures: TeamFigures | None


@dataclass(frozen=True)
class Overview:
    """`teams` are those of the person, sandboxes last."""

    teams: tuple[TeamOverview, ...]
    lists: tuple[LoadedList, ...]

    @property
    def live(self) -> list[TeamOverview]:
        return [team for team in self.teams if not team.is_sandbox]

    @property
    def sees_figures(self) -> bool:
        return any(team.figures for team in self.teams)

    @property
    def open_alerts(self) -> int:
        return sum(team.figures.open_alerts for team in self.live if team.figures)

    @property
    def overdue_alerts(self) -> int:
        return sum(team.figures.overdue_alerts for team in self.live if team.figures)

    @property
    def open_cases(self) -> int:
        return sum(team.figures.open_cases for team in self.live if team.figures)

    @property
    def decisions(self) -> int:
        """Of the last 30 days, sandboxes too: whether anything was ever sent."""
        return sum(team.figures.decided.month.total for team in self.teams if team.figures)


def overview_of(person: Person, now: datetime, memberships: Iterable[Membership] | None = None) -> Overview:
    """Everything that the home page shows to this person; `memberships` are theirs where they are known already."""
    memberships = sorted(
        memberships_of(person) if memberships is None else memberships,
        key=lambda one: (one.team.sandbox_of_id is not None, one.team.name),
    )
    readable = [one.team_id for one in memberships if "read" in ROLE_SCOPES[Role(one.role)]]
    with tenant(person.organisation_id, readable):
        figures = _figures(readable, now)
        lists = tuple(loaded_lists(now))
    return Overview(tuple(_team(one, figures.get(one.team_id)) for one in memberships), lists)


def _team(membership: Membership, figures: TeamFigures | None) -> TeamOverview:
    team = membership.team
    return TeamOverview(
        id=team.id,
        name=team.name,
        role=membership.get_role_display(),
        currency=team.currency,
        is_sandbox=team.sandbox_of_id is not None,
        figures=figures,
    )


def _figures(team_ids: Iterable[UUID], now: datetime) -> dict[UUID, TeamFigures]:
    ids = list(team_ids)
    decisions = decided(ids, now)
    waiting = Alert.objects.filter(team_id__in=ids, status__in=OPEN_ALERTS)
    alerts, overdue = _by_team(waiting), _by_team(waiting.filter(due_at__lt=now))
    cases = _by_team(Case.objects.filter(team_id__in=ids, status__in=OPEN_CASES))
    return {
        team_id: TeamFigures(
            decided=decisions.get(team_id, Decided()),
            open_alerts=alerts.get(team_id, 0),
            overdue_alerts=overdue.get(team_id, 0),
            open_cases=cases.get(team_id, 0),
        )
        for team_id in ids
    }


def _by_team(rows: "QuerySet[Alert] | QuerySet[Case]") -> dict[UUID, int]:
    return dict(rows.order_by().values_list("team_id").annotate(Count("id")))
