"""What closed alerts turned out to be, held against two policies: which of them a draft would not have raised.

Reads the alerts' verdicts through the SQL of RATEL_ALERT_OUTCOMES, as screening knows no alert. Inside `tenant(...)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings
from django.utils.module_loading import import_string

from ratel.identifiers import first_id_of
from ratel.statements import driver_connection
from screening.policy import Policy
from screening.what_if.counting import policy_values
from screening.what_if.judging import JUDGED, POLICY_COLUMNS, STORED
from screening.what_if.window import Window
from teams.principal import TeamFacts

# Of more alerts than these in a window the newest are judged, and the answer says so.
MOST_ALERTS: Final = 50_000
MOST_EXAMPLES: Final = 20
_JUDGE: Final = """
    WITH closed AS MATERIALIZED ({alerts}), p(number, {columns}) AS (VALUES {policies}),
    judged AS MATERIALIZED (
        SELECT c.alert_id, c.case_id, c.verdict,
            max(o.outcome) FILTER (WHERE p.number = 0) AS live, max(o.outcome) FILTER (WHERE p.number = 1) AS draft,
            max(j.score) FILTER (WHERE p.number = 1) AS score,
            (array_agg(e.id ORDER BY j.score DESC) FILTER (WHERE p.number = 1))[1] AS evaluation_id
        FROM closed c JOIN screening_evaluation e ON e.id = c.evaluation_id AND e.organisation_id = %(organisation)s
        CROSS JOIN LATERAL (SELECT {stored} OFFSET 0) g CROSS JOIN p {judged}
        WHERE e.team_id = %(team)s AND e.rescreens_id IS NULL AND e.forces IS NOT NULL
        GROUP BY 1, 2, 3)
    SELECT count(*), {counts}, (SELECT jsonb_agg(jsonb_build_object('alert', x.alert_id, 'case', x.case_id,
            'score', x.score / 100.0, 'amount', t.base_amount::text, 'rules', ARRAY(SELECT r.code
                FROM unnest(e.hit_rules) WITH ORDINALITY u(id, place) JOIN screening_rule r ON r.id = u.id
                ORDER BY u.place), 'rule_ids', e.hit_rules) ORDER BY x.score DESC, x.alert_id)::text
        FROM (SELECT * FROM judged WHERE verdict = 'true_positive' AND draft = 0 ORDER BY score DESC, alert_id
            LIMIT %(examples)s) x
        JOIN screening_evaluation e ON e.id = x.evaluation_id AND e.organisation_id = %(organisation)s
        LEFT JOIN screening_transaction t ON t.id = e.transaction_id AND t.organisation_id = %(organisation)s)
    FROM judged"""
_COUNTS: Final = ", ".join(
    f"count(*) FILTER (WHERE verdict = '{verdict}' AND {policy} = 0)"
    for verdict in ("true_positive", "false_positive")
    for policy in ("live", "draft")
)


@dataclass(frozen=True)
class Missed:
    """An alert that turned out to be true and that the draft would not have raised; `score` is the draft's."""

    alert_id: UUID
    case_id: UUID | None
    score: Decimal
    amount: Decimal | None
    rules: tuple[str, ...]
    rule_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class Outcomes:
    """Closed alerts, `judged` of them by both policies, and those that the live policy and the draft would not raise."""

    judged: int
    missed_live: int
    missed_draft: int
    saved_live: int
    saved_draft: int
    examples: tuple[Missed, ...]


@dataclass(frozen=True)
class Workload:
    """How the team works its alerts: how long one takes it, how many payments one stands for, how many are open."""

    open_alerts: int
    alerts: int
    payments: int
    median_handling: timedelta | None

    @property
    def payments_per_alert(self) -> Decimal:
        """Repeated ones join an open alert, so that it stands for more than one."""
        return Decimal(self.payments) / self.alerts if self.alerts else Decimal(1)

    @property
    def is_cut(self) -> bool:
        return self.alerts >= MOST_ALERTS

    def hours_of(self, payments: Decimal) -> Decimal | None:
        """What so many payments to look at cost in hours of work; None while no handled alert says how long one takes."""
        if self.median_handling is None:
            return None
        hours = Decimal(self.median_handling.total_seconds()) / 3600
        return payments / self.payments_per_alert * hours


def judge_alerts(team: TeamFacts, window: Window, live: Policy, draft: Policy) -> Outcomes:
    values = _values(team, window)
    rows = policy_values([live, draft], values)
    statement = _JUDGE.format(
        alerts=_sql("JUDGED_EVALUATIONS"),
        columns=", ".join(POLICY_COLUMNS),
        policies=rows,
        stored=STORED,
        judged=JUDGED,
        counts=_COUNTS,
    )
    row = driver_connection().execute(statement, values, prepare=False).fetchone()
    judged, missed_live, missed_draft, saved_live, saved_draft, examples = row or (0, 0, 0, 0, 0, None)
    missed = tuple([_missed(one) for one in orjson.loads(examples or "[]")])
    return Outcomes(judged, missed_live, missed_draft, saved_live, saved_draft, missed)


def workload(team: TeamFacts, window: Window) -> Workload:
    values = _values(team, window)
    row = driver_connection().execute(_sql("WORKLOAD"), values, prepare=False).fetchone()
    return Workload(*row) if row else Workload(0, 0, 0, None)


def _values(team: TeamFacts, window: Window) -> dict[str, Any]:
    return {
        "team": team.id,
        "organisation": team.organisation_id,
        "since": window.start,
        "since_id": first_id_of(window.start),
        "most": MOST_ALERTS,
        "examples": MOST_EXAMPLES,
    }


def _sql(name: str) -> str:
    return str(import_string(f"{settings.RATEL_ALERT_OUTCOMES}.{name}"))


def _missed(one: dict[str, Any]) -> Missed:
    return Missed(
        UUID(one["alert"]),
        UUID(one["case"]) if one["case"] else None,
        Decimal(str(one["score"])),
        Decimal(one["amount"]) if one["amount"] is not None else None,
        tuple(one["rules"]),
        tuple([UUID(identifier) for identifier in one["rule_ids"]]),
    )


def common_rules(missed: Sequence[Missed]) -> set[UUID]:
    """The rules that hit in every one of them."""
    return set.intersection(*[set(one.rule_ids) for one in missed]) if missed else set()
