"""The alerts of a case with the decisions and payments behind them, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from ratel.statements import driver_connection
from screening.evaluation import Evaluation
from screening.replays import open_evaluation, open_transaction
from screening.transaction import Transaction

MOST_ALERTS: Final = 100
MOST_PAYMENTS: Final = 200
_EACH: Final = 50
_DECISIONS: Final = (
    "SELECT a.id, a.trigger, a.lane, a.decision, a.risk_score, a.severity, a.status, a.count,"
    " a.due_at, a.created_at, a.closed_at, a.disposition, a.screening_id, a.evaluation_id, e.id,"
    " e.sealed_detail, t.id, t.external_id,"
    " t.occurred_at, t.direction, t.amount, t.currency, t.base_amount, t.type, t.channel, t.country,"
    " t.counterparty_key, t.device_key, t.sealed_input, e.risk_score"
    " FROM (SELECT * FROM cases_alert WHERE team_id = %(team)s AND case_id = %(case)s"
    " ORDER BY id DESC LIMIT %(alerts)s) a"
    " LEFT JOIN LATERAL (SELECT l.evaluation_id FROM cases_alertevaluation l WHERE l.alert_id = a.id"
    # The alert's own one first, which says why.
    " ORDER BY (l.evaluation_id = a.evaluation_id) DESC, l.evaluation_id DESC LIMIT %(each)s) l ON true"
    " LEFT JOIN screening_evaluation e ON e.id = l.evaluation_id AND e.team_id = %(team)s"
    " LEFT JOIN screening_transaction t ON t.id = e.transaction_id"
    " ORDER BY a.id DESC, e.id DESC LIMIT %(payments)s"
)


@dataclass(frozen=True)
class AlertOfCase:
    id: UUID
    trigger: str
    lane: str
    decision: str
    risk_score: Decimal
    severity: str
    status: str
    count: int
    due_at: datetime
    created_at: datetime
    closed_at: datetime | None
    disposition: str
    screening_id: UUID | None
    evaluation: Evaluation | None

    @property
    def layer_scores(self) -> list[Decimal]:
        return [layer.score for layer in self.evaluation.layers] if self.evaluation else []


@dataclass(frozen=True)
class Payment:
    """One payment that an alert of the case rests on. `amount` is in its own currency, `base` in the team's."""

    id: UUID
    external_id: str | None
    occurred_at: datetime
    direction: str | None
    amount: Decimal | None
    currency: str
    base: Decimal | None
    type: str | None
    channel: str | None
    country: str | None
    counterparty_key: int | None
    device_key: int | None
    sealed_input: bytes
    evaluation_id: UUID

    @cached_property
    def sent(self) -> Transaction:
        return open_transaction(self.id, self.sealed_input)

    @property
    def counterparty(self) -> str:
        """As people know it: a name, else an account, else an id."""
        party = self.sent.counterparty
        return party.name or party.account or party.entity_id or party.national_id or ""


@dataclass(frozen=True)
class Decisions:
    """`payments` newest first, each once."""

    alerts: tuple[AlertOfCase, ...]
    payments: tuple[Payment, ...]

    @property
    def has_more_alerts(self) -> bool:
        return len(self.alerts) >= MOST_ALERTS

    @property
    def has_more_payments(self) -> bool:
        """Or might have: what is cut is cut by rows."""
        return len(self.payments) >= MOST_PAYMENTS

    @property
    def leading(self) -> Evaluation | None:
        """The decision with the highest score."""
        decided = [one.evaluation for one in self.alerts if one.evaluation is not None]
        return max(decided, key=lambda one: (one.risk_score, one.decided_at), default=None)


def decisions_of(team_id: UUID, case_id: UUID) -> Decisions:
    """Call inside `tenant(...)`."""
    asked = {
        "team": team_id,
        "case": case_id,
        "alerts": MOST_ALERTS,
        "each": _EACH,
        "payments": MOST_PAYMENTS,
    }
    rows = driver_connection().execute(_DECISIONS, asked).fetchall()
    gravest: dict[UUID, tuple[Any, ...]] = {}
    payments: dict[UUID, Payment] = {}
    for row in rows:
        if row[14] is not None:
            before = gravest.get(row[0])
            if before is None or (row[29], row[14]) > (before[29], before[14]):
                gravest[row[0]] = row
            payments.setdefault(row[16], _payment(row))
    firsts: dict[UUID, tuple[Any, ...]] = {}
    for row in rows:
        firsts.setdefault(row[0], row)
    alerts = [_alert(row, gravest.get(alert_id)) for alert_id, row in firsts.items()]
    newest = sorted(payments.values(), key=lambda one: one.occurred_at, reverse=True)
    return Decisions(tuple(alerts), tuple(newest))


def _alert(row: tuple[Any, ...], gravest: tuple[Any, ...] | None) -> AlertOfCase:
    """With the gravest of the decisions that joined it, and of equal ones the newest: it has seen the most."""
    evaluation = open_evaluation(gravest[14], bytes(gravest[15])) if gravest else None
    return AlertOfCase(*(*row[:13], evaluation))


def _payment(row: tuple[Any, ...]) -> Payment:
    return Payment(*(*row[16:28], bytes(row[28]), row[14]))
