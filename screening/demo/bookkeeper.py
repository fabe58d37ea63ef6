"""Writes the demo's payments: who pays whom, how much, when it occurred and when the bank sent it. Sends nothing."""

import random
import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from screening.demo.place import Place

Payment = dict[str, Any]
# How long after a payment occurred the bank's backend asks about it.
USUAL_DELAY: Final = timedelta(seconds=1)


@dataclass(frozen=True)
class Person:
    """A customer as the bank's backend knows it; `since_days` is how long ago it became one."""

    reference: str
    name: str
    since_days: int
    kyc_status: str = "verified"
    kyc_tier: str = "standard"


@dataclass(frozen=True)
class Moment:
    """A local time of day so many days before the first start; what would lie ahead is a day earlier."""

    days_ago: int
    minute: int


@dataclass(frozen=True)
class Planned:
    """A payment, and when the bank sends it. `screening` is a name check that the bank asks for before."""

    payment: Payment
    occurred_at: datetime
    sent_at: datetime
    is_story: bool = False
    screening: Payment | None = None

    @property
    def external_id(self) -> str:
        return str(self.payment["externalId"])

    @property
    def reference(self) -> str:
        return str(self.payment["customerId"])


@dataclass(frozen=True)
class Bookkeeper:
    """`latest` is the last full hour at the place; `choices` is seeded, so every run writes the same."""

    place: Place
    latest: datetime
    choices: random.Random

    @property
    def midnight(self) -> datetime:
        return self.latest.replace(hour=0)

    def payment(
        self, person: Person, at: Moment | datetime, direction: str, amount: Decimal, **fields: Any
    ) -> Planned:
        occurred_at = at if isinstance(at, datetime) else self.time_of(at)
        since = self.midnight - timedelta(days=person.since_days)
        number = zlib.crc32(person.reference.encode())
        body: Payment = {
            "customerId": person.reference,
            "customerName": person.name,
            "customerSince": since.date().isoformat(),
            "kycStatus": person.kyc_status,
            "kycTier": person.kyc_tier,
            "direction": direction,
            "amount": str(amount),
            "channel": "mobile_app",
            "occurredAt": occurred_at.isoformat(),
            "country": self.place.home_country,
            "isCrossBorder": False,
            "deviceId": f"device-{number:08x}",
            "ipAddress": f"203.0.113.{number % 250 + 1}",
        }
        if "counterpartyName" in fields:
            body["counterpartyAccount"] = self.account_of(fields["counterpartyName"])
        return Planned({**body, **fields}, occurred_at, occurred_at + USUAL_DELAY)

    def time_of(self, moment: Moment) -> datetime:
        found = self.midnight + timedelta(days=-moment.days_ago, minutes=moment.minute)
        return found if found < self.latest else found - timedelta(days=1)

    def sent_late(self, planned: Planned, hours_ago: float) -> Planned:
        """The same, sent only so long before the last full hour, as branches send their cash book; never too early."""
        late = self.latest - timedelta(hours=hours_ago)
        return replace(planned, sent_at=max(late, planned.sent_at))

    def account_of(self, name: str) -> str:
        return str(zlib.crc32(name.encode()) % 10**self.place.account_digits).zfill(self.place.account_digits)

    def amount(self, lowest: int, highest: int) -> Decimal:
        """An everyday amount: in the place's steps, with cents where it has them."""
        steps = self.choices.randint(lowest // self.place.step, highest // self.place.step)
        cents = Decimal(self.choices.randint(1, 99)).scaleb(-2) if self.place.decimals else Decimal(0)
        return steps * self.place.step + cents

    def of_limit(self, share: str | float) -> Decimal:
        """An amount as a share of the reporting limit of cash."""
        exact = self.place.cash_limit * Decimal(str(share))
        return exact.quantize(Decimal(1).scaleb(-self.place.decimals))

    def of_wages(self, salary: Decimal) -> Decimal:
        """A week's part of a month's salary."""
        return (salary / 4).quantize(Decimal(1).scaleb(-self.place.decimals))

    def moment(self, days_ago: int) -> Moment:
        """Some time between 8 in the morning and 8 in the evening."""
        return Moment(days_ago, self.choices.randint(8 * 60, 20 * 60))
