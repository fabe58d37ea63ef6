"""Ids of another bank in the addresses of one's own desk: nothing is shown, nothing is changed on either side.

Actions are called with the very form that the other bank's people would send, so that nothing but the id is wrong.
"""

import pytest

from teams.roles import ROLE_SCOPES, Role
from tests.cast import Bank
from tests.desk.addresses import Address, addresses
from tests.desk.kept import changed_between, kept_of
from tests.desk.people import Seat, seat
from tests.desk.planted import planted
from tests.desk.rights import NEEDS
from tests.desk.test_roles import call, made_for, undone
from tests.tenancy import things

# Its bank is made once, not in each process.
pytestmark = pytest.mark.xdist_group("other-peoples-ids")
# Numbers and words within one's own team: nobody else's can be named by them.
NO_IDS = {"version", "wanted"}
WITH_IDS = [one for one in addresses() if {part.split(":")[0] for part in one.parts} - NO_IDS]
ids = [f"{one.method} {one.route}" for one in WITH_IDS]


@pytest.fixture(scope="module")
def acme() -> dict[Role, Seat]:
    return seats_of(planted("Acme Bank", each=1))


@pytest.fixture(scope="module")
def rival() -> dict[Role, Seat]:
    return seats_of(planted("Rival Bank"))


def seats_of(bank: Bank) -> dict[Role, Seat]:
    return {role: seat(bank, role.value, "us") for role in Role}


@pytest.fixture(scope="module")
def rivals_ids(rival: dict[Role, Seat]) -> set[str]:
    return set(things.all_ids_of(rival[Role.OFFICER].bank, "us"))


@pytest.mark.parametrize("address", WITH_IDS, ids=ids)
def test_somebody_elses_id_finds_nothing(
    acme: dict[Role, Seat], rival: dict[Role, Seat], rivals_ids: set[str], address: Address
) -> None:
    may = [role for role in Role if NEEDS[address.name] in ROLE_SCOPES[role]]
    banks = [seats[may[0]].bank for seats in (acme, rival)]
    with undone():
        made = made_for(address, rival[may[0]])
        before = [kept_of(bank) for bank in banks]
        for role in may:
            answer = call(acme[role].client, address, acme[role], made)
            assert answer.status_code == 404, role
            named = {one for one in rivals_ids if one in answer.content.decode()}
            assert named <= set(map(str, made[0].values())), role
        after = [kept_of(bank) for bank in banks]
    assert [changed_between(*each) for each in zip(before, after, strict=True)] == [[], []]
