"""What the pages of a team cost: few statements, and little to load, with as many rows as a page may have."""

import gzip
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ratel.identifiers import new_id, show
from ratel.tenancy import tenant
from teams.models import ApiKey, Membership, Person
from tests.cast import make_bank
from tests.desk.people import seat

MOST_STATEMENTS = 12
MOST_BYTES = 100_000
SCRIPTS = ("desk.css", "desk.js", "django_htmx/htmx-2.min.js")


@pytest.fixture(scope="module")
def acme():
    bank = make_bank("Acme Bank", "us", people=True)
    team = bank.teams["us"]
    with tenant(bank.id, [team.id]):
        people = Person.objects.bulk_create(
            Person(organisation=bank.organisation, email=f"{new_id()}@example.com", name=f"Person {number}")
            for number in range(60)
        )
        Membership.objects.bulk_create(
            Membership(organisation=bank.organisation, person=one, team=team, role="analyst")
            for one in people
        )
        ApiKey.objects.bulk_create(
            ApiKey(
                organisation=bank.organisation,
                team=team,
                public_id=f"{new_id().int % 10**12:012}",
                secret_hash=b"",
                is_live=True,
                name=f"Key {number}",
                scopes=["evaluate", "read"],
                created_by=bank.people["admin"],
            )
            for number in range(60)
        )
    return bank


def costs(at, name, *arguments):
    with CaptureQueriesContext(connection) as queries:
        answer = at.get(name, *arguments)
    assert answer.status_code == 200
    # What frames a transaction and names its tenant is not counted: it comes with each one.
    framing = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT set_config")
    return len([one for one in queries.captured_queries if not one["sql"].startswith(framing)]), answer


@pytest.mark.parametrize("name", ["team", "team-people", "team-keys", "payload-schema"])
def test_a_page_of_the_team_costs_few_statements_and_little_to_load(acme, name):
    at = seat(acme, "admin", "us")
    statements, answer = costs(at, name)
    assert statements <= MOST_STATEMENTS
    loaded = [Path(str(finders.find(script))).read_bytes() for script in SCRIPTS]
    assert sum(len(gzip.compress(one)) for one in [answer.content, *loaded]) < MOST_BYTES


def test_so_do_the_pages_of_one_person_and_one_key(acme):
    at = seat(acme, "admin", "us")
    with tenant(acme.id):
        key_id = ApiKey.objects.filter(team=acme.teams["us"]).latest("id").id
    assert costs(at, "team-person", show("per", acme.people["officer"].id))[0] <= MOST_STATEMENTS
    assert costs(at, "team-key", show("key", key_id))[0] <= MOST_STATEMENTS
    assert costs(at, "team-key-seen", show("key", key_id))[0] <= MOST_STATEMENTS
