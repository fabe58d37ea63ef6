"""Who works at the demo bank's desk: the people that can sign in, and two analysts beside them who are only seen."""

from dataclasses import dataclass
from typing import Final

from ratel.tenancy import tenant
from screening.demo.bank import Bank
from screening.demo.fill import Desk
from teams.authentication import person_principal
from teams.models import Membership, Person
from teams.principal import Principal
from teams.roles import Role
from teams.services import create_person, random_password

ADDRESS: Final = "127.0.0.1"
COLLEAGUES: Final = {
    "tunde.bassey@demo.ratel.example": "Tunde Bassey",
    "ratna.sari@demo.ratel.example": "Ratna Sari",
}


@dataclass(frozen=True)
class Staff:
    """Callers in one team: `analysts` are the colleagues first, then the one who can sign in."""

    analysts: tuple[Principal, ...]
    officer: Principal


def staff_of(desk: Desk) -> Staff:
    """The bank's people in the team; whoever is missing is hired."""
    bank = desk.bank
    with tenant(bank.organisation.id, bank.team_ids):
        colleagues = [_colleague(bank, email, name) for email, name in COLLEAGUES.items()]
        people = [*colleagues, bank.people[Role.ANALYST], bank.people[Role.OFFICER]]
        found = Membership.objects.select_related("team").filter(team_id=desk.team.id, person__in=people)
        callers = {one.person_id: person_principal(one, address=ADDRESS) for one in found}
    *analysts, officer = (callers[person.id] for person in people)
    return Staff(tuple(analysts), officer)


def _colleague(bank: Bank, email: str, name: str) -> Person:
    known = Person.objects.filter(organisation_id=bank.organisation.id, email=email).first()
    return known or create_person(
        organisation=bank.organisation,
        email=email,
        name=name,
        # Nobody learns it: these two are never signed in.
        password=random_password(),
        roles=[(team, Role.ANALYST) for team in bank.all_teams],
    )
