"""The role matrix at the desk: every role times every address, with things that exist and forms that are filled in.

Whoever may is answered as the address answers, and what an action is for is done; whoever may not is told so, and not a
row of the database differs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import unwrap
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from teams.roles import ROLE_SCOPES, Role
from teams.web.desk import Desk, action, page
from tests.cast import PASSWORD, Bank, make_bank
from tests.desk.addresses import Address, addresses
from tests.desk.forms import ANSWERS, CANNOT, FORMS, SHOWS_A_SECRET, call_of
from tests.desk.kept import changed_between, kept_of
from tests.desk.people import Seat, seat
from tests.desk.planted import parts_of, planted
from tests.desk.rights import NEEDS

# Its bank is made once, not in each process.
pytestmark = pytest.mark.xdist_group("roles")
EVERY = addresses()
ids = [f"{one.method} {one.route or 'overview'}" for one in EVERY]
REFUSED = "Your role in us may not do that"
# Pages that lead on to another one.
LEAD_ON = {"alert-next", "alert-previous"}
# What a page and an answer that keeps nothing may write all the same: that somebody looked.
LOOKS = {"teams_auditentry", "cases_casestep", "cases_reportstep"}


@pytest.fixture(scope="module")
def acme() -> Bank:
    return planted("Acme Bank")


@pytest.fixture(scope="module")
def seats(acme: Bank) -> dict[Role, Seat]:
    return {role: seat(acme, role.value, "us") for role in Role}


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def call(client: Client, address: Address, at: Seat, made: tuple[dict[str, Any], dict[str, Any]]) -> Any:
    """The address in `at`'s team, called by whoever the client is."""
    parts, fields = made
    for value in fields.values():
        if isinstance(value, SimpleUploadedFile):
            # Somebody else may have sent it already.
            value.seek(0)
    url = reverse(address.name, kwargs={"team_id": at.team_id, **parts})
    client.cookies.pop("messages", None)
    return client.get(url) if address.method == "GET" else client.post(url, fields)


def made_for(address: Address, at: Seat) -> tuple[dict[str, Any], dict[str, Any]]:
    if address.method == "POST":
        return call_of(address.name, at)
    parts = parts_of(address, at.bank)
    assert parts is not None, "say in tests/desk/planted.py what its parts are filled with"
    return parts, {}


def complaints(answer: Any) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request) if one.level_tag == "error"]


def assert_let_in(bank: Bank, address: Address, at: Seat, role: Role) -> None:
    """What the address is for is done: no complaint, and the rows are there."""
    with undone():
        made = made_for(address, at)
        earlier = kept_of(bank)
        answer = call(at.client, address, at, made)
        changed = set(changed_between(earlier, kept_of(bank)))
    said = " ".join(complaints(answer))
    if address.method == "GET":
        assert answer.status_code == (302 if address.name in LEAD_ON else 200), role
        # Who works alerts is noted as the first to open one.
        assert changed <= (LOOKS | {"cases_alert"} if address.name == "alert" else LOOKS), role
    elif address.name in CANNOT:
        assert (answer.status_code, changed) == (303, set()), role
        assert CANNOT[address.name] in said, role
    elif address.name in ANSWERS:
        assert (answer.status_code, said) == (200, ""), role
        assert changed <= LOOKS, role
    else:
        assert (answer.status_code, said) == (200 if address.name in SHOWS_A_SECRET else 303, ""), role
        assert changed - LOOKS, f"{role}: nothing was done"


def assert_turned_away(bank: Bank, address: Address, seats: dict[Role, Seat], may: set[Role]) -> None:
    """With the very call that whoever may would make: refused in so many words, not a row differs."""
    with undone():
        made = made_for(address, seats[min(may)])
        earlier = kept_of(bank)
        for role in set(Role) - may:
            answer = call(seats[role].client, address, seats[role], made)
            assert answer.status_code == 403, role
            assert REFUSED in answer.content.decode(), role
        assert changed_between(earlier, kept_of(bank)) == []


