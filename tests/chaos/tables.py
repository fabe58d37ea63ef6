"""Reads what the tables hold of one bank: as any role, because it names the bank as row-level security asks."""

from collections import Counter
from typing import Any
from uuid import UUID

import psycopg

from ratel.identifiers import show
from tests.chaos.records import Stored, StoredEvaluation, StoredEvent

EVALUATIONS = """
    SELECT e.id, t.external_id, e.decision, e.risk_score, e.alert_id, e.case_id, e.partial,
        EXISTS (SELECT FROM cases_report r WHERE r.evaluation_id = e.id AND r.type = 'SAR'), e.rescreens_id,
        e.transaction_id, (SELECT l.alert_id FROM cases_alertevaluation l WHERE l.evaluation_id = e.id)
    FROM screening_evaluation e JOIN screening_transaction t ON t.id = e.transaction_id
    WHERE e.organisation_id = %s ORDER BY e.id
"""
MISCOUNTED = """
    SELECT c.reference FROM screening_customer c WHERE c.organisation_id = %s
        AND c.prior_alerts <> (SELECT count(*) FROM cases_alert a WHERE a.customer_id = c.id)
"""
MISCOUNTED_ALERTS = """
    SELECT a.id FROM cases_alert a WHERE a.organisation_id = %s
        AND a.count <> (SELECT count(*) FROM cases_alertevaluation l WHERE l.alert_id = a.id)
"""


def read(url: str, organisation_id: str, team_id: str) -> Stored:
    """Everything of that organisation and team that the checker compares."""
    with psycopg.connect(url) as database:
        # One moment for all of it: a commit between two queries would look like half of one.
        database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        database.execute(
            "SELECT set_config('ratel.organisation', %s, true), set_config('ratel.teams', %s, true)",
            [organisation_id, f"{{{team_id}}}"],
        )

        def rows(query: str) -> list[tuple[Any, ...]]:
            return database.execute(query.encode(), [organisation_id]).fetchall()

        audited = Counter(
            subject
            for (subject,) in rows(
                "SELECT subject_id FROM teams_auditentry"
                " WHERE organisation_id = %s AND action = 'evaluation.decided'"
            )
        )
        keys = Counter(
            evaluation
            for (evaluation,) in rows(
                "SELECT k.evaluation_id FROM screening_idempotencykey k"
                " JOIN screening_evaluation e ON e.id = k.evaluation_id WHERE e.organisation_id = %s"
            )
        )
        return Stored(
            evaluations=[_evaluation(row, keys, audited) for row in rows(EVALUATIONS)],
            alerts={
                show("alt", alert): _shown("evl", evaluation) or ""
                for alert, evaluation in rows(
                    "SELECT id, evaluation_id FROM cases_alert WHERE organisation_id = %s"
                )
            },
            events=[
                StoredEvent(show("evt", event), name, payload)
                for event, name, payload in rows(
                    "SELECT id, event, payload FROM webhooks_outboxevent WHERE organisation_id = %s"
                )
            ],
            transactions=rows("SELECT count(*) FROM screening_transaction WHERE organisation_id = %s")[0][0],
            dead_letters=_dead_letters(database, organisation_id),
            miscounted=[
                *(f"customer {customer}" for (customer,) in rows(MISCOUNTED)),
                *(show("alt", alert) for (alert,) in rows(MISCOUNTED_ALERTS)),
            ],
        )


def _evaluation(row: tuple[Any, ...], keys: Counter[UUID], audited: Counter[str]) -> StoredEvaluation:
    identifier, external_id, decision, risk_score, alert_id, case_id, is_partial, drafts_sar = row[:8]
    rescreens, transaction_id, linked_to = row[8:]
    shown = show("evl", identifier)
    return StoredEvaluation(
        id=shown,
        external_id=external_id,
        decision=decision,
        risk_score=float(risk_score),
        alert_id=_shown("alt", alert_id),
        case_id=_shown("cas", case_id),
        is_partial=is_partial,
        drafts_sar=drafts_sar,
        keys=keys[identifier],
        audit_entries=audited[shown],
        rescreens=_shown("evl", rescreens),
        transaction_id=show("txn", transaction_id),
        linked_to=_shown("alt", linked_to),
    )


def _shown(prefix: str, identifier: UUID | None) -> str | None:
    return show(prefix, identifier) if identifier is not None else None


def deliveries(url: str) -> str:
    """How far the deliveries are and how the endpoint is doing, for whoever has to understand a failed run."""
    with psycopg.connect(url) as database:
        rows = [
            *database.execute(
                "SELECT state, last_error, last_status_code, count(*), min(next_attempt_at) - now(),"
                " min(lease_until) - now() FROM webhooks_delivery GROUP BY 1, 2, 3"
            ),
            *database.execute(
                "SELECT status, breaker, breaker_until - now(), breaker_detail FROM webhooks_endpoint"
            ),
            *database.execute("SELECT is_fanned_out, count(*) FROM webhooks_outboxevent GROUP BY 1"),
            *database.execute("SELECT name, now() - at, beats FROM webhooks_heartbeat"),
        ]
    return "\n".join(", ".join(str(value) for value in row) for row in rows)


def _dead_letters(database: "psycopg.Connection[Any]", organisation_id: str) -> list[str]:
    found = database.execute(
        "SELECT event_id FROM webhooks_deadletter WHERE organisation_id = %s AND replayed_at IS NULL",
        [organisation_id],
    )
    return [show("evt", event) for (event,) in found.fetchall()]
