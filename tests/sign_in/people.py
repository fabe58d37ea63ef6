"""People on their way in: what they are asked, and devices that answer for them."""

import itertools
import re
import time
from dataclasses import dataclass, replace

import pyotp
from django.test import Client

from ratel.tenancy import tenant
from teams import lockout
from teams.models import AuditEntry, Membership, Person, Team
from teams.roles import Role
from teams.second_factors import kept, time_codes
from tests.cast import Bank
from tests.web.pages import sign_in

SECOND, ADD, ACCOUNT = "/accounts/second-factor/", "/accounts/second-factor/add/", "/accounts/"

_numbers = itertools.count()


def with_new_people(bank: Bank) -> Bank:
    """The same bank with other people in the same roles: as if it were new, without hashing a password again."""
    hashed = bank.people["officer"].password
    number = f"{next(_numbers)}-{time.time_ns()}"
    with tenant(bank.id):
        Membership.objects.filter(organisation_id=bank.id).delete()
        Team.objects.filter(organisation_id=bank.id).update(requires_second_factor="nobody")
        people = {}
        for role in Role:
            email = f"{role.value}-{number}@example.com"
            name = f"{role.value.title()} of {bank.organisation.name}"
            person = Person(organisation=bank.organisation, email=email, name=name, password=hashed)
            person.save(force_insert=True)
            people[role.value] = person
            Membership.objects.bulk_create(
                Membership(organisation=bank.organisation, person=person, team=team, role=role)
                for team in bank.teams.values()
            )
    return replace(bank, people=people)


@dataclass
class App:
    """An authenticator app that holds a person's secret."""

    secret: str

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).generate_otp(int(time.time()) // 30 + steps)


def give_app(person: Person) -> App:
    """The app as it is after a code of the step before the present one was taken."""
    app = App(time_codes.new_secret())
    kept.add_time_code(person=person, secret=app.secret, code=app.code(-1), address="192.0.2.1")
    return app


def ask_of(bank: Bank, whom: str, pack: str = "us") -> None:
    with tenant(bank.id):
        Team.objects.filter(id=bank.teams[pack].id).update(requires_second_factor=whom)


def known(person: Person, address: str = "192.0.2.1", **fields: str) -> Client:
    """A browser in which the right password was given."""
    lockout.forgive(person.email, address)
    lockout.forgive(f"second factor of {person.id}", "")
    client = Client()
    assert sign_in(client, person.email, address=address, **fields).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(ACCOUNT).status_code == 200


def secret_on(page: str) -> str:
    found = re.search(r'id="app-secret">([^<]+)<', page)
    assert found
    return found[1].replace(" ", "")


def actions_of(person: Person) -> list[str]:
    with tenant(person.organisation_id):
        entries = AuditEntry.objects.filter(subject_id=str(person.id)).order_by("id")
        return list(entries.values_list("action", flat=True))


def proofs_of(person: Person) -> list[str]:
    with tenant(person.organisation_id):
        entries = AuditEntry.objects.filter(subject_id=str(person.id), action="person.signed_in")
        return [after["with"] for after in entries.order_by("id").values_list("after", flat=True)]
