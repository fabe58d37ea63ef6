"""What a page may cost: statements, and bytes on the first load. The baseline is beside this file; it only goes down
by hand, and a page that is not in it is measured and named.

Measured where there are several of everything, and held against a team that has one: a page that asks once a row
costs more there, however few statements that still are.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse

from teams.roles import ROLE_SCOPES, Role
from tests.cast import Bank
from tests.desk.addresses import Address, addresses
from tests.desk.people import Seat, seat
from tests.desk.planted import every_parts_of, planted
from tests.desk.statements import counted
from tests.desk.weight import first_load, named_in

# Its bank is made once, not in each process.
pytestmark = pytest.mark.xdist_group("budgets")
MOST_STATEMENTS = 12
MOST_BYTES = 100_000
BASELINE = Path(__file__).with_name("budgets.json")
PAGES = [one for one in addresses() if one.method == "GET"]
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
MEASURED = [one for one in PAGES if one.name not in NO_PAGES]
names = [one.name for one in MEASURED]
Seats = dict[Role, Seat]


@pytest.fixture(scope="module")
def seats() -> Seats:
    """A team with several of everything."""
    return seats_in(planted("Acme Bank"))


@pytest.fixture(scope="module")
def small() -> Seats:
    """A team with one of everything."""
    return seats_in(planted("Small Bank", each=1))


def seats_in(bank: Bank) -> Seats:
    return {role: seat(bank, role.value, "us") for role in (Role.OFFICER, Role.ADMIN)}


def urls_of(seats: Seats, address: Address) -> Iterator[tuple[Seat, str]]:
    """The page about each of the planted things, for somebody who may see it."""
    at = next(one for role, one in seats.items() if address.needs in ROLE_SCOPES[role])
    for parts in every_parts_of(address, at.bank):
        yield at, reverse(address.name, kwargs={"team_id": at.team_id, **parts})


def statements_of(at: Seat, url: str) -> list[str]:
    # What a process reads once and remembers is no page's.
    at.client.get(url)
    with counted() as statements:
        answer = at.client.get(url)
    assert answer.status_code == 200, url
    return statements


def most_statements(seats: Seats, address: Address, query: str = "") -> list[str]:
    """Of the costliest among the things that the page can be about."""
    found = [statements_of(at, url + query) for at, url in urls_of(seats, address)]
    assert found, "plant something that it can show"
    return max(found, key=len)


def baseline() -> dict[str, dict[str, int]]:
    return dict(json.loads(BASELINE.read_text()))


@pytest.mark.parametrize("address", MEASURED, ids=names)
def test_a_page_keeps_to_its_statements(seats: Seats, address: Address) -> None:
    statements = most_statements(seats, address)
    assert len(statements) <= min(baseline()[address.name]["statements"], MOST_STATEMENTS), "\n".join(
        statements
    )


@pytest.mark.parametrize("address", MEASURED, ids=names)
def test_a_page_costs_as_many_statements_with_many_rows_as_with_one(
    seats: Seats, small: Seats, address: Address
) -> None:
    one, many = most_statements(small, address), most_statements(seats, address)
    assert len(many) <= len(one), "\n".join(many)


@pytest.mark.parametrize("address", MEASURED, ids=names)
def test_a_list_as_a_file_costs_as_many_statements_with_many_rows_as_with_one(
    seats: Seats, small: Seats, address: Address
) -> None:
    at, url = next(urls_of(seats, address))
    if "format=csv" in at.client.get(url).content.decode():
        one, many = (most_statements(team, address, "?format=csv") for team in (small, seats))
        assert len(many) <= min(len(one), MOST_STATEMENTS), "\n".join(many)


@pytest.mark.parametrize("address", MEASURED, ids=names)
def test_a_page_keeps_to_its_bytes(seats: Seats, address: Address) -> None:
    """With all that a browser must load for it, none of which it has yet."""
    loads = [first_load(at.client, url) for at, url in urls_of(seats, address)]
    heaviest = max(loads, key=lambda sizes: sum(sizes.values()))
    most = min(baseline()[address.name]["kilobytes"] * 1_000, MOST_BYTES)
    assert sum(heaviest.values()) <= most, heaviest


def test_the_scripts_of_a_page_are_counted(seats: Seats) -> None:
    at = seats[Role.OFFICER]
    for name, script in (
        ("alerts", "alerts.js"),
        ("cases", "desk.js"),
        ("policy", "policy.js"),
        ("rule-new", "rules.js"),
    ):
        loaded = first_load(at.client, at.url(name))
        assert f"/static/{script}" in loaded
        assert {"/static/desk.css", "/static/ratel.svg"} <= set(loaded)
    styles = '@import "a.css"; @font-face { src: url(b.woff2) format("woff2"), url("c.woff") }'
    assert named_in(styles, "text/css; charset=utf-8") == ["a.css", "b.woff2", "c.woff"]


def test_a_page_that_asks_once_a_row_is_noticed(
    seats: Seats, small: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it is known to be seen: the queue with a question about each alert."""
    from cases.models import Alert
    from cases.web import alert_queue

    plain = alert_queue.find_page

    def one_by_one(*arguments: object) -> object:
        found = plain(*arguments)
        for line in found.lines:
            Alert.objects.filter(id=line.id).exists()
        return found

    address = next(one for one in MEASURED if one.name == "alerts")
    with monkeypatch.context() as patch:
        patch.setattr(alert_queue, "find_page", one_by_one)
        assert len(most_statements(seats, address)) > len(most_statements(small, address))


def test_the_baseline_names_the_pages_that_there_are() -> None:
    assert set(baseline()) == set(names)
