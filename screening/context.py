"""What the layers may read about one transaction: itself, the customer's profile and past, the names' matches.

Frozen values and pure functions; reading them from the database is the work of `screening/enrich.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from screening.counting import Counting
from screening.rules.aggregates import Aggregate
from screening.transaction import Transaction, is_round


@dataclass(frozen=True)
class Profile:
    """What is stored of the customer; all unknown for one that is seen for the first time."""

    name: str | None = None
    account: str | None = None
    national_id: str | None = None
    kyc_status: str | None = None
    kyc_tier: str | None = None
    kyb_status: str | None = None
    since: date | None = None
    entity_type: str | None = None
    home_country: str | None = None
    risk_rating: str | None = None
    is_pep: bool | None = None
    birth_date: str | None = None
    nationality: str | None = None
    gender: str | None = None
    prior_alerts: int = 0
    prior_sars: int = 0


@dataclass(frozen=True)
class Past:
    """The customer's earlier stored transactions, seen from this one's own time.

    `stored` holds the number that the database gave for each aggregate, in the order they were asked for; for
    `average` it is a pair (sum, count), for `distinct` the count without the current transaction's own key.
    `asked` is what was asked, as `asked_text` writes it. `unknown` are the positions of those that an earlier amount
    without a value in the team's currency leaves unknown.
    """

    last_at: datetime | None = None
    first_at: datetime | None = None
    knows_counterparty: bool = False
    asked: str = ""
    stored: Sequence[Any] = ()
    unknown: tuple[int, ...] = ()


@dataclass(frozen=True)
class Context:
    """Everything the layers read. `facts` maps field names of the rule catalogue to values, None where unknown."""

    transaction: Transaction
    profile: Profile
    past: Past
    amount: Decimal | None
    facts: dict[str, Any]
    aggregates: Mapping[Aggregate, Any] = field(default_factory=dict)


def make_context(
    transaction: Transaction, profile: Profile, past: Past, amount: Decimal | None, asked: Counting
) -> Context:
    """The context of one transaction; `amount` is in the team's currency, None without a rate."""
    facts = make_facts(transaction, profile, past, amount)
    aggregates = asked.with_current(past.stored, past.unknown, transaction, facts)
    return Context(transaction, profile, past, amount, facts, aggregates)


def make_facts(
    transaction: Transaction, profile: Profile, past: Past, amount: Decimal | None
) -> dict[str, Any]:
    """The value of every field of the rule catalogue that does not depend on a layer (those are added later)."""
    customer, counterparty = transaction.customer, transaction.counterparty
    occurred_at = transaction.occurred_at
    entity_type = customer.entity_type or profile.entity_type
    facts = {
        "amount": amount,
        "currency": transaction.currency,
        "direction": transaction.direction,
        "type": transaction.type,
        "channel": transaction.channel,
        "isCash": transaction.is_cash,
        "isCrossBorder": transaction.is_cross_border,
        "country": counterparty.country,
        "city": transaction.city,
        "narration": transaction.narration,
        "deviceId": transaction.device_id,
        "ipAddress": transaction.ip_address,
        "externalId": transaction.external_id,
        "hourOfDay": occurred_at.hour,
        "isRoundAmount": is_round(transaction.amount),
        "counterpartyName": counterparty.name,
        "counterpartyAccount": counterparty.account,
        "counterpartyNik": counterparty.national_id,
        "counterpartyBankCode": counterparty.bank_code,
        "isNewCounterparty": None if counterparty.identity is None else not past.knows_counterparty,
        "customerId": transaction.customer_id,
        "customerName": customer.name or profile.name,
        "customerAccount": customer.account or profile.account,
        "customerNik": customer.national_id or profile.national_id,
        "kycStatus": customer.kyc_status or profile.kyc_status,
        "kycTier": customer.kyc_tier or profile.kyc_tier,
        "entityType": entity_type,
        "isBusiness": entity_type == "business",
        "customerAgeDays": _age_days(transaction, profile, past),
        "hasHistory": past.last_at is not None,
        "daysSinceLastActivity": None if past.last_at is None else (occurred_at - past.last_at).days,
        "homeCountry": profile.home_country,
        "riskRating": profile.risk_rating,
        "customerIsPep": profile.is_pep,
        "priorAlerts": profile.prior_alerts,
        "priorSars": profile.prior_sars,
    }
    for key, value in transaction.attributes.items():
        facts["attributes." + key] = value
    return facts


def _age_days(transaction: Transaction, profile: Profile, past: Past) -> int:
    """Whole days from `customerSince` where known, else from the first transaction, which may be this one."""
    today = transaction.occurred_at.date()
    since = transaction.customer.since or profile.since
    if since is None:
        since = min(past.first_at, transaction.occurred_at).date() if past.first_at else today
    return max((today - since).days, 0)
