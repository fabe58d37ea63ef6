"""Back-tests: started, gone through in the background, killed in the middle, cancelled; what their numbers mean."""

import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cases.models import Alert
from ratel.identifiers import read, show
from screening.models import BackTest, BackTestRange, Rule
from screening.rule_trials import ranges
from screening.rule_trials.work import work, work_on
from teams.models import AuditEntry
from tests.cast import Bank, changed, make_bank
from tests.evaluate.rules import add_rules, rule
from tests.rule_trials.past import evaluations, payments, send

CONDITIONS = {"field": "amount", "operator": ">=", "value": 500}


def drafted(bank: Bank, code: str = "TRIED", **fields: Any) -> str:
    document = {"code": code, "name": "Tried", "scoreContribution": 40, "conditions": CONDITIONS, **fields}
    answer = bank.callers["us"].post("/api/rules", document)
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def start(bank: Bank, rule_id: str, **body: Any) -> dict[str, Any]:
    answer = bank.callers["us"].post(f"/api/rules/{rule_id}/back-tests", body)
    assert answer.status == 202, answer.body
    return dict(answer.data)


def finished(bank: Bank, rule_id: str, test: dict[str, Any]) -> dict[str, Any]:
    work_on(bank.team_facts("us"), time.monotonic() + 600)
    shown = bank.callers["us"].get(f"/api/rules/{rule_id}/back-tests/{test['id']}").data
    assert (shown["status"], shown["percentDone"]) == ("completed", 100)
    return dict(shown["result"])


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def test_the_alerts_that_a_draft_would_add_are_those_that_it_adds_once_it_is_live() -> None:
    """The same payments of two banks: what is foretold for the one happens at the other."""
    sent = payments(100, seed=9)
    first, second = make_bank("Acme Bank", "us"), make_bank("Rival Bank", "us")
    send(first, sent)
    rule_id = drafted(first)
    result = finished(first, rule_id, start(first, rule_id))
    add_rules(second, "us", {**rule("TRIED", CONDITIONS), "scoreContribution": 40})
    send(second, sent)
    before = [one.decision for one in evaluations(first)]
    after = [one.decision for one in evaluations(second)]
    assert result["evaluated"] == 100
    assert result["alertsBefore"] == sum(one != "pass" for one in before)
    assert result["alertsAfter"] == sum(one != "pass" for one in after)
    assert result["alertsAdded"] == sum(old == "pass" != new for old, new in zip(before, after, strict=True))
    assert result["alertsAdded"] > 0
    with second.seeing("us"):
        tried = Rule.objects.get(code="TRIED").id
    assert result["hits"] == sum(tried in one.hit_rules for one in evaluations(second))
    assert sum(day["hits"] for day in result["days"]) == result["hits"]


def test_a_change_of_a_live_rule_counts_what_it_takes_away_and_what_people_had_found(bank: Bank) -> None:
    add_rules(bank, "us", {**rule("TRIED", CONDITIONS), "scoreContribution": 40})
    send(bank, payments(60, seed=4))
    with bank.seeing("us"):
        tried = Rule.objects.get(code="TRIED")
        mine = [one for one in evaluations(bank) if tried.id in one.hit_rules and one.alert_id]
        closed = Alert.objects.filter(id__in={one.alert_id for one in mine})
        closed.update(disposition="true_positive", status="resolved", closed_at=timezone.now())
    rule_id = show("rul", tried.id)
    change = {"conditions": {**CONDITIONS, "value": 10_000_000}}
    assert bank.callers["us"].patch(f"/api/rules/{rule_id}", change).status == 200
    result = finished(bank, rule_id, start(bank, rule_id))
    assert result["hits"] == 0
    assert result["hitsBefore"] == sum(tried.id in one.hit_rules for one in evaluations(bank))
    assert result["alertsRemoved"] == result["lostTruePositives"] > 0
    # What it says now finds the same again, and people agreed with it.
    again = finished(bank, rule_id, start(bank, rule_id, version=1))
    assert (again["alertsAdded"], again["alertsRemoved"], again["precision"]) == (0, 0, 1)


