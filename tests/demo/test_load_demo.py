"""`manage.py load_demo` and `show_demo`: the first start fills the bank over HTTP, the second only checks it."""

import io
import json
import shlex

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ratel.tenancy import tenant
from screening.demo import bank as demo_bank
from screening.demo import document as demo_document
from screening.demo.traffic import payments
from screening.models import Evaluation, Transaction, Watchlist
from teams.models import ApiKey, AuditEntry
from tests.cast import Caller, changed


def load(port=8123):
    said = io.StringIO()
    call_command("load_demo", port=port, stdout=said)
    changed()
    return said.getvalue()


@pytest.fixture(scope="module")
def path(django_db_setup, state_directory):
    """Where the document of a bank lies that was loaded, with its payments."""
    (state_directory / "log").mkdir(exist_ok=True)
    load()
    return demo_document.path_in(state_directory)


def contents():
    """What is stored for the bank's live teams, as numbers."""
    bank = demo_bank.find()
    with tenant(bank.organisation.id, bank.team_ids):
        return {
            "transactions": Transaction.objects.count(),
            "evaluations": Evaluation.objects.count(),
            "keys": ApiKey.objects.count(),
            "entries": AuditEntry.objects.exclude(action="key.used").count(),
        }


def test_every_payment_is_decided_once(path):
    bank = demo_bank.find()
    for pack, team in bank.teams.items():
        with tenant(bank.organisation.id, [team.id]):
            stored = Transaction.objects.values_list("external_id", flat=True)
            assert sorted(stored) == sorted(each["externalId"] for each in payments(pack, timezone.now()))
            assert Evaluation.objects.count() == len(stored)


def test_the_stories_are_alerted_and_ordinary_life_passes(path):
    bank = demo_bank.find()
    for team in bank.teams.values():
        with tenant(bank.organisation.id, [team.id]):
            decisions = Evaluation.objects.values_list("decision", flat=True)
            alerted = sum(decision != "pass" for decision in decisions)
            assert "block" in decisions
            assert 5 <= alerted <= 0.15 * len(decisions)


def test_the_demo_list_is_loaded_with_listed_names(path):
    watchlist = Watchlist.objects.get(organisation_id=None, code="demo")
    assert watchlist.name == "Demo list"
    assert watchlist.entry_count > 40


def test_the_document_is_private_and_has_the_shape_that_it_promises(path):
    assert path.stat().st_mode & 0o777 == 0o600
    document = json.loads(path.read_text())
    assert set(document) == {"base_url", "users", "teams"}
    assert document["base_url"] == "http://127.0.0.1:8123"
    assert set(document["users"]["analyst"]) == {"email", "password"}
    assert set(document["teams"]["ng"]) == {"id", "live_key", "test_key"}


def test_a_second_start_changes_nothing(path):
    before, text = contents(), path.read_text()
    assert load() == ""
    assert contents() == before
    assert path.read_text() == text


def test_another_port_changes_the_address_and_nothing_else(path):
    before, document = contents(), demo_document.read(path)
    load(port=8999)
    moved = demo_document.read(path)
    assert moved.base_url == "http://127.0.0.1:8999"
    assert (moved.users, moved.teams) == (document.users, document.teams)
    assert contents() == before
    load()


def test_a_lost_document_is_made_anew_and_said_so(path):
    evaluations, lost = contents()["evaluations"], demo_document.read(path)
    path.unlink()
    assert "new passwords and keys" in load()
    made = demo_document.read(path)
    assert made.teams["ng"].live_key != lost.teams["ng"].live_key
    assert Caller(lost.teams["ng"].live_key).get("/api/alerts").status == 401
    assert Caller(made.teams["ng"].live_key).get("/api/alerts").status == 200
    assert contents()["evaluations"] == evaluations


def test_a_payment_that_an_interrupted_start_left_out_is_sent(path, owner_connection):
    bank, before = demo_bank.find(), contents()
    team = bank.teams["us"]
    with owner_connection.transaction():
        owner_connection.execute(
            "SELECT set_config('ratel.organisation', %s, true), set_config('ratel.teams', %s, true)",
            [str(bank.organisation.id), f"{{{team.id}}}"],
        )
        owner_connection.execute(
            "UPDATE screening_transaction SET external_id = 'left out' WHERE team_id = %s AND external_id = %s",
            [team.id, "demo-us-0001"],
        )
        owner_connection.execute("DELETE FROM screening_idempotencykey WHERE team_id = %s", [team.id])
    assert "us: 1 payments decided" in load()
    assert contents()["transactions"] == before["transactions"] + 1


def test_production_has_no_demo_bank(settings):
    settings.RATEL_ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="production"):
        load()


def test_what_is_shown_can_be_pasted_and_decides(path):
    said = io.StringIO()
    call_command("show_demo", stdout=said)
    lines = [line for line in said.getvalue().splitlines() if line.startswith("  curl ")]
    assert len(lines) == 3
    for line in lines:
        words = shlex.split(line)
        key = next(word.removeprefix("X-API-Key: ") for word in words if word.startswith("X-API-Key: "))
        assert words[3] == "http://127.0.0.1:8123/api/transactions/evaluate"
        answer = Caller(key).post("/api/transactions/evaluate", json.loads(words[-1]) | {"persist": False})
        assert answer.status == 200
        assert answer.data["decision"] != "pass"


def test_nothing_can_be_shown_before_the_first_start(tmp_path, settings):
    settings.RATEL_STATE_DIRECTORY = tmp_path
    with pytest.raises(CommandError, match="make run"):
        call_command("show_demo", stdout=io.StringIO())
