"""What alerts turned out to be, for the statistics of rules: screening asks, this app knows. Reads only.

A disposition counts for every evaluation that its alert stands for. Call inside `tenant(...)` of the team.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from ratel.statements import driver_connection
from screening.rule_trials.outcomes import AlertOutcome, HitOutcomes

_OF_EVALUATIONS: Final = (
    "SELECT l.evaluation_id, a.id, a.disposition FROM cases_alertevaluation l JOIN cases_alert a ON a.id = l.alert_id"
    " WHERE l.evaluation_id = ANY (%s)"
)
_OF_DAY: Final = (
    "SELECT h.rule_id, e.ruleset_id, count(*) FILTER (WHERE a.disposition = 'true_positive'),"
    " count(*) FILTER (WHERE a.disposition = 'false_positive')"
    " FROM screening_evaluation e CROSS JOIN LATERAL unnest(e.hit_rules) AS h(rule_id)"
    " JOIN cases_alertevaluation l ON l.evaluation_id = e.id JOIN cases_alert a ON a.id = l.alert_id"
    " WHERE e.team_id = %s AND e.decided_at >= %s AND e.decided_at < %s AND e.alert_id IS NOT NULL"
    " AND a.disposition IN ('true_positive', 'false_positive') GROUP BY 1, 2"
)
_DAYS: Final = (
    "SELECT DISTINCT (e.decided_at AT TIME ZONE 'UTC')::date FROM cases_alert a"
    " JOIN cases_alertevaluation l ON l.alert_id = a.id JOIN screening_evaluation e ON e.id = l.evaluation_id"
    " WHERE a.team_id = %s AND a.closed_at >= %s"
)


class RuleFeedback:
    """The functions that `screening.rule_trials.outcomes.Feedback` names."""

    def outcomes_of(self, evaluation_ids: Sequence[UUID]) -> Mapping[UUID, AlertOutcome]:
        """By evaluation; one without an alert is left out."""
        if not evaluation_ids:
            return {}
        rows = driver_connection().execute(_OF_EVALUATIONS, (list(evaluation_ids),)).fetchall()
        return {row[0]: AlertOutcome(row[1], row[2]) for row in rows}

    def outcomes_of_day(self, team_id: UUID, day: date) -> Sequence[HitOutcomes]:
        """By rule and ruleset, over the evaluations decided on that day (UTC)."""
        start = datetime.combine(day, time.min, UTC)
        rows = driver_connection().execute(_OF_DAY, (team_id, start, start + timedelta(days=1))).fetchall()
        return [HitOutcomes(*row) for row in rows]

    def days_closed_since(self, team_id: UUID, since: datetime) -> set[date]:
        """The days whose decisions have alerts that were closed since then."""
        return {row[0] for row in driver_connection().execute(_DAYS, (team_id, since)).fetchall()}


FEEDBACK: Final = RuleFeedback()
