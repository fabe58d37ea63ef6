"""Payments of the bench's bank as its backend would send them: bodies of the native dialect, each different.

Amounts, channels, devices and counterparties are spread as a retail bank's are. A payment says when it occurred,
anywhere in the last 30 days, so that a hundred thousand of them in a minute do not look like a burst to the rules.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from screening.bench.names import Names, seeded

# Per hundred payments: channel, type, how many.
KINDS: Final = (
    ("mobile_app", "transfer", 34),
    ("mobile_app", "bill_payment", 6),
    ("ussd", "transfer", 10),
    ("ussd", "topup", 6),
    ("pos", "purchase", 17),
    ("transfer", "transfer", 9),
    ("internet_banking", "transfer", 8),
    ("atm", "cash_withdrawal", 5),
    ("branch", "transfer", 2),
    ("cash", "cash_deposit", 2),
    ("atm_deposit", "cash_deposit", 1),
)
CITIES: Final = ("Lagos", "Abuja", "Kano", "Ibadan", "Port Harcourt", "Benin City", "Enugu", "Kaduna")
NARRATIONS: Final = (
    "rent",
    "school fees",
    "groceries",
    "invoice 4471",
    "salary",
    "airtime",
    "transport",
    "thanks",
)
FOREIGN: Final = ("GH", "GB", "US", "AE", "CN", "KE")
FOREIGN_SHARE: Final = 0.015
DEBIT_SHARE: Final = 0.62
MEDIAN_AMOUNT: Final = 15_000
AMOUNT_SPREAD: Final = 1.3
COUNTERPARTIES: Final = 4_000
COUNTERPARTIES_OF_EACH: Final = 15
# With names half of the counterparties are strangers, whom no process remembers; without names as many as usual.
NEW_COUNTERPARTY_SHARE: Final = 0.1
STRANGER_SHARE: Final = 0.5
DEVICES_OF_EACH: Final = 2
ADDRESSES_OF_EACH: Final = 3
SPREAD_OVER: Final = timedelta(days=30)
CUSTOMER_SINCE: Final = "2019-05-02"

KIND_OF_HUNDRED: Final = tuple((channel, kind) for channel, kind, count in KINDS for _ in range(count))


def reference(customer: int) -> str:
    return f"C{customer:06d}"


def account(counterparty: int) -> str:
    return f"{3_000_000_000 + counterparty}"


def device(customer: int, number: int) -> str:
    return f"device-{customer:06d}-{number}"


def ip_address(customer: int, number: int) -> str:
    return f"102.{89 + number}.{customer // 250 % 250}.{customer % 250}"


def counterparties_of(customer: int) -> list[int]:
    return [(customer * 37 + number * 911) % COUNTERPARTIES for number in range(COUNTERPARTIES_OF_EACH)]


class Payments:
    """An endless stream of payments by `customers` customers; `with_names` adds both parties' names."""

    def __init__(self, customers: int, *, with_names: bool, seed: str) -> None:
        self._customers = customers
        self._draw = seeded(f"payments {seed}")
        self._seed = seed
        self._made = 0
        self._customer_names: list[str] = []
        if with_names:
            self._customer_names = customer_names(customers)
            self._counterparty_names = counterparty_names()
            known = {*self._customer_names, *self._counterparty_names}
            self._strangers = filter(
                lambda name: name not in known, iter(Names(f"strangers {seed}").person, None)
            )

    def body(self) -> bytes:
        return orjson.dumps(self.payment())

    def batch(self, size: int) -> bytes:
        return orjson.dumps({"batch": [self.payment() for _ in range(size)]})

    def payment(self) -> dict[str, Any]:
        draw = self._draw
        self._made += 1
        customer = draw.randrange(self._customers)
        channel, kind = KIND_OF_HUNDRED[draw.randrange(100)]
        country = draw.choice(FOREIGN) if draw.random() < FOREIGN_SHARE else "NG"
        occurred_at = datetime.now(UTC) - SPREAD_OVER * draw.random()
        payment: dict[str, Any] = {
            "customerId": reference(customer),
            "direction": "debit" if draw.random() < DEBIT_SHARE or kind == "cash_withdrawal" else "credit",
            "amount": _amount(math.exp(draw.gauss(math.log(MEDIAN_AMOUNT), AMOUNT_SPREAD)), self._made),
            "currency": "NGN",
            "channel": channel,
            "type": kind,
            "country": country,
            "isCrossBorder": country != "NG",
            "city": draw.choice(CITIES),
            "deviceId": device(customer, draw.randrange(DEVICES_OF_EACH)),
            "ipAddress": ip_address(customer, draw.randrange(ADDRESSES_OF_EACH)),
            "narration": draw.choice(NARRATIONS),
            "externalId": f"{self._seed}-{self._made}",
            "occurredAt": occurred_at.isoformat(timespec="seconds"),
        }
        return payment | self._counterparty(customer)

    def _counterparty(self, customer: int) -> dict[str, str]:
        """One of the customer's usual ones, or one that was never seen before."""
        is_new = self._draw.random() < (STRANGER_SHARE if self._customer_names else NEW_COUNTERPARTY_SHARE)
        known = self._draw.choice(counterparties_of(customer))
        given = {"counterpartyAccount": f"{self._draw.randrange(10**9):010d}" if is_new else account(known)}
        if self._customer_names:
            given["customerName"] = self._customer_names[customer]
            given["counterpartyName"] = next(self._strangers) if is_new else self._counterparty_names[known]
        return given


def customer_names(customers: int) -> list[str]:
    names = Names("customers")
    return [names.person() for _ in range(customers)]


def counterparty_names() -> list[str]:
    names = Names("counterparties")
    return [names.person() for _ in range(COUNTERPARTIES)]


def _amount(amount: float, number: int) -> int | str:
    """Whole naira half of the time, with kobo otherwise."""
    return max(round(amount), 1) if number % 2 else f"{max(amount, 1):.2f}"
