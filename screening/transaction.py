"""The canonical transaction: what every dialect is parsed into before anything is decided. Immutable, no Django.

Any value but the ids may be unknown (None). Amounts are exact decimals in `currency`; times carry their zone; codes
(direction, type, channel, KYC status and tier) are lower case, countries and currencies upper case.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

CASH_TYPES: Final = frozenset({"cash_deposit", "cash_withdrawal"})
CASH_CHANNELS: Final = frozenset({"cash", "atm_deposit", "withdrawal"})


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """What the transaction says of the monitored customer; what it leaves out is taken from the stored profile."""

    name: str | None = None
    account: str | None = None
    bank_code: str | None = None
    national_id: str | None = None
    kyc_status: str | None = None
    kyc_tier: str | None = None
    kyb_status: str | None = None
    since: date | None = None
    entity_type: str | None = None
    registration_number: str | None = None


class Counterparty(msgspec.Struct, frozen=True, kw_only=True):
    name: str | None = None
    account: str | None = None
    bank_code: str | None = None
    national_id: str | None = None
    country: str | None = None
    entity_id: str | None = None

    @property
    def identity(self) -> str | None:
        """What tells one counterparty from another: its entity, its account, else its national id, else its name."""
        if self.entity_id:
            return f"entity:{self.entity_id}"
        if self.account:
            return f"account:{self.bank_code or ''}:{self.account}"
        if self.national_id:
            return f"id:{self.national_id}"
        return f"name:{' '.join(self.name.casefold().split())}" if self.name else None


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    external_id: str | None
    customer_id: str
    direction: str | None
    amount: Decimal | None
    currency: str
    type: str | None
    channel: str | None
    occurred_at: datetime
    customer: Customer
    counterparty: Counterparty
    is_cross_border: bool | None = None
    country: str | None = None
    city: str | None = None
    device_id: str | None = None
    ip_address: str | None = None
    narration: str | None = None
    attributes: dict[str, Any] = {}

    @property
    def is_cash(self) -> bool:
        return self.type in CASH_TYPES or self.channel in CASH_CHANNELS


def is_round(amount: Decimal | None) -> bool | None:
    """None where the amount is unknown; else whether it is at least 100 and has no more than two digits that are not
    trailing zeros (500,000 and 12,000 are, 9,850 is not)."""
    if amount is None:
        return None
    if amount < 100:
        return False
    digits = amount.normalize().as_tuple()
    return isinstance(digits.exponent, int) and digits.exponent >= 0 and len(digits.digits) <= 2
