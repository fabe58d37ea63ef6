"""A bank's past for measurements, written in SQL as the owner: evaluations of 30 days, alerts of those not passed.

Scores, hits and their combinations are drawn as a bank's would be; the sealed detail, which a what-if never reads, is as
long as the pointer to it that a real row holds.
"""

import os
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import psycopg

DAYS: Final = 30
# A share of alerts is still open, most of the closed ones were nothing.
_EVALUATIONS: Final = """
    WITH drawn AS MATERIALIZED (
        SELECT i, %(end)s::timestamptz - (1 - i::float8 / %(rows)s) * interval '30 days' AS at,
            (ARRAY[0, 0, 0, 0, 0, 0, 0, 0, 40, 50, 60])[1 + floor(random() * 11)::int] AS kyc,
            (ARRAY[0, 0, 0, 0, 10, 10, 15, 15, 20, 25, 30, 35, 45, 50, 65])[1 + floor(random() * 15)::int] AS engine,
            (ARRAY[0, 0, 0, 0, 30, 30, 36, 40, 42, 45, 48, 50, 54, 60, 70, 80])[1 + floor(random() * 16)::int] AS habit,
            CASE WHEN random() < 0.002 THEN 95 ELSE 0 END AS listed, random() AS way,
            floor(random() * 10)::int AS first, floor(random() * 10)::int AS second, floor(random() * 10)::int AS third
        FROM generate_series(1, %(rows)s) i),
    hit AS MATERIALIZED (
        SELECT d.*, CASE WHEN way < 0.60 THEN '{{}}' WHEN way < 0.85 THEN ARRAY[first] WHEN way < 0.97
            THEN ARRAY[first, second] ELSE ARRAY[first, second, third] END AS hits FROM drawn d),
    pointed AS (
        SELECT h.*, ARRAY(SELECT (%(rules)s::uuid[])[n + 1] FROM unnest(hits) n) AS hit_rules,
            ARRAY(SELECT (ARRAY[35, 32, 25, 18, 45, 40, 40, 10, 10, 5])[n + 1] FROM unnest(hits) n) AS hit_points
        FROM hit h),
    scored AS (SELECT p.*, (SELECT COALESCE(sum(x), 0) FROM unnest(hit_points) x) AS points FROM pointed p)
    INSERT INTO screening_evaluation (id, organisation_id, team_id, transaction_id, customer_id, dialect, decided_at,
        decision, risk_score, risk_level, ruleset_id, policy_version, list_generation, model_version, partial,
        missing_layers, layer_scores, hit_rules, hit_points, forces, rule_states, duration_us, alert_id, sealed_detail)
    SELECT {id}, %(organisation)s, %(team)s, gen_random_uuid(), gen_random_uuid(), 'native', at,
        CASE WHEN points >= 90 THEN 'escalate' WHEN points >= 40 THEN 'review' ELSE 'pass' END, points,
        CASE WHEN points < 40 THEN 'low' ELSE 'high' END, %(ruleset)s, 1, 'gen_00000000000000000000000000', 'rules-1',
        false, '{{}}', ARRAY[0, kyc, LEAST(points, 100), listed, engine, habit]::numeric(6, 2)[], hit_rules, hit_points,
        0, 'ntnnnnntnnn', 900, CASE WHEN points >= 75 THEN {id} END, '\\x000000000000000000000000000000000000'
    FROM scored ORDER BY i"""
_ALERTS: Final = """
    INSERT INTO cases_alert (id, organisation_id, team_id, customer_id, transaction_id, evaluation_id, trigger, lane,
        decision, risk_score, severity, status, disposition, count, due_at, created_at, first_opened_at, closed_at)
    SELECT e.id, e.organisation_id, e.team_id, e.customer_id, e.transaction_id, e.id, 'rule_fire', 'transaction',
        e.decision, e.risk_score, 'medium', CASE WHEN a.is_open THEN 'open' ELSE 'dismissed' END,
        CASE WHEN a.is_open THEN '' WHEN a.is_true THEN 'true_positive' ELSE 'false_positive' END, 1,
        e.decided_at, e.decided_at, e.decided_at, CASE WHEN NOT a.is_open THEN e.decided_at + interval '19 minutes' END
    FROM screening_evaluation e
    CROSS JOIN LATERAL (SELECT random() < 0.2 AS is_open, random() < 0.08 AS is_true, e.id) a
    WHERE e.team_id = %(team)s AND e.alert_id IS NOT NULL"""
_LINKS: Final = """
    INSERT INTO cases_alertevaluation (id, organisation_id, team_id, alert_id, evaluation_id, linked_at)
    SELECT e.id, e.organisation_id, e.team_id, e.id, e.id, e.decided_at FROM screening_evaluation e
    WHERE e.team_id = %(team)s AND e.alert_id IS NOT NULL"""
_ID: Final = (
    "(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || substr(md5(i::text), 1, 20))::uuid"
)


@dataclass(frozen=True)
class Past:
    """Whose past, by which rules."""

    organisation_id: UUID
    team_id: UUID
    ruleset_id: UUID
    rule_ids: list[UUID]


def fill(past: Past, *, rows: int, end: str = "now") -> None:
    """`rows` evaluations with their alerts, the last one at `end`."""
    values = {
        "organisation": past.organisation_id,
        "team": past.team_id,
        "ruleset": past.ruleset_id,
        "rules": past.rule_ids,
        "rows": rows,
        "end": end,
    }
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        connection.execute(
            "SELECT set_config('ratel.organisation', %s, true), set_config('ratel.teams', %s, true)",
            [str(past.organisation_id), "{" + str(past.team_id) + "}"],
        )
        connection.execute("SELECT setseed(0.42)")
        connection.execute(_EVALUATIONS.format(id=_ID).encode(), values)
        connection.execute(_ALERTS, values)
        connection.execute(_LINKS, values)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) screening_evaluation, cases_alert, cases_alertevaluation")