def assert_held(bank: Bank, seats: dict[Role, Seat], address: Address) -> None:
    """That the address lets in whom the table says and nobody else."""
    may = {role for role in Role if NEEDS[address.name] in ROLE_SCOPES[role]}
    assert_turned_away(bank, address, seats, may)
    for role in sorted(may):
        assert_let_in(bank, address, seats[role], role)


@pytest.mark.parametrize("address", EVERY, ids=ids)
def test_each_role_may_what_the_table_says(acme: Bank, seats: dict[Role, Seat], address: Address) -> None:
    assert_held(acme, seats, address)


def test_the_table_and_the_forms_name_every_address() -> None:
    names = [one.name for one in EVERY]
    assert len(names) == len(set(names))
    assert set(NEEDS) == set(names)
    assert set(FORMS) == {one.name for one in EVERY if one.method == "POST"}
    assert set(FORMS) >= {*ANSWERS, *CANNOT, *SHOWS_A_SECRET}


# -- That the matrix can fail

Broken = Callable[[pytest.MonkeyPatch, Address], None]


def _needs_less(patch: pytest.MonkeyPatch, address: Address) -> None:
    """The view asks for a right that more people have."""
    made = page if address.method == "GET" else action
    view = made(section="overview", needs="team.read")(unwrap(address.view))
    patch.setattr(pattern_of(address.name), "callback", view)


def _needs_more(patch: pytest.MonkeyPatch, address: Address) -> None:
    """The view asks for a right that nobody has."""
    made = page if address.method == "GET" else action
    view = made(section="overview", needs="evaluate.async")(unwrap(address.view))
    patch.setattr(pattern_of(address.name), "callback", view)


def _asks_nobody(patch: pytest.MonkeyPatch, address: Address) -> None:
    """The frame forgets to ask."""
    patch.setattr(Desk, "may", lambda desk, scope: True)


def _does_nothing(patch: pytest.MonkeyPatch, address: Address) -> None:
    """The view asks for the right and does not do what it is for."""
    made = page if address.method == "GET" else action
    view = made(section="overview", needs=NEEDS[address.name])(lambda desk, **parts: desk.to("overview"))
    patch.setattr(pattern_of(address.name), "callback", view)


@pytest.mark.parametrize("name", ["audit", "rule-edit", "alert-dismiss", "case-approve", "team-key-create"])
@pytest.mark.parametrize("broken", [_needs_less, _needs_more, _asks_nobody, _does_nothing])
def test_a_broken_right_is_noticed(
    acme: Bank, seats: dict[Role, Seat], monkeypatch: pytest.MonkeyPatch, name: str, broken: Broken
) -> None:
    address = next(one for one in EVERY if one.name == name)
    with monkeypatch.context() as patch:
        broken(patch, address)
        with pytest.raises(AssertionError):
            assert_held(acme, seats, address)
    assert_held(acme, seats, address)


def pattern_of(name: str, patterns: Any = None) -> Any:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(one, "url_patterns"):
            found = pattern_of(name, one.url_patterns)
            if found is not None:
                return found
        elif one.name == name:
            return one
    return None


# -- People from elsewhere


@pytest.fixture(scope="module")
def rival() -> Seat:
    return seat(make_bank("Rival Bank", "us", people=True), "officer", "us")


@pytest.mark.parametrize("address", EVERY, ids=ids)
def test_another_banks_officer_and_strangers_find_nothing(
    acme: Bank, seats: dict[Role, Seat], rival: Seat, address: Address
) -> None:
    at = seats[min(role for role in Role if NEEDS[address.name] in ROLE_SCOPES[role])]
    with undone():
        made = made_for(address, at)
        earlier = kept_of(acme)
        theirs, nobodys = call(rival.client, address, at, made), call(Client(), address, at, made)
        assert changed_between(earlier, kept_of(acme)) == []
    assert theirs.status_code == 404
    assert nobodys.status_code == 302
    assert nobodys.headers["Location"].startswith("/accounts/login/")


def test_a_person_of_the_bank_without_a_role_in_the_team_finds_nothing(acme: Bank) -> None:
    other = make_bank("Acme Bank", "ng", people=True)
    client = Client()
    assert client.login(username=other.people["officer"].email, password=PASSWORD)
    assert client.get(f"/t/{acme.teams['us'].id}/").status_code == 404
