"""No page shows anybody a button that would refuse them; an auditor is shown none that changes anything."""

import pytest
from django.urls import reverse

from teams.roles import ROLE_SCOPES, Role
from tests.cast import Bank
from tests.desk.addresses import Address, addresses
from tests.desk.buttons import Sends, sent_from
from tests.desk.people import Seat, seat
from tests.desk.planted import every_parts_of, planted
from tests.desk.rights import NEEDS
from tests.desk.test_budgets import NO_PAGES

PAGES = [one for one in addresses() if one.method == "GET" and one.name not in NO_PAGES]
# Not of the desk: everybody may.
# Its bank is made once, not in each process.
pytestmark = pytest.mark.xdist_group("buttons")
EVERYBODYS = {"sign-out"}
# What an auditor may send. All of it reads: two answers that keep nothing, and bundles, which are exports.
READS = {"sign-out", "name-search-run", "payload-schema-try", "bundle-make", "case-bundle", "customer-bundle"}


@pytest.fixture(scope="module")
def acme() -> Bank:
    return planted("Acme Bank")


@pytest.fixture(scope="module")
def seats(acme: Bank) -> dict[Role, Seat]:
    return {role: seat(acme, role.value, "us") for role in Role}


def shown_to(at: Seat, address: Address) -> set[Sends]:
    """What the person could send from the page, whichever of the planted things it is about."""
    found: set[Sends] = set()
    opened = 0
    for parts in every_parts_of(address, at.bank):
        url = reverse(address.name, kwargs={"team_id": at.team_id, **parts})
        answer = at.client.get(url)
        # Not everything is everybody's to see: that there is one report less is another test's.
        if answer.status_code == 200:
            opened += 1
            found |= sent_from(answer.content.decode(), url)
    assert opened, f"{address.name} shows nothing"
    return found


@pytest.mark.parametrize("address", PAGES, ids=[one.name for one in PAGES])
def test_whoever_sees_a_button_may_press_it(seats: dict[Role, Seat], address: Address) -> None:
    for role, at in seats.items():
        rights = ROLE_SCOPES[role]
        if NEEDS[address.name] not in rights:
            continue
        sent = {one.address for one in shown_to(at, address)} - EVERYBODYS
        assert sent <= NEEDS.keys(), f"{role}: a form that leads nowhere"
        refused = {name: NEEDS[name] for name in sent if NEEDS[name] not in rights}
        assert refused == {}, role


@pytest.mark.parametrize("address", PAGES, ids=[one.name for one in PAGES])
def test_an_auditor_is_shown_no_button_that_changes_anything(
    seats: dict[Role, Seat], address: Address
) -> None:
    if NEEDS[address.name] in ROLE_SCOPES[Role.AUDITOR]:
        assert {one.address for one in shown_to(seats[Role.AUDITOR], address)} <= READS


def test_an_auditor_may_send_nothing_else() -> None:
    theirs = {
        one.name
        for one in addresses()
        if one.method == "POST" and NEEDS[one.name] in ROLE_SCOPES[Role.AUDITOR]
    }
    assert theirs == READS - EVERYBODYS


def test_buttons_are_found_wherever_they_stand() -> None:
    page = """<form method="POST" action="/accounts/logout/"></form><form action="/"></form>
    <button hx-delete="/elsewhere">x</button><form><input formmethod="post"></form>"""
    assert {(one.element, one.address) for one in sent_from(page, "/own")} == {
        ("form", "sign-out"),
        ("button", "/elsewhere"),
        ("input", "/own"),
    }
