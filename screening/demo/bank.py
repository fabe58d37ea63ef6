"""The demo organisation, its teams with a sandbox each, its people and their keys.

The organisation is found again by the e-mail address of its administrator. Keys and passwords are made here and
handed out once; what was lost is made anew, never recovered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.db import transaction

from ratel.problem import Refusal
from ratel.tenancy import set_tenant, tenant, visible
from screening.demo.document import Document, Login, TeamKeys
from screening.packs import load_pack
from screening.team_setup import prepare_team
from teams import audit, keys
from teams.limits.tiers import Tier
from teams.models import ApiKey, Organisation, Person, Team
from teams.roles import SCOPES, Role
from teams.services import create_organisation, create_person, create_team, random_password

ORGANISATION: Final = "Ratel Demo Bank"
PRODUCT_CODES: Final = {"us": "TDSS"}
SANDBOX_CODES: Final = {"us": "TDSS-SANDBOX"}
TEAM_NAMES: Final = {"ng": "Lagos monitoring", "id": "Jakarta monitoring", "us": "New York monitoring"}
PEOPLE: Final = {
    Role.ANALYST: "Amina Yusuf",
    Role.OFFICER: "Bambang Hartono",
    Role.ADMIN: "Claire Novak",
    Role.AUDITOR: "David Mensah",
}
# What a sandbox key may do besides: everything but administer.
SANDBOX_SCOPES: Final = tuple(scope for scope in SCOPES if scope != "admin")


@dataclass(frozen=True)
class Bank:
    """What is in the database: people by role, teams and their sandboxes by pack."""

    organisation: Organisation
    people: Mapping[Role, Person]
    teams: Mapping[str, Team]
    sandboxes: Mapping[str, Team]

    @property
    def all_teams(self) -> list[Team]:
        return [*self.teams.values(), *self.sandboxes.values()]

    @property
    def team_ids(self) -> list[UUID]:
        return [team.id for team in self.all_teams]


def email_of(role: Role) -> str:
    return f"{role.value}@demo.ratel.example"


def find() -> Bank | None:
    """The demo bank of this database, or None where it has not been made."""
    with visible("ratel.person_email", email_of(Role.ADMIN)):
        admin = Person.objects.filter(email=email_of(Role.ADMIN)).first()
    if admin is None:
        return None
    with tenant(admin.organisation_id):
        people = {person.email: person for person in Person.objects.all()}
        # Newest first, so that of several teams with one pack the first made, the demo's, is the one that stays.
        teams = list(Team.objects.select_related("organisation").order_by("-id"))
    own = {team.pack: team for team in teams if team.sandbox_of_id is None and team.pack in TEAM_NAMES}
    sandboxes = {team.sandbox_of_id: team for team in teams}
    return Bank(
        organisation=own["ng"].organisation,
        people={role: people[email_of(role)] for role in PEOPLE if email_of(role) in people},
        teams=own,
        sandboxes={pack: sandboxes[team.id] for pack, team in own.items()},
    )


def make() -> tuple[Bank, Document]:
    """Makes all of it or nothing; the document's base URL is empty."""
    passwords = {role: random_password() for role in PEOPLE}
    with transaction.atomic():
        organisation = create_organisation(name=ORGANISATION)
        teams = {pack: _create_team(organisation, pack, name) for pack, name in TEAM_NAMES.items()}
        sandboxes = {
            pack: _create_team(organisation, pack, f"{team.name} (sandbox)", sandbox_of=team)
            for pack, team in teams.items()
        }
        bank = Bank(organisation, {}, teams, sandboxes)
        for team in bank.all_teams:
            prepare_team(team)
        set_tenant(organisation.id, bank.team_ids)
        people = {role: _hire(bank, role, password) for role, password in passwords.items()}
        bank = replace(bank, people=people)
        return bank, _document(bank, passwords)


def renew(bank: Bank) -> Document:
    """New passwords and keys for everybody; the old ones end."""
    passwords = {role: random_password() for role in PEOPLE}
    with tenant(bank.organisation.id, bank.team_ids):
        for key in ApiKey.objects.filter(team_id__in=bank.team_ids, revoked_at=None):
            keys.revoke_key(key, actor=audit.system())
        people = {
            role: _reset(bank.people[role], password) if role in bank.people else _hire(bank, role, password)
            for role, password in passwords.items()
        }
        return _document(replace(bank, people=people), passwords)


def opens(document: Document, bank: Bank) -> bool:
    """Whether the document's people and keys are those of this bank (a password may have been changed since)."""
    emails = {role: login.email for role, login in document.users.items()}
    if emails != {role.value: email_of(role) for role in bank.people} or set(document.teams) != set(
        TEAM_NAMES
    ):
        return False
    return all(
        held.id == str(bank.teams[pack].id)
        and _belongs(held.live_key, bank.teams[pack])
        and _belongs(held.test_key, bank.sandboxes[pack])
        for pack, held in document.teams.items()
    )


def _hire(bank: Bank, role: Role, password: str) -> Person:
    return create_person(
        organisation=bank.organisation,
        email=email_of(role),
        name=PEOPLE[role],
        password=password,
        roles=[(team, role) for team in bank.all_teams],
    )


def _reset(person: Person, password: str) -> Person:
    person.set_password(password)
    person.save(update_fields=["password"])
    audit.record(
        organisation_id=person.organisation_id,
        team_id=None,
        actor=audit.system(),
        action="person.password_reset",
        subject=("person", str(person.id)),
    )
    return person


def _belongs(text: str, team: Team) -> bool:
    try:
        return keys.authenticate(text, "").team.id == team.id
    except Refusal:
        return False


def _create_team(organisation: Organisation, pack: str, name: str, *, sandbox_of: Team | None = None) -> Team:
    currency = load_pack(pack).currency
    return create_team(
        organisation=organisation,
        name=name,
        pack=pack,
        currency=currency,
        sandbox_of=sandbox_of,
        product_code=(SANDBOX_CODES if sandbox_of else PRODUCT_CODES).get(pack),
    )


def _document(bank: Bank, passwords: Mapping[Role, str]) -> Document:
    return Document(
        base_url="",
        users={role.value: Login(email_of(role), password) for role, password in passwords.items()},
        teams={
            pack: TeamKeys(
                id=str(team.id),
                live_key=_new_key(bank, team, is_live=True),
                test_key=_new_key(bank, bank.sandboxes[pack], is_live=False),
            )
            for pack, team in bank.teams.items()
        },
    )


def _new_key(bank: Bank, team: Team, *, is_live: bool) -> str:
    _, text = keys.create_key(
        team=team,
        name="Demo, live" if is_live else "Demo, sandbox",
        is_live=is_live,
        scopes=SCOPES if is_live else SANDBOX_SCOPES,
        tier=Tier.UNLIMITED if is_live else Tier.SANDBOX,
        created_by=bank.people[Role.ADMIN],
    )
    return text
