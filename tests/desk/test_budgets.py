"""What a page may cost: statements, and bytes on the first load. The baseline is beside this file; it only goes down
by hand, and a page that is not in it is measured and named."""

import gzip
import json
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from teams.roles import ROLE_SCOPES, Role
from tests.cast import Bank
from tests.desk.addresses import Address, addresses
from tests.desk.people import Seat, seat
from tests.desk.planted import parts_of, planted
from tests.desk.statements import counted

MOST_STATEMENTS = 12
MOST_BYTES = 100_000
BASELINE = Path(__file__).with_name("budgets.json")
PAGES = [one for one in addresses() if one.method == "GET"]
# What every page loads beside itself.
ASSETS = ("desk.css", "desk.js", "django_htmx/htmx-2.min.js", "ratel.svg")


@pytest.fixture(scope="module")
def acme() -> Bank:
    return planted("Acme Bank")


@pytest.fixture(scope="module")
def seats(acme: Bank) -> dict[Role, Seat]:
    return {role: seat(acme, role.value, "us") for role in (Role.OFFICER, Role.ADMIN)}


# Pages that are files or lead on: what they cost is the work itself.
NO_PAGES = {
    "case-file",
    "report-export",
    "audit-export",
    "alert-next",
    "alert-previous",
    "bundle",
    "report-evidence",
}


@pytest.mark.parametrize("address", PAGES, ids=[one.name for one in PAGES])
def test_a_page_keeps_to_its_budget(acme: Bank, seats: dict[Role, Seat], address: Address) -> None:
    role = next((one for one in seats if address.needs in ROLE_SCOPES[one]), Role.OFFICER)
    parts = parts_of(address, acme)
    if address.name in NO_PAGES or parts is None:
        assert address.name in NO_PAGES, "plant something that it can show"
        return
    url = reverse(address.name, kwargs={"team_id": seats[role].team_id, **parts})
    seats[role].client.get(url)
    with counted() as statements:
        answer = seats[role].client.get(url)
    assert answer.status_code == 200
    known = json.loads(BASELINE.read_text())
    assert len(statements) <= min(known[address.name], MOST_STATEMENTS), "\n".join(statements)
    assert len(gzip.compress(answer.content)) + assets_bytes() <= MOST_BYTES


def assets_bytes() -> int:
    return sum(len(gzip.compress(Path(str(finders.find(name))).read_bytes())) for name in ASSETS)


def test_the_baseline_names_the_pages_that_there_are() -> None:
    assert set(json.loads(BASELINE.read_text())) == {one.name for one in PAGES} - NO_PAGES
