"""What is stored about the subject of a report, read back whole: its alerts, decisions, payments, customer. Reads only.

Call inside `tenant(...)`. Four statements however many alerts a case has; at most MOST_PAYMENTS payments of its
alerts and MOST_OTHERS others of the customer, the newest.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from cases.models import Report
from ratel.sealing import unseal
from ratel.statements import driver_connection
from screening.evaluation import Evaluation
from screening.models import Customer, Screening
from screening.replays import open_evaluation, open_transaction
from screening.screenings.customers import KnownCustomer, opened
from screening.screenings.judge import Judged
from screening.screenings.record import RESULT_CONTEXT
from screening.transaction import Transaction

MOST_PAYMENTS: Final = 200
MOST_OTHERS: Final = 100
_ALERTS: Final = (
    "SELECT a.id, a.created_at, a.trigger, a.screening_id FROM cases_alert a"
    " WHERE a.team_id = %(team)s AND a.case_id = %(case)s"
    " UNION SELECT a.id, a.created_at, a.trigger, a.screening_id FROM cases_alert a"
    " WHERE a.team_id = %(team)s AND a.id = %(alert)s ORDER BY 2, 1 LIMIT 200"
)
# What the alerts are about with its decisions, then the customer's other payments without.
_PAYMENTS: Final = (
    "WITH wanted AS (SELECT evaluation_id FROM cases_alertevaluation WHERE alert_id = ANY(%(alerts)s)"
    " UNION SELECT %(evaluation)s::uuid)"
    " (SELECT e.id, e.sealed_detail, t.id, t.sealed_input, t.base_amount"
    " FROM wanted w JOIN screening_evaluation e ON e.id = w.evaluation_id AND e.organisation_id = %(organisation)s"
    " JOIN screening_transaction t ON t.id = e.transaction_id AND t.organisation_id = e.organisation_id"
    " WHERE e.team_id = %(team)s ORDER BY t.occurred_at DESC, e.decided_at DESC LIMIT %(most)s)"
    " UNION ALL (SELECT NULL, NULL, t.id, t.sealed_input, t.base_amount FROM screening_transaction t"
    " WHERE t.team_id = %(team)s AND t.customer_id = %(customer)s ORDER BY t.occurred_at DESC LIMIT %(others)s)"
)


@dataclass(frozen=True)
class Raised:
    """An alert of the subject. `screening_id` where it came from a name screening rather than a payment."""

    id: UUID
    at: datetime
    trigger: str
    screening_id: UUID | None


@dataclass(frozen=True)
class Paid:
    """One payment as it was sent; `base_amount` is in the team's currency, None without a rate."""

    transaction_id: UUID
    transaction: Transaction
    base_amount: Decimal | None


@dataclass(frozen=True)
class Decided(Paid):
    """One payment with the newest decision about it."""

    evaluation: Evaluation


@dataclass(frozen=True)
class Screened:
    id: UUID
    at: datetime
    judged: Judged


@dataclass(frozen=True)
class Stored:
    """Everything that a report may be prefilled from; payments oldest first, `others` those without an alert."""

    customer: KnownCustomer
    since: Any
    alerts: list[Raised]
    decided: list[Decided]
    others: list[Paid]
    screened: list[Screened]


def read_stored(report: Report) -> Stored:
    rows = driver_connection().execute(
        _ALERTS, {"team": report.team_id, "case": report.case_id, "alert": report.alert_id}
    )
    alerts = [Raised(*row) for row in rows.fetchall()]
    customer = Customer.objects.get(team_id=report.team_id, id=report.customer_id)
    decided, others = _payments(report, alerts)
    return Stored(
        customer=opened(customer),
        since=customer.since,
        alerts=alerts,
        decided=decided,
        others=others,
        screened=_screened(report, alerts),
    )


def _payments(report: Report, alerts: list[Raised]) -> tuple[list[Decided], list[Paid]]:
    rows = driver_connection().execute(
        _PAYMENTS,
        {
            "alerts": [alert.id for alert in alerts],
            "evaluation": report.evaluation_id,
            "organisation": report.organisation_id,
            "team": report.team_id,
            "customer": report.customer_id,
            "most": MOST_PAYMENTS,
            "others": MOST_OTHERS,
        },
    )
    decided: dict[UUID, Decided] = {}
    others: dict[UUID, Paid] = {}
    for evaluation_id, detail, transaction_id, given, base_amount in rows.fetchall():
        # A payment that was decided again is told by its newest decision.
        if transaction_id in decided:
            continue
        sent = open_transaction(transaction_id, given)
        if evaluation_id is None:
            others[transaction_id] = Paid(transaction_id, sent, base_amount)
        else:
            evaluation = open_evaluation(evaluation_id, bytes(detail))
            decided[transaction_id] = Decided(transaction_id, sent, base_amount, evaluation)
    return list(reversed(decided.values())), list(reversed(others.values()))


def _screened(report: Report, alerts: list[Raised]) -> list[Screened]:
    wanted = [alert.screening_id for alert in alerts if alert.screening_id]
    if not wanted:
        return []
    rows = Screening.objects.filter(team_id=report.team_id, id__in=wanted).order_by("id")
    return [Screened(row.id, row.screened_at, _opened_result(row)) for row in rows]


def _opened_result(row: Screening) -> Judged:
    sealed, context = bytes(row.sealed_result), row.id.bytes + RESULT_CONTEXT
    return msgspec.json.decode(unseal(sealed, context), type=Judged)
