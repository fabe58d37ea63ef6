"""The stories that an analyst can follow from the queue to the filed report, one for each demo team. All are invented.

They wait in the queue when the demo bank is opened for the first time: docs/analyst-guide.md tells how to work them.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from screening.demo.bookkeeper import Bookkeeper, Moment, Person, Planned

STRUCTURING: Final = "story-structuring"
NEAR_MATCH: Final = "story-near-match"
RING: Final = ("story-ring-1", "story-ring-2", "story-ring-3", "story-ring-4")


def payments(pack: str, book: Bookkeeper) -> Iterator[Planned]:
    yield from {"ng": _structuring, "us": _near_match, "id": _ring}[pack](book)


def _structuring(book: Bookkeeper) -> Iterator[Planned]:
    """Four cash deposits just under the limit at four branches in one morning, and the money sent on after lunch."""
    person = Person(STRUCTURING, "Oluwaseun Adebanjo", since_days=410)
    # A quiet account before: a market trader's takings.
    for position, days_ago in enumerate((55, 52, 48, 45, 41, 38, 34, 31, 27, 24, 20, 17, 13, 10, 6, 3)):
        takings = book.of_limit(f"0.03{17 + 3 * (position % 4)}37")
        yield book.payment(
            person, Moment(days_ago, 16 * 60 + 7 * position), "credit", takings, channel="branch",
            type="cash_deposit", city="Yaba",
        )  # fmt: skip
    # The branches send their cash book late, so all of it is asked about within minutes.
    day = _last_day_that_ended_by(book, 14 * 60)
    for position, share in enumerate(("0.958", "0.964", "0.93", "0.968")):
        deposit = book.payment(
            person, Moment(day, 9 * 60 + 10 + 55 * position), "credit", book.of_limit(share),
            channel="branch", type="cash_deposit", city=book.place.cities[position],
        )  # fmt: skip
        yield book.sent_late(deposit, 3 - 0.05 * position)
    sent_on = book.payment(
        person, Moment(day, 13 * 60 + 40), "debit", book.of_limit("3.68"),
        counterpartyName="Blue Anchor Bureau de Change", type="transfer", narration="goods",
    )  # fmt: skip
    yield book.sent_late(sent_on, 2.7)


def _near_match(book: Bookkeeper) -> Iterator[Planned]:
    """A baker with the name of somebody on a sanctions list, thirty years younger, pays for flour."""
    person = Person(NEAR_MATCH, "Oleg Deripaska", since_days=0)
    check = {
        "lane": "onboarding",
        "customerId": person.reference,
        "fullName": person.name,
        "dateOfBirth": "1991-03-14",
        "subjectType": "person",
    }
    paid = book.payment(
        person, book.latest - timedelta(minutes=25), "debit", Decimal("1860.40"), counterpartyName="Hudson Flour Mills"
    )  # fmt: skip
    yield replace(paid, screening=check)


def _ring(book: Bookkeeper) -> Iterator[Planned]:
    """Money that enters at one firm, runs through four accounts of some weeks within five hours, and leaves abroad."""
    first, second, third, fourth = (
        Person(reference, name, since_days=days, kyc_tier="basic")
        for reference, name, days in zip(
            RING,
            (
                "PT Sumber Rejeki Abadi",
                "PT Karya Lintas Nusa",
                "CV Mitra Cahaya Timur",
                "PT Bumi Dana Lestari",
            ),
            (24, 21, 18, 12),
            strict=True,
        )
    )
    source, exit_ = "PT Samudra Lintas Dana", "Golden Straits Exchange Pte"
    steps: list[tuple[float, Person, str, str, str]] = [
        (5.6, first, "credit", "4.9", source),
        (5.1, first, "debit", "2.52", second.name),
        (5.0, second, "credit", "2.52", first.name),
        (4.8, first, "debit", "2.31", third.name),
        (4.7, third, "credit", "2.31", first.name),
        (4.2, second, "credit", "1.15", source),
        (3.7, second, "debit", "3.58", fourth.name),
        (3.6, fourth, "credit", "3.58", second.name),
        (3.1, third, "debit", "2.24", fourth.name),
        (3.0, fourth, "credit", "2.24", third.name),
    ]
    for hours_ago, person, direction, share, party in steps:
        moment = book.latest - timedelta(hours=hours_ago)
        yield book.payment(
            person, moment, direction, book.of_limit(share), counterpartyName=party, type="transfer"
        )
    for hours_ago, share in ((2.4, "3.1"), (2.2, "2.55")):
        moment = book.latest - timedelta(hours=hours_ago)
        yield book.payment(
            fourth, moment, "debit", book.of_limit(share), counterpartyName=exit_, type="international_transfer",
            country="SG", city="Singapore", isCrossBorder=True,
        )  # fmt: skip


def _last_day_that_ended_by(book: Bookkeeper, minute: int) -> int:
    """0 where that time of today has passed, else 1: the whole morning is on one day."""
    return 0 if book.midnight + timedelta(minutes=minute) < book.latest else 1
