"""A context for the layers, made without a database: facts of one payment, and numbers over a past."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from screening.context import Context, Past, Profile, make_context
from screening.counting import Counting
from screening.layers import history
from screening.policy import DEFAULTS, parse_policy
from screening.transaction import Counterparty, Customer, Transaction

POLICY = parse_policy(DEFAULTS)
BANDS = POLICY.bands
MOMENT = datetime(2026, 3, 10, 12, tzinfo=UTC)


def payment(**fields: Any) -> Transaction:
    given: dict[str, Any] = {
        "external_id": None,
        "customer_id": "customer-1",
        "direction": "debit",
        "amount": Decimal(123),
        "currency": "USD",
        "type": None,
        "channel": "transfer",
        "occurred_at": MOMENT,
        "customer": Customer(),
        "counterparty": Counterparty(),
    }
    return Transaction(**{**given, **fields})


def context(
    *,
    transaction: Transaction | None = None,
    profile: Profile | None = None,
    past: Past | None = None,
    **numbers: Any,
) -> Context:
    """`numbers` are the aggregates of `screening.layers.history` by their names there, in lower case; the rest is 0."""
    chosen = transaction or payment()
    made = make_context(chosen, profile or Profile(), past or Past(), chosen.amount, Counting.of(()))
    zero = {"average_90_days": None}
    aggregates = {
        getattr(history, name.upper()): numbers.get(name, zero.get(name, 0))
        for name in (
            "count_90_days",
            "count_day",
            "average_90_days",
            "credits_day",
            "debits_day",
            "devices",
            "addresses",
            "countries",
        )
    }
    assert set(numbers) <= {name.lower() for name in dir(history)}
    return Context(made.transaction, made.profile, made.past, made.amount, made.facts, aggregates)


KNOWN = Past(
    last_at=datetime(2026, 3, 9, tzinfo=UTC),
    first_at=datetime(2020, 1, 1, tzinfo=UTC),
    knows_counterparty=True,
)
