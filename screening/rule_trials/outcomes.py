"""What alerts turned out to be, asked of the app that knows alerts, which RATEL_RULE_FEEDBACK names.

Screening decides and knows no alert; the numbers come back as plain values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

TRUE_POSITIVE = "true_positive"
FALSE_POSITIVE = "false_positive"


@dataclass(frozen=True)
class AlertOutcome:
    """The alert of an evaluation; `disposition` is empty while nobody has closed it."""

    alert_id: UUID
    disposition: str


@dataclass(frozen=True)
class HitOutcomes:
    """Of the evaluations of one ruleset in which a rule hit, how many ended as what."""

    rule_id: UUID
    ruleset_id: UUID
    true_positives: int
    false_positives: int


class Feedback(Protocol):
    """All functions are called inside `tenant(...)` of the team."""

    def outcomes_of(self, evaluation_ids: Sequence[UUID]) -> Mapping[UUID, AlertOutcome]: ...

    def outcomes_of_day(self, team_id: UUID, day: date) -> Sequence[HitOutcomes]: ...

    def days_closed_since(self, team_id: UUID, since: datetime) -> set[date]: ...


def feedback() -> Feedback:
    return cast(Feedback, import_string(settings.RATEL_RULE_FEEDBACK))
