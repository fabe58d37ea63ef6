"""What monitoring finds in two months of a demo team: small episodes, each of a customer of its own, with an ending.

Most turn out harmless, as they do in life. `Ending` says what people made of it; they do so through the desk's own
services (cases/demo), nothing here is written as a result.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from screening.demo.bookkeeper import Bookkeeper, Moment, Person, Planned
from screening.demo.place import Party

NUMBER: Final = 72
FIRST_DAY: Final = 58
# Beside those, of the last two days: what waits in the queue.
NEW: Final = 12
ASLEEP_DAYS: Final = 190
STILL_OPEN_DAYS: Final = 2
UNDER_REVIEW_DAYS: Final = 5
TRADES: Final = (
    "Provisions",
    "Motors",
    "Textiles",
    "Logistics",
    "Pharmacy",
    "Electronics",
    "Foods",
    "Builders",
)
Verdict = Literal["false_positive", "true_positive", "pending_review", "escalated", "in_progress", "waiting"]


@dataclass(frozen=True)
class Ending:
    """What became of it: judged, or left where the case stands; `kind` says what it looked like."""

    verdict: Verdict
    kind: str


@dataclass(frozen=True)
class Episode:
    reference: str
    payments: tuple[Planned, ...]
    ending: Ending


@dataclass(frozen=True)
class Scene:
    """One episode being told: whose, from which day on, and the book it is written in."""

    book: Bookkeeper
    person: Person
    days_ago: int

    def at(self, minute: int, days_later: int = 0) -> Moment:
        return Moment(max(self.days_ago - days_later, 0), minute)


Story = Callable[[Scene], Iterator[Planned]]


def episodes(book: Bookkeeper) -> list[Episode]:
    """The oldest first, the same each time."""
    choices = random.Random(f"episodes {book.place.home_country}")  # noqa: S311 - made-up payments, no secret
    book = Bookkeeper(book.place, book.latest, choices)
    return [_episode(book, number) for number in range(NUMBER + NEW)]


def _episode(book: Bookkeeper, number: int) -> Episode:
    choices = book.choices
    days_ago = _days_ago(number)
    kind, (story, share_true, since_days, is_firm) = choices.choices(
        list(KINDS.items()), weights=[WEIGHTS[kind] for kind in KINDS]
    )[0]
    person = Person(
        f"{'firm' if is_firm else 'client'}-{number + 1:03d}",
        _name(book, is_firm=is_firm),
        since_days=days_ago + choices.randint(*since_days),
        kyc_tier="basic" if kind == "newcomer" else "standard",
    )
    payments = tuple(story(Scene(book, person, days_ago)))
    return Episode(person.reference, payments, Ending(_verdict(book, days_ago, share_true), kind))


def _days_ago(number: int) -> int:
    if number >= NUMBER:
        return number % STILL_OPEN_DAYS
    return STILL_OPEN_DAYS + round((FIRST_DAY - STILL_OPEN_DAYS) * (NUMBER - 1 - number) / (NUMBER - 1))


def _verdict(book: Bookkeeper, days_ago: int, share_true: float) -> Verdict:
    drawn = book.choices.random()
    if days_ago < STILL_OPEN_DAYS:
        return "waiting"
    if days_ago < UNDER_REVIEW_DAYS and drawn > 0.55:
        return book.choices.choice(("pending_review", "escalated", "in_progress"))
    return "true_positive" if drawn < share_true else "false_positive"


def _name(book: Bookkeeper, *, is_firm: bool) -> str:
    names = [name.split() for name in book.place.customers]
    first, last = book.choices.choice(names)[0], book.choices.choice(names)[-1]
    return f"{last} {book.choices.choice(TRADES)}" if is_firm else f"{first} {last}"


def _structuring(scene: Scene) -> Iterator[Planned]:
    """Four cash deposits just under the limit in one morning."""
    book = scene.book
    for position in range(4):
        city, share = book.place.cities[position], round(book.choices.uniform(0.91, 0.985), 3)
        yield book.payment(
            scene.person, scene.at(9 * 60 + 50 * position), "credit", book.of_limit(share),
            channel="branch", type="cash_deposit", city=city,
        )  # fmt: skip


def _large_cash(scene: Scene) -> Iterator[Planned]:
    """One deposit over the limit: a report, not a suspicion."""
    amount = scene.book.of_limit(round(scene.book.choices.uniform(1.05, 1.9), 2))
    moment = scene.at(11 * 60 + scene.book.choices.randint(0, 240))
    yield scene.book.payment(scene.person, moment, "credit", amount, channel="branch", type="cash_deposit")


def _just_below(scene: Scene) -> Iterator[Planned]:
    """A transfer that stays just under the limit, to somebody new."""
    amount = scene.book.of_limit(round(scene.book.choices.uniform(0.96, 0.995), 3))
    yield scene.book.payment(
        scene.person, scene.at(15 * 60), "debit", amount, counterpartyName="Corner House Holdings"
    )


def _listed(scene: Scene) -> Iterator[Planned]:
    """Money to a name on a sanctions list."""
    book = scene.book
    amount = book.amount(*book.place.salary)
    yield book.payment(
        scene.person, scene.at(13 * 60), "debit", amount, counterpartyName=book.place.sanctioned
    )


def _exposed(scene: Scene) -> Iterator[Planned]:
    """Money to a politically exposed person, or somebody of that name."""
    yield _abroad_to(scene, 10 * 60, scene.book.place.exposed)


def _importer(scene: Scene) -> Iterator[Planned]:
    """An importer's invoices, and sometimes one to a country that the world's watchdog calls to act against."""
    place, choices = scene.book.place, scene.book.choices
    parties = [
        choices.choice(place.abroad),
        place.high_risk if choices.random() < 0.5 else choices.choice(place.abroad),
    ]
    for position, party in enumerate(parties):
        yield _abroad_to(scene, 14 * 60 + 35 * position, party, type="international_transfer")


def _abroad_to(scene: Scene, minute: int, party: Party, **fields: str) -> Planned:
    country, city, name = party
    amount = scene.book.of_limit(round(scene.book.choices.uniform(0.4, 1.3), 2))
    is_abroad = country != scene.book.place.home_country
    return scene.book.payment(
        scene.person, scene.at(minute), "debit", amount,
        counterpartyName=name, country=country, city=city, isCrossBorder=is_abroad, **fields,
    )  # fmt: skip


def _burst(scene: Scene) -> Iterator[Planned]:
    """24 small transfers to as many wallets within three quarters of an hour."""
    book = scene.book
    for position in range(24):
        amount, minute = book.amount(*book.place.spending), 18 * 60 + 2 * position
        yield book.payment(
            scene.person, scene.at(minute), "debit", amount, counterpartyName=f"Wallet {position + 7001}"
        )


def _dormant(scene: Scene) -> Iterator[Planned]:
    """An account that slept for half a year, and woke up with a large payment."""
    book = scene.book
    small, large = book.amount(*book.place.spending), book.of_limit(round(book.choices.uniform(0.55, 1.2), 2))
    asleep = Moment(scene.days_ago + ASLEEP_DAYS, 12 * 60)
    yield book.payment(scene.person, asleep, "debit", small, counterpartyName=book.place.utilities[0])
    yield book.payment(
        scene.person, scene.at(16 * 60), "debit", large, counterpartyName="Northern Gate Metals"
    )


def _passed_through(scene: Scene) -> Iterator[Planned]:
    """Nearly all of what came in left again within two hours."""
    book, share = scene.book, round(scene.book.choices.uniform(0.7, 1.5), 2)
    yield book.payment(
        scene.person,
        scene.at(10 * 60),
        "credit",
        book.of_limit(share),
        counterpartyName="Lighthouse Ventures",
    )
    yield book.payment(
        scene.person, scene.at(11 * 60 + 40), "debit", book.of_limit(round(share * 0.95, 3)),
        counterpartyName="Seven Hills Exchange",
    )  # fmt: skip


def _newcomer(scene: Scene) -> Iterator[Planned]:
    """A customer of a few days who sends more than the reporting limit."""
    amount = scene.book.of_limit(round(scene.book.choices.uniform(1.05, 1.6), 2))
    yield scene.book.payment(
        scene.person, scene.at(12 * 60), "debit", amount, counterpartyName="Delta Motors"
    )


# What happens, which share of it is what it looks like, how old (days) the customer is by then, whether it is a firm.
KINDS: Final[dict[str, tuple[Story, float, tuple[int, int], bool]]] = {
    "structuring": (_structuring, 0.8, (200, 900), False),
    "large_cash": (_large_cash, 0.05, (500, 2_000), True),
    "just_below": (_just_below, 0.15, (90, 900), False),
    "listed_name": (_listed, 0.4, (200, 900), False),
    "exposed_person": (_exposed, 0.1, (200, 1_500), False),
    "importer": (_importer, 0.1, (300, 1_800), True),
    "burst": (_burst, 0.3, (100, 500), False),
    "dormant": (_dormant, 0.3, (900, 2_000), False),
    "pass_through": (_passed_through, 0.7, (150, 600), True),
    "newcomer": (_newcomer, 0.25, (5, 25), False),
}
WEIGHTS: Final = {
    "structuring": 9,
    "large_cash": 16,
    "just_below": 9,
    "listed_name": 4,
    "exposed_person": 10,
    "importer": 18,
    "burst": 3,
    "dormant": 9,
    "pass_through": 9,
    "newcomer": 13,
}
