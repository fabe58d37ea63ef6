"""Versions of a team's decision policy as the desk shows them: who proposed, who decided. Reads only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from ratel.pages import Page
from ratel.problem import NotFound
from screening.models import DecisionPolicy
from screening.services.policy import LARGEST_VERSION, policy_fields
from screening.web.policy_words import Difference, differences_in_words
from teams.models import ApiKey, Person
from teams.principal import TeamFacts

_TONES: Final = {"live": "good", "proposed": "medium", "rejected": "critical"}
MOST_PROPOSALS: Final = 5


@dataclass(frozen=True)
class Version:
    """One version with what it changed of the one before it that decided; `by` is a person, a key, or the pack."""

    id: UUID
    number: int
    status: str
    tone: str
    fields: dict[str, Any]
    at: datetime
    by: str
    by_id: UUID | None
    by_person_id: UUID | None
    decided_at: datetime | None
    decided_by: str
    reason: str


def live_and_proposed(team: TeamFacts) -> tuple[Version, list[Version]]:
    """The version that decides, and the newest proposals over it. One statement."""
    wanted = Q(status=DecisionPolicy.Status.LIVE) | Q(status=DecisionPolicy.Status.PROPOSED)
    found = [_version(row) for row in _named(team).filter(wanted)[: MOST_PROPOSALS + 1]]
    live = next((one for one in found if one.status == DecisionPolicy.Status.LIVE), None)
    if live is None:
        live = _version(_named(team).filter(status=DecisionPolicy.Status.LIVE)[0])
    return live, [one for one in found if one.status == DecisionPolicy.Status.PROPOSED]


def versions(team: TeamFacts, page: Page, status: str | None) -> tuple[list[Version], str | None]:
    """The newest first, one more than shown so that the last one knows what it changed."""
    rows = _named(team)
    if status is not None:
        rows = rows.filter(status=status)
    if page.after is not None:
        rows = rows.filter(id__lt=page.after)
    return page.cut([_version(row) for row in rows[: page.limit + 1]], lambda one: one.id)


def two_versions(team: TeamFacts, numbers: tuple[int, int]) -> list[Version]:
    """Two versions in the order asked; raises NotFound where there is no such one."""
    if not all(1 <= number <= LARGEST_VERSION for number in numbers):
        raise NotFound("There is no such version of the policy")
    found = {row.version: _version(row) for row in _named(team).filter(version__in=numbers)}
    if not all(number in found for number in numbers):
        raise NotFound("There is no such version of the policy")
    return [found[number] for number in numbers]


def changed_by(version: Version, before: Version | None) -> list[Difference]:
    return differences_in_words(before.fields, version.fields) if before else []


def _named(team: TeamFacts) -> Any:
    def name_of(column: str) -> Coalesce:
        person = Person.objects.filter(id=OuterRef(column)).values("name")[:1]
        key = ApiKey.objects.filter(id=OuterRef(column)).values(said=Concat(Value("key "), "name"))[:1]
        return Coalesce(Subquery(person), Subquery(key))

    return (
        DecisionPolicy.objects.filter(team_id=team.id)
        .annotate(changed_by_name=name_of("changed_by"), decided_by_name=name_of("decided_by"))
        .order_by("-id")
    )


def _version(row: Any) -> Version:
    return Version(
        id=row.id,
        number=row.version,
        status=row.status,
        tone=_TONES.get(row.status, "plain"),
        fields=policy_fields(row),
        at=row.created_at,
        by=row.changed_by_name or ("the pack" if row.changed_by is None else "somebody who has left"),
        by_id=row.changed_by,
        by_person_id=row.changed_by_person,
        decided_at=row.decided_at,
        decided_by=row.decided_by_name or "",
        reason=row.decision_reason,
    )
