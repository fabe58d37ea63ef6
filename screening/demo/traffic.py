"""Made-up payments of one demo team over the last 60 days: ordinary life, what monitoring finds in it, and the stories.

The same payments each time: only the dates move with the hour of the first start. Each has an external id of its own,
so that what was decided already is known by it. Nothing lies ahead of that hour.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from screening.demo import episodes, stories
from screening.demo.bookkeeper import Bookkeeper, Moment, Person, Planned
from screening.demo.place import load_place

DAYS: Final = 60
WAGES_EVERY_DAYS: Final = 7
# Beside the wages. From 10 payments on a customer is measured against its own pace.
SPENDINGS: Final = 32


def payments(pack: str, now: datetime) -> list[Planned]:
    """About 1,300 payments in the order in which the bank sends them, all before the current hour began."""
    book = _book(pack, now)
    everyday = list(_everyday(book))
    found = [planned for episode in episodes.episodes(book) for planned in episode.payments]
    told = [replace(planned, is_story=True) for planned in stories.payments(pack, book)]
    return sorted(_numbered(pack, [*everyday, *found, *told]), key=_in_order)


def endings(pack: str, now: datetime) -> dict[str, episodes.Ending]:
    """What people made of each episode, by the customer's reference."""
    return {one.reference: one.ending for one in episodes.episodes(_book(pack, now))}


def _book(pack: str, now: datetime) -> Bookkeeper:
    place = load_place(pack)
    latest = now.astimezone(place.zone).replace(minute=0, second=0, microsecond=0)
    return Bookkeeper(place, latest, random.Random(f"demo {pack}"))  # noqa: S311 - made-up payments, no secret


def _numbered(pack: str, planned: Iterable[Planned]) -> Iterator[Planned]:
    for number, one in enumerate(planned, start=1):
        yield replace(one, payment={**one.payment, "externalId": f"demo-{pack}-{number:04d}"})


def _in_order(planned: Planned) -> tuple[datetime, str]:
    return planned.sent_at, planned.external_id


def _everyday(book: Bookkeeper) -> Iterator[Planned]:
    """Wages, bills, shops, cash from the machine, money to relatives."""
    place, choices = book.place, random.Random(f"everyday {book.place.home_country}")  # noqa: S311 - no secret
    book = replace(book, choices=choices)
    for number, name in enumerate(place.customers):
        person = Person(f"customer-{number + 1:03d}", name, since_days=400 + 37 * number)
        employer = place.employers[number % len(place.employers)]
        wages = book.of_wages(book.amount(*place.salary))
        for days_ago in range(DAYS - 1 - number % 2, 0, -WAGES_EVERY_DAYS):
            moment = Moment(days_ago, 9 * 60 + number)
            yield book.payment(person, moment, "credit", wages, counterpartyName=employer, type="salary")
        # Everybody pays the same few: who is new to a customer is worth a look.
        payees = (
            place.utilities[number % len(place.utilities)],
            place.relatives[number % len(place.relatives)],
        )
        for days_ago in sorted(choices.sample(range(DAYS - 1), SPENDINGS), reverse=True):
            yield _spending(book, person, payees, days_ago)


def _spending(book: Bookkeeper, person: Person, payees: tuple[str, str], days_ago: int) -> Planned:
    place, (utility, relative) = book.place, payees
    moment, amount = book.moment(days_ago), book.amount(*place.spending)
    kinds = ("shop", "shop", "shop", "bill", "cash", "relative" if len(relative) % 3 == 0 else "shop")
    match book.choices.choice(kinds):
        case "shop":
            shop, city = book.choices.choice(place.shops), book.choices.choice(place.cities)
            details = {"channel": "pos", "narration": shop, "city": city}
        case "bill":
            details = {"counterpartyName": utility, "type": "bill_payment"}
        case "relative":
            details = {"counterpartyName": relative, "type": "transfer"}
        case _:
            details = {"channel": "atm", "type": "cash_withdrawal", "city": book.choices.choice(place.cities)}
    return book.payment(person, moment, "debit", amount, **details)
