"""`manage.py load_demo` and `show_demo`: the first start makes two months of the bank, the second only checks it."""

import io
import json
import shlex
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.models import Alert, Case, CaseNote, CaseStep, Report
from ratel.tenancy import tenant
from screening.demo import bank as demo_bank
from screening.demo import document as demo_document
from screening.demo.clock import set_back
from screening.demo.stories import NEAR_MATCH, RING, STRUCTURING
from screening.demo.traffic import payments
from screening.models import Customer, Evaluation, Screening, Transaction, Watchlist
from teams.audit import chain
from teams.models import ApiKey, AuditEntry, Person
from tests.audit.test_chain import until_linked
from tests.cast import Caller, changed

# Its bank is made once, not in each process.
pytestmark = pytest.mark.xdist_group("load-demo")


def load(port=8123):
    said = io.StringIO()
    call_command("load_demo", port=port, stdout=said)
    changed()
    return said.getvalue()


@pytest.fixture(scope="session")
def begun(django_db_setup):
    return timezone.now()


@pytest.fixture(scope="session")
def path(begun, state_directory):
    """Where the document of a bank lies that was loaded, with its payments."""
    load()
    return demo_document.path_in(state_directory)


def contents():
    """What is stored for the bank's teams, as numbers."""
    bank = demo_bank.find()
    with tenant(bank.organisation.id, bank.team_ids):
        counted = (Transaction, Evaluation, Alert, Case, CaseStep, ApiKey, Person)
        return {
            **{model.__name__: model.objects.count() for model in counted},
            "entries": AuditEntry.objects.exclude(action="key.used").count(),
        }


def of_team(pack):
    bank = demo_bank.find()
    return tenant(bank.organisation.id, [bank.teams[pack].id])


def alerts_of(*references):
    ids = Customer.objects.filter(reference__in=references).values("id")
    return list(Alert.objects.filter(customer_id__in=ids).order_by("id"))


def test_every_payment_is_decided_once(path):
    bank = demo_bank.find()
    for pack, team in bank.teams.items():
        with tenant(bank.organisation.id, [team.id]):
            lived = Transaction.objects.filter(external_id__startswith="demo-")
            stored = lived.values_list("external_id", flat=True)
            assert sorted(stored) == sorted(one.external_id for one in payments(pack, timezone.now()))
            assert Evaluation.objects.count() == Transaction.objects.count()


def test_most_of_life_passes(path):
    for pack in demo_bank.TEAM_NAMES:
        with of_team(pack):
            decisions = Counter(Evaluation.objects.values_list("decision", flat=True))
        assert decisions["block"] >= 1
        assert 30 <= sum(decisions.values()) - decisions["pass"] <= 0.15 * decisions.total()


def test_the_history_has_the_times_of_the_story_and_its_identifiers_sort_by_them(path, begun):
    for pack in demo_bank.TEAM_NAMES:
        with of_team(pack):
            rows = list(Evaluation.objects.order_by("id").values_list("decided_at", flat=True))
        assert rows == sorted(rows)
        assert rows[-1] < begun
        assert sum(moment < begun - timedelta(days=30) for moment in rows) > 400
        assert sum(moment > begun - timedelta(days=1) for moment in rows) > 10


def test_the_audit_trail_says_when_it_was_really_done_and_its_chain_is_sound(path, begun):
    bank = demo_bank.find()
    with tenant(bank.organisation.id, bank.team_ids):
        told = ["evaluation.decided", "alert.dismissed", "case.resolved", "report.filed"]
        assert AuditEntry.objects.filter(at__lt=begun, action__in=told).count() == 0
        assert AuditEntry.objects.filter(action="evaluation.decided").count() > 3_000
        assert AuditEntry.objects.filter(action="alert.dismissed", actor_kind="person").count() > 20
    until_linked(lambda: chain.link(bank.organisation.id), bank.organisation)
    assert chain.verify(bank.organisation.id).is_sound


def test_people_have_judged_most_alerts_in_time_and_some_late(path):
    for pack in demo_bank.TEAM_NAMES:
        with of_team(pack):
            closed = list(Alert.objects.exclude(closed_at=None))
        found = Counter(alert.disposition for alert in closed)
        assert found["true_positive"] >= 8
        assert found["false_positive"] >= 15
        assert all(alert.created_at < alert.closed_at for alert in closed)
        late = sum(alert.closed_at > alert.due_at for alert in closed)
        assert 0 < late < 0.3 * len(closed)


