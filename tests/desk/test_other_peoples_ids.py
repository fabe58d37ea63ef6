"""Ids of another bank in the addresses of one's own desk: nothing is shown, nothing is changed."""

import pytest
from django.test import Client
from django.urls import reverse

from teams.roles import ROLE_SCOPES, Role
from tests.cast import Bank
from tests.desk.addresses import Address, addresses
from tests.desk.people import Seat, seat
from tests.desk.planted import parts_of, planted
from tests.tenancy import things

# Numbers and words within one's own team: nobody else's can be named by them.
NO_IDS = {"version", "wanted"}
WITH_IDS = [one for one in addresses() if {part.split(":")[0] for part in one.parts} - NO_IDS]
ids = [f"{one.method} {one.route}" for one in WITH_IDS]


@pytest.fixture(scope="module")
def acme() -> Bank:
    return planted("Acme Bank")


@pytest.fixture(scope="module")
def rival() -> Bank:
    return planted("Rival Bank")


@pytest.fixture(scope="module")
def seats(acme: Bank) -> dict[Role, Seat]:
    return {role: seat(acme, role.value, "us") for role in Role}


def rows(bank: Bank) -> list[object]:
    with bank.seeing("us"):
        return things.rows_of_the_tenant()


@pytest.mark.parametrize("address", WITH_IDS, ids=ids)
def test_somebody_elses_id_finds_nothing(
    acme: Bank, rival: Bank, seats: dict[Role, Seat], address: Address
) -> None:
    parts = parts_of(address, rival)
    assert parts is not None, "say in tests/desk/planted.py what its parts are filled with"
    before = rows(rival)
    for role, at in seats.items():
        if address.needs not in ROLE_SCOPES[role]:
            continue
        url = reverse(address.name, kwargs={"team_id": at.team_id, **parts})
        answer = call(at.client, address, url)
        assert answer.status_code in {404, 303 if address.method == "POST" else 404}, role
        assert not any(one in answer.content.decode() for one in things.all_ids_of(rival, "us")) or (
            answer.status_code == 404
        )
    assert rows(rival) == before


def call(client: Client, address: Address, url: str):
    return client.get(url) if address.method == "GET" else client.post(url, {})
