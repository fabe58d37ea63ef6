"""The cast of the tests: banks with teams, keys and people, each made anew, because nothing is ever truncated.

`Bank` is a whole organisation (acme, the rival, ...); `Caller` speaks the API in-process with one key.
"""

import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.test import Client

from ratel.tenancy import tenant
from screening.team_setup import prepare_team
from screening.watchlists.current import settle
from teams.configuration import STAMPS
from teams.keys import create_key
from teams.limits.tiers import Tier
from teams.models import Organisation, Person, Team
from teams.principal import Principal, TeamFacts
from teams.roles import SCOPES, Role
from teams.services import create_organisation, create_person, create_team

CURRENCY = {"ng": "NGN", "id": "IDR", "us": "USD"}
PASSWORD = "correct horse battery staple"
_numbers = itertools.count()


@dataclass
class Answer:
    """Status, decoded body and headers of one call."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def error(self) -> Any:
        return self.body["error"]


@dataclass
class Caller:
    """A backend with an API key (or, with `session`, a person in a browser)."""

    key: str | None = None
    client: Client = field(default_factory=Client)

    def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> Answer:
        sent = {**({"X-API-Key": self.key} if self.key else {}), **headers}
        content = raw if raw is not None else (json.dumps(body).encode() if body is not None else b"")
        response = self.client.generic(
            method, path, content, content_type=sent.pop("content_type", "application/json"), headers=sent
        )
        try:
            decoded = json.loads(response.content)
        except ValueError:
            decoded = response.content
        return Answer(response.status_code, decoded, dict(response.headers))

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.call("PATCH", path, body, **headers)

    def evaluate(self, **fields: Any) -> Answer:
        return self.post("/api/transactions/evaluate", payment(**fields))

    def explain(self, **fields: Any) -> Answer:
        return self.post("/api/transactions/evaluate?include=layers", payment(**fields))


def payment(**fields: Any) -> dict[str, Any]:
    """A small valid payment; `fields` replace or add, a None removes."""
    body = {"customerId": "customer-1", "direction": "debit", "amount": 100, "channel": "transfer", **fields}
    if "amountIdr" in fields and "amount" not in fields:
        body.pop("amount")
    return {name: value for name, value in body.items() if value is not None}


@dataclass
class Bank:
    """An organisation with one team per pack, a live key each, and its people."""

    organisation: Organisation
    teams: dict[str, Team]
    callers: dict[str, Caller]
    people: dict[str, Person]

    @property
    def id(self) -> UUID:
        return self.organisation.id

    def team_facts(self, pack: str) -> TeamFacts:
        team = self.teams[pack]
        return TeamFacts(team.id, self.id, team.pack, team.currency, False)

    def principal(self, pack: str) -> Principal:
        person = self.people.get("officer")
        return Principal(
            "person", person.id if person else self.id, self.team_facts(pack), frozenset(SCOPES), None
        )

    def seeing(self, pack: str) -> Any:
        """A transaction that sees one team's rows, as the application's role."""
        return tenant(self.id, [self.teams[pack].id])

    def session(self, role: str, pack: str) -> Caller:
        """A signed-in person acting in a team."""
        client = Client(headers={"X-Ratel-Team": str(self.teams[pack].id)})
        assert client.login(username=self.people[role].email, password=PASSWORD)
        return Caller(client=client)

    def new_key(self, pack: str, **options: Any) -> Caller:
        """A key of the team that another person answers for."""
        with self.seeing(pack):
            owner = options.pop("created_by", None) or _stranger(self.organisation)
            arguments = {"name": "another", "is_live": True, "scopes": SCOPES, "created_by": owner}
            arguments |= {"tier": Tier.UNLIMITED} | options
            _, text = create_key(team=self.teams[pack], **arguments)
        changed()
        return Caller(text)


def changed() -> None:
    """The configuration was changed by this very process: look again now rather than within half a second."""
    STAMPS.forget()
    settle()


def make_bank(name: str = "Acme Bank", *packs: str, people: bool = False) -> Bank:
    """A fresh organisation with a team for each of `packs` (default: all three)."""
    number = f"{next(_numbers)}-{time.time_ns()}"
    with transaction.atomic():
        organisation = create_organisation(name=f"{name} {number}")
        teams = {
            pack: create_team(organisation=organisation, name=pack, pack=pack, currency=CURRENCY[pack])
            for pack in packs or ("ng", "id", "us")
        }
    staff = _hire(organisation, teams, number) if people else {}
    callers = {}
    for pack, team in teams.items():
        prepare_team(team)
        with tenant(organisation.id, [team.id]):
            _, text = create_key(
                team=team,
                name="live",
                is_live=True,
                scopes=SCOPES,
                tier=Tier.UNLIMITED,
                created_by=staff.get("admin") or _stranger(organisation),
            )
        callers[pack] = Caller(text)
    changed()
    return Bank(organisation, teams, callers, staff)


def _stranger(organisation: Organisation) -> Person:
    """Somebody who answers for a key and never signs in: no password to hash."""
    person = Person(
        organisation=organisation, email=f"{next(_numbers)}-{time.time_ns()}@example.com", name="Key owner"
    )
    person.set_unusable_password()
    person.save(force_insert=True)
    return person


def _hire(organisation: Organisation, teams: dict[str, Team], number: str) -> dict[str, Person]:
    with tenant(organisation.id, [team.id for team in teams.values()]):
        return {
            role.value: create_person(
                organisation=organisation,
                email=f"{role.value}-{number}@example.com",
                name=f"{role.value.title()} of {organisation.name}",
                password=PASSWORD,
                roles=[(team, role) for team in teams.values()],
            )
            for role in Role
        }