def test_cases_stand_at_every_step_and_are_noted(path):
    bank = demo_bank.find()
    live = [team.id for team in bank.teams.values()]
    with tenant(bank.organisation.id, live):
        found = set(Case.objects.values_list("status", flat=True))
        assert {"IN_PROGRESS", "PENDING_REVIEW", "ESCALATED", "RESOLVED_TRUE_POSITIVE", "CLOSED"} <= found
        assert CaseNote.objects.count() > 30


def test_old_reports_are_filed_by_two_people_and_fresh_ones_wait(path):
    for pack in demo_bank.TEAM_NAMES:
        with of_team(pack):
            reports = list(Report.objects.all())
        filed = [report for report in reports if report.status == "FILED"]
        assert len(filed) >= 3
        assert all(report.submitted_by_id != report.approved_by_id for report in filed)
        assert all(report.created_at < report.approved_at < report.filed_at for report in filed)
        assert {report.status for report in reports} <= {"FILED", "DRAFT"}
    with of_team("ng"):
        kinds = Counter(Report.objects.filter(status="FILED").values_list("type", flat=True))
        assert set(kinds) == {"SAR", "CTR", "FTR"}
        assert Report.objects.filter(status="DRAFT").exists()


def test_a_queue_waits_that_is_not_all_past_due(path):
    for pack in demo_bank.TEAM_NAMES:
        with of_team(pack):
            waiting = list(Alert.objects.filter(status__in=["open", "in_progress", "escalated"]))
        overdue = sum(alert.due_at < timezone.now() for alert in waiting)
        assert 3 <= len(waiting) <= 40
        assert overdue < len(waiting)


def test_the_structuring_waits_with_its_deposits_in_one_story(path):
    with of_team("ng"):
        waiting = [alert for alert in alerts_of(STRUCTURING) if alert.status == "open"]
        assert {alert.decision for alert in waiting} >= {"escalate"}
        assert any(alert.trigger == "rule_fire" and alert.case_id for alert in waiting)
        assert all(alert.due_at > timezone.now() for alert in waiting if alert.decision == "escalate")


def test_the_namesake_waits_with_the_birth_date_that_tells_them_apart(path):
    with of_team("us"):
        assert {alert.trigger for alert in alerts_of(NEAR_MATCH)} == {"screening_match"}
        customer = Customer.objects.get(reference=NEAR_MATCH)
        (screening,) = Screening.objects.filter(customer_id=customer.id)
    assert screening.status == "review"
    assert screening.match_count == 1


def test_every_account_of_the_ring_waits(path):
    with of_team("id"):
        found = Counter(alert.customer_id for alert in alerts_of(*RING) if alert.status == "open")
    assert len(found) == len(RING)


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
    evaluations, lost = contents()["Evaluation"], demo_document.read(path)
    path.unlink()
    assert "new passwords and keys" in load()
    made = demo_document.read(path)
    assert made.teams["ng"].live_key != lost.teams["ng"].live_key
    assert Caller(lost.teams["ng"].live_key).get("/api/alerts").status == 401
    assert Caller(made.teams["ng"].live_key).get("/api/alerts").status == 200
    assert contents()["Evaluation"] == evaluations


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
    assert contents()["Transaction"] == before["Transaction"] + 1


def test_synthetic_volume_is_marked_and_mostly_closed(path):
    said = io.StringIO()
    call_command("load_demo_volume", evaluations=400, alerts=40, days=3, team="us", stdout=said)
    with of_team("us"):
        made = Transaction.objects.filter(external_id__startswith="synthetic-")
        customers = Customer.objects.filter(id__in=made.values("customer_id"))
        assert made.count() == 400
        assert all(name.startswith("synthetic-") for name in customers.values_list("reference", flat=True))
        alerts = Alert.objects.filter(customer_id__in=customers.values("id"))
        assert alerts.count() == 40
        assert alerts.exclude(closed_at=None).count() > 25


def test_production_has_no_demo_bank_no_volume_and_no_other_time(settings):
    settings.RATEL_ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="production"):
        load()
    with pytest.raises(CommandError, match="production"):
        call_command("load_demo_volume", evaluations=1, alerts=0, stdout=io.StringIO())
    with pytest.raises(RuntimeError, match="production"), set_back():
        pass


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
