"""The role matrix at the desk: every role times every address, allowed or refused as `teams/roles.py` says."""

import pytest
from django.test import Client

from teams.roles import ROLE_SCOPES, Role
from tests.cast import PASSWORD, make_bank
from tests.desk.addresses import Address, addresses
from tests.desk.people import seat

EVERY = addresses()
ids = [f"{one.method} {one.route or 'overview'}" for one in EVERY]


@pytest.fixture(scope="module")
def acme():
    return make_bank("Acme Bank", "us", people=True)


@pytest.fixture(scope="module")
def seats(acme):
    return {role: seat(acme, role.value, "us") for role in Role}


def call(client: Client, address: Address, team_id):
    url = address.url(team_id)
    return client.get(url) if address.method == "GET" else client.post(url, {})


@pytest.mark.parametrize("address", EVERY, ids=ids)
def test_each_role_may_what_the_table_says(acme, seats, address):
    for role, at in seats.items():
        status = call(at.client, address, at.team_id).status_code
        if address.needs in ROLE_SCOPES[role]:
            assert status in {200, 303, 404, 400, 409, 422}, role
        else:
            assert status == 403, role


@pytest.fixture(scope="module")
def rival():
    return seat(make_bank("Rival Bank", "us", people=True), "officer", "us")


@pytest.mark.parametrize("address", EVERY, ids=ids)
def test_another_banks_officer_and_strangers_find_nothing(acme, rival, address):
    team_id = acme.teams["us"].id
    assert call(rival.client, address, team_id).status_code == 404
    answer = call(Client(), address, team_id)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_a_person_of_the_bank_without_a_role_in_the_team_finds_nothing(acme):
    other = make_bank("Acme Bank", "ng", people=True)
    client = Client()
    assert client.login(username=other.people["officer"].email, password=PASSWORD)
    assert client.get(f"/t/{acme.teams['us'].id}/").status_code == 404
