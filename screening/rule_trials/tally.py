"""Counts by day what each version of a rule did: hits, alerts, what those turned out to be; and what a rule costs.

Done in the background over whole days, so that the pages read a few rows and the decision path pays nothing. A day is
counted anew as a whole: repeating changes nothing. Today and yesterday are counted when something was decided, other
days when an alert of theirs was closed, all of the last DAYS once a day.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.utils import timezone
from orjson import loads

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.models import RuleDay, RuleTally
from screening.rule_trials.costs import measured
from screening.rule_trials.outcomes import feedback
from teams.directory import all_teams
from teams.principal import TeamFacts

log = structlog.get_logger(__name__)
DAYS: Final = 30
_TALLY_LOCK: Final = 0x52A7_E1D2
_LOCK: Final = "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))"
_WHOLE_EVERY: Final = timedelta(days=1)
_NEW: Final = "SELECT EXISTS (SELECT 1 FROM screening_evaluation WHERE decided_at >= %s AND team_id = %s)"
_EVALUATED: Final = (
    "SELECT ruleset_id, count(*) FROM screening_evaluation"
    " WHERE team_id = %s AND decided_at >= %s AND decided_at < %s AND rescreens_id IS NULL GROUP BY 1"
)
_HITS: Final = (
    "SELECT h.rule_id, e.ruleset_id, count(*), count(*) FILTER (WHERE e.decision <> 'pass')"
    " FROM screening_evaluation e CROSS JOIN LATERAL unnest(e.hit_rules) AS h(rule_id)"
    " WHERE e.team_id = %s AND e.decided_at >= %s AND e.decided_at < %s AND e.rescreens_id IS NULL GROUP BY 1, 2"
)
_SHADOW_HITS: Final = (
    "SELECT rule_id, version, count(*), count(*) FILTER (WHERE would_be <> 'pass') FROM screening_shadowhit"
    " WHERE team_id = %s AND decided_at >= %s AND decided_at < %s GROUP BY 1, 2"
)
_RULESETS: Final = "SELECT id, rules, shadow FROM screening_ruleset WHERE id = ANY (%s)"
_Version = tuple[UUID, int, bool]  # rule, version, whether it is in the shadow


@dataclass
class _Counts:
    """What one version did on one day."""

    evaluated: int = 0
    hits: int = 0
    alerts: int = 0
    true_positives: int = 0
    false_positives: int = 0


@dataclass
class _Day:
    versions: dict[_Version, _Counts] = field(default_factory=dict)

    def of(self, version: _Version) -> _Counts:
        return self.versions.setdefault(version, _Counts())


def tally_all() -> int:
    """How many days of teams were counted. A team that cannot be counted holds up no other."""
    return sum(_tallied(team) for team in all_teams())


def _tallied(team: TeamFacts) -> int:
    try:
        return tally(team)
    except Exception as error:
        log.warning("rule_tally_failed", team=str(team.id), error=type(error).__name__)
        return 0


def tally(team: TeamFacts, *, whole: bool = False) -> int:
    """Counts a team's days that may have changed; how many. With `whole` all of the last DAYS. Where somebody else is
    counting them at the moment, nothing is done."""
    with tenant(team.organisation_id, [team.id]):
        now = timezone.now()
        (is_ours,) = driver_connection().execute(_LOCK, (_TALLY_LOCK, str(team.id))).fetchone() or (False,)
        if not is_ours:
            return 0
        mark = RuleTally.objects.filter(team_id=team.id).first()
        is_whole = whole or mark is None or now - mark.all_counted_at >= _WHOLE_EVERY
        days = _days(team, now, None if is_whole else mark)
        for day in days:
            _count_day(team, day)
        if days:
            costs = {"costs": measured(team)} if is_whole else {}
            _write_mark(team, now, mark, is_whole=is_whole, **costs)
        return len(days)


def _days(team: TeamFacts, now: datetime, mark: RuleTally | None) -> list[date]:
    today = now.astimezone(UTC).date()
    if mark is None:
        return [today - timedelta(days=back) for back in range(DAYS + 1)]
    # What began before the last count may have been committed after it.
    since = mark.counted_at - timedelta(minutes=2)
    touched = feedback().days_closed_since(team.id, since)
    (is_new,) = driver_connection().execute(_NEW, (since, team.id)).fetchone() or (False,)
    recent = {today, since.astimezone(UTC).date()} if is_new else set()
    return sorted(touched | recent)


def _write_mark(
    team: TeamFacts, now: datetime, mark: RuleTally | None, *, is_whole: bool, **costs: Any
) -> None:
    whole_at = now if is_whole or mark is None else mark.all_counted_at
    RuleTally.objects.update_or_create(
        team_id=team.id,
        defaults={
            "organisation_id": team.organisation_id,
            "counted_at": now,
            "all_counted_at": whole_at,
            **costs,
        },
    )


def _count_day(team: TeamFacts, day: date) -> None:
    """Replaces the rows of one day by what is stored now."""
    start = datetime.combine(day, time.min, UTC)
    bounds = (team.id, start, start + timedelta(days=1))
    read = driver_connection()
    evaluated = dict(read.execute(_EVALUATED, bounds).fetchall())
    hits = read.execute(_HITS, bounds).fetchall()
    shadow_hits = read.execute(_SHADOW_HITS, bounds).fetchall()
    outcomes = feedback().outcomes_of_day(team.id, day)
    rulesets = _Rulesets.read({*evaluated, *(row[1] for row in hits), *(one.ruleset_id for one in outcomes)})
    counted = _Day()
    for version, count in rulesets.evaluated(evaluated).items():
        counted.of(version).evaluated = count
    for rule_id, ruleset_id, count, alerts in hits:
        one = counted.of(rulesets.deciding(rule_id, ruleset_id))
        one.hits += count
        one.alerts += alerts
    for rule_id, number, count, alerts in shadow_hits:
        one = counted.of((rule_id, number, True))
        one.hits, one.alerts = count, alerts
    for outcome in outcomes:
        one = counted.of(rulesets.deciding(outcome.rule_id, outcome.ruleset_id))
        one.true_positives += outcome.true_positives
        one.false_positives += outcome.false_positives
    _replace(team, day, counted)


def _replace(team: TeamFacts, day: date, counted: _Day) -> None:
    RuleDay.objects.filter(team_id=team.id, day=day).delete()
    RuleDay.objects.bulk_create(
        RuleDay(
            organisation_id=team.organisation_id,
            team_id=team.id,
            rule_id=rule_id,
            version=version,
            is_shadow=is_shadow,
            day=day,
            evaluated=one.evaluated,
            hits=one.hits,
            alerts=one.alerts,
            true_positives=one.true_positives,
            false_positives=one.false_positives,
        )
        for (rule_id, version, is_shadow), one in counted.versions.items()
    )


@dataclass(frozen=True)
class _Rulesets:
    """Which version of a rule decided, or ran in the shadow, under which ruleset."""

    live: Mapping[UUID, Mapping[UUID, int]]
    shadow: Mapping[UUID, Mapping[UUID, int]]

    @classmethod
    def read(cls, identifiers: set[UUID]) -> "_Rulesets":
        rows = driver_connection().execute(_RULESETS, (list(identifiers),)).fetchall()
        return cls(
            {row[0]: {UUID(rule): number for rule, number in loads(row[1])} for row in rows},
            {row[0]: {UUID(rule): number for rule, number in loads(row[2])} for row in rows},
        )

    def deciding(self, rule_id: UUID, ruleset_id: UUID) -> _Version:
        return (rule_id, self.live.get(ruleset_id, {}).get(rule_id, 0), False)

    def evaluated(self, by_ruleset: Mapping[UUID, int]) -> Counter[_Version]:
        counted: Counter[_Version] = Counter()
        for ruleset_id, count in by_ruleset.items():
            for version in self._versions(ruleset_id):
                counted[version] += count
        return counted

    def _versions(self, ruleset_id: UUID) -> Iterator[_Version]:
        for rule_id, number in self.live.get(ruleset_id, {}).items():
            yield rule_id, number, False
        for rule_id, number in self.shadow.get(ruleset_id, {}).items():
            yield rule_id, number, True
