"""The demo bank in the database: found again, opened by its document, renewed when the document is lost."""

import pytest
from django.contrib.auth import authenticate

from ratel.problem import Unauthenticated
from ratel.tenancy import tenant
from screening.demo import bank as demo_bank
from screening.demo import document as demo_document
from teams import keys
from teams.models import Membership
from teams.roles import SCOPES, Role
from tests.cast import changed


@pytest.fixture
def entered(django_db_setup):
    """The bank of this test database with a document that opens it."""
    found = demo_bank.find()
    bank, document = demo_bank.make() if found is None else (found, demo_bank.renew(found))
    changed()
    return bank, document


def test_a_bank_that_was_made_is_found_again(entered):
    bank, _ = entered
    found = demo_bank.find()
    assert found.organisation.id == bank.organisation.id
    assert {pack: team.id for pack, team in found.teams.items()} == {
        pack: team.id for pack, team in bank.teams.items()
    }
    assert {team.sandbox_of_id for team in found.sandboxes.values()} == {
        team.id for team in found.teams.values()
    }


def test_the_document_has_a_login_for_each_role_and_keys_for_each_team(entered):
    _, document = entered
    assert set(document.users) == {"analyst", "officer", "admin", "auditor"}
    assert set(document.teams) == {"ng", "id", "us"}


def test_each_login_opens_and_holds_its_role_in_all_teams_and_sandboxes(entered):
    bank, document = entered
    for role, login in document.users.items():
        person = authenticate(username=login.email, password=login.password)
        with tenant(bank.organisation.id, bank.team_ids):
            held = dict(Membership.objects.filter(person=person).values_list("team_id", "role"))
        assert held == dict.fromkeys(bank.team_ids, Role(role))


def test_a_live_key_has_every_scope_and_never_expires(entered):
    bank, document = entered
    for pack, held in document.teams.items():
        principal = keys.authenticate(held.live_key, "127.0.0.1")
        assert principal.team.id == bank.teams[pack].id
        assert set(SCOPES) <= principal.scopes
        assert principal.expires_at is None


def test_a_test_key_belongs_to_the_sandbox_and_administers_nothing(entered):
    bank, document = entered
    for pack, held in document.teams.items():
        assert held.test_key.startswith("rk_test_")
        principal = keys.authenticate(held.test_key, "127.0.0.1")
        assert principal.team.id == bank.sandboxes[pack].id
        assert principal.team.is_sandbox
        assert set(SCOPES) - principal.scopes == {"admin"}


def test_a_renewed_document_opens_the_bank_and_the_lost_one_no_longer_does(entered):
    bank, lost = entered
    document = demo_bank.renew(bank)
    changed()
    assert demo_bank.opens(document, bank)
    assert not demo_bank.opens(lost, bank)
    with pytest.raises(Unauthenticated):
        keys.authenticate(lost.teams["ng"].live_key, "127.0.0.1")
    admin = lost.users["admin"]
    assert authenticate(username=admin.email, password=admin.password) is None


def test_the_document_is_kept_for_its_owner_alone_and_read_back(entered, tmp_path):
    _, document = entered
    path = demo_document.path_in(tmp_path)
    demo_document.write(path, document)
    assert path.stat().st_mode & 0o777 == 0o600
    assert demo_document.read(path) == document


def test_a_document_that_cannot_be_read_counts_as_lost(tmp_path):
    path = demo_document.path_in(tmp_path)
    assert demo_document.read(path) is None
    path.write_text('{"base_url": "http://127.0.0.1:8000"')
    assert demo_document.read(path) is None