def test_a_worker_that_is_killed_in_the_middle_ends_with_the_same_result(bank: Bank) -> None:
    send(bank, payments(100, seed=6))
    rule_id = drafted(
        bank,
        conditions={"all": [CONDITIONS, {"field": "narration", "operator": "contains", "value": "gift"}]},
    )
    whole = finished(bank, rule_id, start(bank, rule_id))
    assert whole["hits"] > 0
    test = start(bank, rule_id)
    chance = random.Random(5)
    for _ in range(2):
        worker = hand(bank, "--led")
        assert worker.stdout is not None
        assert worker.stdin is not None
        for _ in range(chance.randrange(1, 4)):
            assert worker.stdout.readline() == "judged\n"
            worker.stdin.write("go on\n")
            worker.stdin.flush()
        time.sleep(chance.uniform(0.0, 0.01))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        with bank.seeing("us"):
            held = BackTestRange.objects.filter(done_at=None, attempts__gt=0)
            held.update(lease_until=timezone.now() - timedelta(seconds=1))
    with bank.seeing("us"):
        left = BackTestRange.objects.filter(back_test_id=read("bkt", test["id"]), done_at=None).count()
        assert 0 < left < 10
    assert hand(bank).wait() == 0
    result = bank.callers["us"].get(f"/api/rules/{rule_id}/back-tests/{test['id']}").data
    assert result["status"] == "completed"
    assert result["result"] == whole


def hand(bank: Bank, *arguments: str) -> subprocess.Popen[str]:
    """A worker for this bank only: other tests have left back-tests of theirs."""
    ids = (str(bank.id), str(bank.teams["us"].id))
    command = [sys.executable, "-m", "tests.rule_trials.worker", *ids, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)


def test_many_ranges_give_what_one_gives(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    send(bank, payments(50))
    rule_id = drafted(bank)
    whole = finished(bank, rule_id, start(bank, rule_id))
    monkeypatch.setattr(ranges, "EVALUATIONS_A_RANGE", 7)
    assert finished(bank, rule_id, start(bank, rule_id)) == whole


def test_only_what_was_decided_in_the_span_counts(bank: Bank) -> None:
    rule_id = drafted(bank)
    assert finished(bank, rule_id, start(bank, rule_id, days=1))["evaluated"] == 0
    send(bank, payments(20))
    assert finished(bank, rule_id, start(bank, rule_id, days=1))["evaluated"] == 20


def test_a_back_test_that_is_cancelled_ends_and_is_not_gone_on_with(bank: Bank) -> None:
    send(bank, payments(20))
    rule_id = drafted(bank)
    test = start(bank, rule_id)
    address = f"/api/rules/{rule_id}/back-tests/{test['id']}"
    assert bank.callers["us"].post(f"{address}/cancel").data["status"] == "cancelled"
    assert work_on(bank.team_facts("us"), time.monotonic() + 5) == 0
    shown = bank.callers["us"].get(address).data
    assert (shown["status"], shown["result"]) == ("cancelled", None)
    assert bank.callers["us"].post(f"{address}/cancel").status == 409
    with bank.seeing("us"):
        actions = AuditEntry.objects.filter(team_id=bank.teams["us"].id).values_list("action", flat=True)
        assert {"back_test.started", "back_test.cancelled"} <= set(actions)


def test_a_range_that_cannot_be_judged_ends_its_back_test(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(bank, payments(5))
    rule_id = drafted(bank)
    test = start(bank, rule_id)

    def broken(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("screening.rule_trials.back_test.Trial.judge", broken)
    monkeypatch.setattr(ranges, "LEASE", timedelta(seconds=-1))
    work_on(bank.team_facts("us"), time.monotonic() + 30)
    with bank.seeing("us"):
        assert BackTest.objects.get(id=read("bkt", test["id"])).status == "failed"


@pytest.mark.parametrize("body", [{"days": 0}, {"days": 367}, {"days": "x"}, {"version": 9}, {"what": 1}])
def test_what_is_asked_for_wrongly_is_refused(bank: Bank, body: dict[str, Any]) -> None:
    rule_id = drafted(bank)
    assert bank.callers["us"].post(f"/api/rules/{rule_id}/back-tests", body).status == 400


def test_a_team_has_at_most_five_at_work(bank: Bank) -> None:
    rule_id = drafted(bank)
    for _ in range(5):
        start(bank, rule_id)
    answer = bank.callers["us"].post(f"/api/rules/{rule_id}/back-tests", {})
    assert (answer.status, answer.error["code"]) == (409, "too_many_back_tests")
    listed = bank.callers["us"].get(f"/api/rules/{rule_id}/back-tests?limit=2")
    assert len(listed.data) == 2
    assert listed.body["nextCursor"]


def test_regulatory_rules_and_keys_that_only_read_are_refused() -> None:
    bank = make_bank("Acme Bank", "ng")
    with bank.seeing("ng"):
        fixed = show("rul", Rule.objects.get(code="CBN-001").id)
    answer = bank.callers["ng"].post(f"/api/rules/{fixed}/back-tests", {})
    assert (answer.status, answer.error["code"]) == (409, "regulatory_rule_is_fixed")
    reader = bank.new_key("ng", scopes=("read",))
    changed()
    assert reader.post(f"/api/rules/{fixed}/back-tests", {}).status == 403


def test_hands_without_work_do_nothing() -> None:
    assert work(run_seconds=0) >= 0
