"""A bank with several of everything, and every page of its desk by addresses that exist.

Several, because a page that asks once a row shows itself only where there is more than one row.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from cases.bundle.services import BUNDLE
from cases.models import Alert, Bundle, SavedView
from ratel.identifiers import show
from screening.models import DecisionPolicy
from tests.cast import Bank, make_bank
from tests.desk import plenty
from tests.desk.addresses import Address
from tests.evaluate.lists import load_demo_list
from tests.tenancy import list_things, things

WORST = {
    "amount": 9_000_000,
    "country": "KP",
    "isCrossBorder": True,
    "kycTier": "basic",
    "customerName": "Siti Rahmawati",
}
SEVERAL = 5
# How many things of a kind are opened where a page is about one of them: they differ in what they are about.
MOST_OPENED = 6


def planted(name: str, each: int = SEVERAL) -> Bank:
    """`each` of everything; with one, a page shows a row of everything."""
    load_demo_list()
    packs = ("us", "ng", "id") if each > 1 else ("us",)
    bank = make_bank(name, *packs, people=True)
    for number in range(each):
        account = {"counterpartyAccount": f"{number}", "counterpartyName": f"Shop {number}"}
        assert bank.callers["us"].evaluate(**WORST, **account, externalId=f"a-{number}").status == 200
        for part in things.PARTS:
            if part is not list_things or number == 0:
                part.plant(bank, "us")
        _ask_for_a_period(bank, is_waiting=number == 0)
    plenty.plant(bank, "us", each)
    return bank


def _ask_for_a_period(bank: Bank, *, is_waiting: bool) -> None:
    """One bundle that waits; a team may have few of these. Others could not be made."""
    now = timezone.now()
    with bank.seeing("us"):
        Bundle.objects.create(
            organisation_id=bank.id,
            team_id=bank.teams["us"].id,
            scope="period",
            period_start=now,
            period_end=now,
            with_reports=False,
            asked_by_kind="person",
            asked_by_id=bank.people["officer"].id,
            asked_at=now,
            state=Bundle.State.WAITING if is_waiting else Bundle.State.FAILED,
        )


def ids_of(bank: Bank, name: str) -> list[str]:
    """Ids of the bank's own under the name that addresses give them."""
    if name in things.MODELS:
        return things.ids_of(bank, "us", name)
    if name == "person_id":
        return [show("per", bank.people[role].id) for role in ("auditor", "analyst", "admin")]
    if name == "wanted":
        return ["json", "xml", "pdf"]
    with bank.seeing("us"):
        return _KINDS[name]() if name in _KINDS else []


def _alerts() -> list[str]:
    """One of each trigger in turn, the oldest first."""
    places: Counter[str] = Counter()
    found = []
    for identifier, trigger in Alert.objects.order_by("id").values_list("id", "trigger"):
        found.append((places[trigger], identifier))
        places[trigger] += 1
    return [show("alt", identifier) for _, identifier in sorted(found)]


def _bundles() -> list[str]:
    """First those that are ready and that everybody who sees bundles may see."""
    found = sorted(Bundle.objects.all(), key=lambda one: (one.with_reports, one.state != "ready", one.id))
    return [show(BUNDLE, one.id) for one in found]


def _views() -> list[str]:
    return [str(one) for one in SavedView.objects.order_by("id").values_list("id", flat=True)]


def _policies() -> list[str]:
    return [str(one) for one in DecisionPolicy.objects.order_by("-version").values_list("version", flat=True)]


_KINDS: Final[dict[str, Callable[[], list[str]]]] = {
    "alert_id": _alerts,
    "bundle_id": _bundles,
    "view_id": _views,
    "version": _policies,
}


def parts_of(address: Address, bank: Bank) -> dict[str, Any] | None:
    """The parts of an address filled with the bank's own ids; None where nothing planted has that name."""
    return next(every_parts_of(address, bank), None)


def every_parts_of(address: Address, bank: Bank, most: int = MOST_OPENED) -> Iterator[dict[str, Any]]:
    """The same with one thing after another, at most so many; nothing where nothing planted has that name."""
    kinds = [part.split(":") for part in address.parts]
    known = {name: ids_of(bank, name) for name, _ in kinds}
    for position in islice(range(max(map(len, known.values()), default=1)), most):
        if not all(known.values()):
            return
        # Where an address has two ids, the lists of both are in one order.
        chosen = {name: ids[position % len(ids)] for name, ids in known.items()}
        yield {name: UUID(chosen[name]) if kind == "UUIDConverter" else chosen[name] for name, kind in kinds}
