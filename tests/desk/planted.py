"""A bank with a row of everything, and every page of its desk by an address that exists."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from cases.bundle.services import BUNDLE
from cases.models import Alert, Bundle, SavedView
from ratel.identifiers import show
from tests.cast import Bank, make_bank
from tests.desk.addresses import Address
from tests.evaluate.lists import load_demo_list
from tests.tenancy import things

WORST = {
    "amount": 9_000_000,
    "country": "KP",
    "isCrossBorder": True,
    "kycTier": "basic",
    "customerName": "Siti Rahmawati",
}


def planted(name: str) -> Bank:
    load_demo_list()
    bank = make_bank(name, "us", people=True)
    assert bank.callers["us"].evaluate(**WORST, externalId="a").status == 200
    things.plant(bank, "us")
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
        )
    return bank


def ids_of(bank: Bank, name: str) -> list[str]:
    """Ids of the bank's own under the name that addresses give them."""
    if name == "alert_id":
        with bank.seeing("us"):
            return [show("alt", one) for one in Alert.objects.values_list("id", flat=True)]
    if name == "view_id":
        with bank.seeing("us"):
            return [str(one) for one in SavedView.objects.values_list("id", flat=True)]
    if name == "bundle_id":
        with bank.seeing("us"):
            return [show(BUNDLE, one) for one in Bundle.objects.values_list("id", flat=True)]
    if name == "person_id":
        return [show("per", bank.people["auditor"].id)]
    if name == "wanted":
        return ["json"]
    return things.ids_of(bank, "us", name) if name in things.MODELS else []


def parts_of(address: Address, bank: Bank) -> dict[str, Any] | None:
    """The parts of an address filled with the bank's own ids; None where nothing planted has that name."""
    filled: dict[str, Any] = {}
    for part in address.parts:
        name, kind = part.split(":")
        known = ids_of(bank, name)
        if not known:
            return None
        filled[name] = UUID(known[0]) if kind == "UUIDConverter" else known[0]
    return filled
