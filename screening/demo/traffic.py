"""Made-up payments of one demo team over the last 30 days: ordinary life, and the stories that rules are for.

The same payments each time: only the dates move with the day of the first start. Each has an external id of its
own, so that what was decided already is known by it. `label` marks the stories and is never sent.
"""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from screening.demo.place import Party, Place, load_place

DAYS: Final = 30
DORMANT_DAYS: Final = 200
# Beside the salary. From 10 payments on a customer is measured against its own pace.
PAYMENTS_A_MONTH: Final = 8
Payment = dict[str, Any]


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
    """A local time of day so many days before the first start; always in the past."""

    days_ago: int
    minute: int


@dataclass(frozen=True)
class Bookkeeper:
    """Writes payments of one place; `choices` is seeded, so every run writes the same."""

    place: Place
    midnight: datetime
    choices: random.Random

    def payment(
        self, person: Person, moment: Moment, direction: str, amount: Decimal, **fields: Any
    ) -> Payment:
        occurred_at = self.midnight + timedelta(days=-moment.days_ago, minutes=moment.minute)
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
        return {**body, **fields}

    def account_of(self, name: str) -> str:
        return str(zlib.crc32(name.encode()) % 10**self.place.account_digits).zfill(self.place.account_digits)

    def amount(self, lowest: int, highest: int) -> Decimal:
        """An everyday amount: in the place's steps, with cents where it has them."""
        steps = self.choices.randint(lowest // self.place.step, highest // self.place.step)
        cents = Decimal(self.choices.randint(1, 99)).scaleb(-2) if self.place.decimals else Decimal(0)
        return steps * self.place.step + cents

    def of_limit(self, share: str) -> Decimal:
        """An amount as a share of the reporting limit of cash."""
        return (self.place.cash_limit * Decimal(share)).quantize(Decimal(1).scaleb(-self.place.decimals))

    def moment(self, days_ago: int) -> Moment:
        """Some time between 8 in the morning and 8 in the evening."""
        return Moment(days_ago, self.choices.randint(8 * 60, 20 * 60))


def payments(pack: str, now: datetime) -> list[Payment]:
    """About 300 payments in the order of time, all of them before today began at the place."""
    place = load_place(pack)
    midnight = now.astimezone(place.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    book = Bookkeeper(place, midnight, random.Random(f"demo {pack}"))  # noqa: S311 - made-up payments, no secret
    ordinary = [payment | {"label": False} for payment in _ordinary(book)]
    stories = [payment | {"label": True} for payment in _stories(book)]
    numbered = [
        payment | {"externalId": f"demo-{pack}-{number:04d}"}
        for number, payment in enumerate(ordinary + stories, start=1)
    ]
    return sorted(numbered, key=lambda payment: str(payment["occurredAt"]))


def _ordinary(book: Bookkeeper) -> Iterator[Payment]:
    """Salaries, bills, shops, cash from the machine, money to relatives."""
    place = book.place
    for number, name in enumerate(place.customers):
        person = Person(f"customer-{number + 1:03d}", name, since_days=400 + 37 * number)
        employer = place.employers[number % len(place.employers)]
        salary = book.amount(*place.salary)
        yield book.payment(
            person, Moment(29, 9 * 60 + number), "credit", salary, counterpartyName=employer, type="salary"
        )
        relative = book.choices.choice(place.relatives)
        for days_ago in sorted(book.choices.sample(range(1, 28), PAYMENTS_A_MONTH), reverse=True):
            yield _spending(book, person, relative, days_ago)


def _spending(book: Bookkeeper, person: Person, relative: str, days_ago: int) -> Payment:
    place = book.place
    moment, amount = book.moment(days_ago), book.amount(*place.spending)
    match book.choices.choice(("shop", "shop", "shop", "bill", "relative", "cash")):
        case "shop":
            shop, city = book.choices.choice(place.shops), book.choices.choice(place.cities)
            details = {"channel": "pos", "counterpartyName": shop, "city": city}
        case "bill":
            details = {"counterpartyName": book.choices.choice(place.utilities), "type": "bill_payment"}
        case "relative":
            details = {"counterpartyName": relative, "type": "transfer"}
        case _:
            details = {"channel": "atm", "type": "cash_withdrawal", "city": book.choices.choice(place.cities)}
    return book.payment(person, moment, "debit", amount, **details)


def _stories(book: Bookkeeper) -> Iterator[Payment]:
    for story in (
        _structuring, _large_cash, _just_below, _listed_names, _abroad, _burst, _dormant, _passed_through,
        _new_and_large, _unverified,
    ):  # fmt: skip
        yield from story(book)


def _structuring(book: Bookkeeper) -> Iterator[Payment]:
    """Four cash deposits just under the limit in one morning."""
    person = Person("story-structuring", f"{book.place.relatives[0]} Trading", since_days=610)
    for position, share in enumerate(("0.958", "0.964", "0.93", "0.968")):
        moment, city = Moment(6, 9 * 60 + 55 * position), book.place.cities[position]
        yield book.payment(
            person, moment, "credit", book.of_limit(share), channel="branch", type="cash_deposit", city=city
        )


def _large_cash(book: Bookkeeper) -> Iterator[Payment]:
    """One deposit over the limit: a report, not a suspicion."""
    person = Person("story-cash", f"{book.place.relatives[1]}", since_days=1_900)
    yield book.payment(
        person, Moment(12, 11 * 60), "credit", book.of_limit("1.24"), channel="branch", type="cash_deposit"
    )


def _just_below(book: Bookkeeper) -> Iterator[Payment]:
    """A transfer that stays just under the limit, to somebody new."""
    person = Person("story-below", f"{book.place.relatives[2]}", since_days=45)
    yield book.payment(
        person, Moment(9, 15 * 60), "debit", book.of_limit("0.985"), counterpartyName="Corner House Holdings"
    )


def _listed_names(book: Bookkeeper) -> Iterator[Payment]:
    """Money to a name on a sanctions list, and to a politically exposed person."""
    person = Person("story-names", book.place.relatives[3], since_days=820)
    amount = book.amount(*book.place.salary)
    yield book.payment(person, Moment(8, 13 * 60), "debit", amount, counterpartyName=book.place.sanctioned)
    yield book.payment(person, Moment(5, 10 * 60), "debit", amount, **_to(book, book.place.exposed))


def _abroad(book: Bookkeeper) -> Iterator[Payment]:
    """An importer's invoices, and one to a country that the world's watchdog calls to act against."""
    person = Person("story-abroad", f"{book.place.relatives[4]} Imports", since_days=1_300)
    for position, party in enumerate((*book.place.abroad, book.place.high_risk)):
        moment, amount = Moment(20 - 4 * position, 14 * 60), book.amount(*book.place.salary)
        yield book.payment(person, moment, "debit", amount, type="international_transfer", **_to(book, party))


def _to(book: Bookkeeper, party: Party) -> Payment:
    country, city, name = party
    is_abroad = country != book.place.home_country
    return {"counterpartyName": name, "country": country, "city": city, "isCrossBorder": is_abroad}


def _burst(book: Bookkeeper) -> Iterator[Payment]:
    """24 small transfers to as many wallets within three quarters of an hour."""
    person = Person("story-burst", book.place.relatives[5], since_days=150)
    for position in range(24):
        moment, amount = Moment(2, 21 * 60 + 2 * position), book.amount(*book.place.spending)
        yield book.payment(person, moment, "debit", amount, counterpartyName=f"Wallet {position + 7001}")


def _dormant(book: Bookkeeper) -> Iterator[Payment]:
    """An account that slept for half a year, and woke up with a large payment."""
    person = Person("story-dormant", "Old Harbour Ventures", since_days=1_500)
    small, large = book.amount(*book.place.spending), book.of_limit("0.62")
    yield book.payment(
        person, Moment(DORMANT_DAYS, 12 * 60), "debit", small, counterpartyName=book.place.utilities[0]
    )
    yield book.payment(person, Moment(3, 16 * 60), "debit", large, counterpartyName="Northern Gate Metals")


def _passed_through(book: Bookkeeper) -> Iterator[Payment]:
    """Nearly all of what came in left again within two hours."""
    person = Person("story-through", "Bright Path Services", since_days=240)
    yield book.payment(
        person, Moment(4, 10 * 60), "credit", book.of_limit("0.7"), counterpartyName="Lighthouse Ventures"
    )
    yield book.payment(
        person,
        Moment(4, 11 * 60 + 40),
        "debit",
        book.of_limit("0.665"),
        counterpartyName="Seven Hills Exchange",
    )


def _new_and_large(book: Bookkeeper) -> Iterator[Payment]:
    """A customer of ten days who sends more than the reporting limit."""
    person = Person("story-new", "Sunrise General Traders", since_days=10, kyc_tier="basic")
    yield book.payment(
        person, Moment(1, 12 * 60), "debit", book.of_limit("1.1"), counterpartyName="Delta Motors"
    )


def _unverified(book: Bookkeeper) -> Iterator[Payment]:
    """Somebody whose identity is still being checked."""
    person = Person("story-pending", "Marina Lopez", since_days=20, kyc_status="pending", kyc_tier="basic")
    for days_ago in (15, 10, 7):
        yield _spending(book, person, book.place.relatives[0], days_ago)
