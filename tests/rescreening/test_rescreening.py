"""What was decided without a layer is decided again with it: once, as of its own time, and whoever must know is told."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from cases.models import Alert, AlertEvaluation, Case, Report
from ratel.breakers import GUARDS
from ratel.identifiers import read, show
from screening.audit_check import check_organisation
from screening.layers import behavioral, kyc, rules, sanctions
from screening.models import Customer, Evaluation, Rescreening
from screening.repeat import repeat
from screening.rescreening import store
from screening.rescreening.queue import GIVEN_UP_AFTER, claim
from screening.rescreening.run import rescreen_team, rescreen_waiting
from tests.cast import Answer, Bank, make_bank
from tests.evaluate.lists import SANCTIONED
from tests.evaluate.rules import add_rules, rule, set_policy
from tests.evaluate.stored import evaluations, events, stored

_spellings = itertools.count()
PATIENCE_SECONDS = 120.0
CLEAN = {"kycStatus": "verified", "customerSince": "2020-01-01"}


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def breaks(*arguments: Any) -> Any:
    raise OSError("gone")


@contextmanager
def without(target: Any, name: str) -> Iterator[None]:
    """A layer's dependency is away for as long as the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, name, breaks)
        yield
    # The worker is another process, whose breakers have seen nothing of this.
    GUARDS.forget()


def partial(bank: Bank, target: Any = behavioral, name: str = "run", **fields: Any) -> Answer:
    with without(target, name):
        answer = bank.callers["us"].explain(**{**CLEAN, **fields})
    assert answer.data["partial"] is True
    return answer


def rescreen(bank: Bank) -> int:
    """What waits of this bank, whatever other tests have left waiting; how many evaluations were completed."""
    end = time.monotonic() + PATIENCE_SECONDS
    return sum(rescreen_team(bank.team_facts(pack), end) for pack in bank.teams)


def until(work: Callable[[], object], is_done: Callable[[], bool]) -> None:
    """A run ends after a few seconds, and other tests may have left more than it can do in one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_done():
        assert time.monotonic() < deadline, "it is never done"
        work()


def sanctioned() -> str:
    """A name of the sanctions list in a spelling that no process has been asked for yet, and so does not remember."""
    number = next(_spellings)
    letters = enumerate(SANCTIONED)
    return "".join(
        [letter.upper() if number >> position & 1 else letter.lower() for position, letter in letters]
    )


def waiting(bank: Bank) -> list[Rescreening]:
    with bank.seeing("us"):
        return list(Rescreening.objects.order_by("evaluation_id"))


def due_now(bank: Bank) -> None:
    with bank.seeing("us"):
        Rescreening.objects.update(next_attempt_at=timezone.now(), lease_until=None)


def first_and_full(bank: Bank) -> tuple[Evaluation, Evaluation]:
    first, full = evaluations(bank, "us")
    assert (first.rescreens_id, full.rescreens_id) == (None, first.id)
    return first, full


def rescreened(bank: Bank) -> dict[str, Any]:
    (event,) = [event for event in events(bank, "us") if event.event == "evaluation.rescreened"]
    return event.payload


def test_only_what_lacks_a_layer_waits(bank: Bank) -> None:
    bank.callers["us"].evaluate(**CLEAN)
    partial(bank, persist=False)
    assert waiting(bank) == []
    answer = partial(bank)
    (row,) = waiting(bank)
    assert show("evl", row.evaluation_id) == answer.data["evaluationId"]
    assert row.missing_layers == ["behavioral"]


def test_a_rule_that_failed_by_itself_would_only_fail_again(bank: Bank) -> None:
    add_rules(bank, "us", rule("ATTRIBUTE", {"field": "attributes.level", "operator": ">=", "value": 5}))
    bank.callers["us"].explain(**CLEAN, attributes={"level": {"a": 1}})
    assert waiting(bank) == []


def test_when_the_layer_is_back_the_full_decision_is_stored_beside_the_first(bank: Bank) -> None:
    answer = partial(bank, externalId="pay-1")
    before = evaluations(bank, "us")[0]
    rescreen(bank)
    first, full = first_and_full(bank)
    assert bytes(first.sealed_detail) == bytes(before.sealed_detail)
    assert (first.partial, full.partial, full.missing_layers) == (True, False, [])
    assert full.transaction_id == first.transaction_id
    assert waiting(bank) == []
    told = rescreened(bank)
    assert told["originalEvaluationId"] == answer.data["evaluationId"]
    assert told["evaluationId"] == show("evl", full.id)
    assert (told["decision"], told["previousDecision"], told["isMoreSevere"]) == ("pass", "pass", False)
    assert (told["externalId"], told["alertId"]) == ("pay-1", None)
    with bank.seeing("us"):
        assert not Alert.objects.exists()


def test_a_replay_still_gets_the_first_answer(bank: Bank) -> None:
    body = {**CLEAN, "externalId": "pay-1", "counterpartyName": sanctioned()}
    answer = partial(bank, sanctions, "run", **body)
    rescreen(bank)
    again = bank.callers["us"].explain(**body)
    assert again.data["evaluationId"] == answer.data["evaluationId"]
    assert again.data["decision"] == "pass"
    assert again.body["idempotent"] is True


def test_a_sanctioned_name_that_was_missed_becomes_a_retroactive_alert_with_its_case(bank: Bank) -> None:
    answer = partial(bank, sanctions, "run", externalId="pay-1", counterpartyName=sanctioned())
    assert answer.data["decision"] == "pass"
    assert rescreen(bank) == 1
    _, full = first_and_full(bank)
    assert full.decision == "block"
    with bank.seeing("us"):
        alert, case, link = Alert.objects.get(), Case.objects.get(), AlertEvaluation.objects.get()
        customer = Customer.objects.get()
    assert (alert.trigger, alert.decision, alert.severity) == ("retroactive", "block", "critical")
    assert (alert.evaluation_id, alert.case_id, full.alert_id) == (full.id, case.id, alert.id)
    assert (link.alert_id, link.evaluation_id) == (alert.id, full.id)
    assert (case.type, case.status, customer.open_case_id) == ("SANCTIONS_HIT", "OPEN", case.id)
    assert customer.prior_alerts == 1
    names = [event.event for event in events(bank, "us")]
    expected = ["evaluation.partial", "case.created", "alert.created", "alert.escalated"]
    assert [name for name in names if name != "sar.drafted"] == [*expected, "evaluation.rescreened"]
    told = rescreened(bank)
    assert (told["isMoreSevere"], told["alertId"]) == (True, show("alt", alert.id))
    (created,) = [event for event in events(bank, "us") if event.event == "alert.created"]
    assert created.payload["triggerType"] == "retroactive"
    shown = bank.callers["us"].get(f"/api/alerts/{show('alt', alert.id)}")
    assert "SANCTIONS_CPTY" in [hit["ruleCode"] for hit in shown.data["hits"]]
    assert shown.data["trigger"] == "retroactive"


def test_a_case_that_is_open_already_is_joined(bank: Bank) -> None:
    bank.callers["us"].evaluate(**CLEAN, counterpartyName=SANCTIONED)
    partial(bank, sanctions, "run", counterpartyName=sanctioned())
    partial(bank, sanctions, "run", counterpartyName=sanctioned())
    rescreen(bank)
    with bank.seeing("us"):
        case = Case.objects.get()
        retroactive = Alert.objects.filter(trigger="retroactive")
        assert {alert.case_id for alert in retroactive} == {case.id}
        assert Customer.objects.get().prior_alerts == 1 + len(retroactive)


def test_a_report_that_a_missing_layer_would_have_asked_for_is_drafted(bank: Bank) -> None:
    bank = make_bank("Acme Bank", "ng")
    cash = {**CLEAN, "amount": 6_000_000, "channel": "cash", "kycStatus": "rejected"}
    run = rules.run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            rules, "run", lambda layer, *rest: breaks() if layer.name == "regulatory" else run(layer, *rest)
        )
        first = bank.callers["ng"].explain(**cash)
    assert (first.data["blocked"], first.data["missingLayers"]) == (True, ["regulatory"])
    with bank.seeing("ng"):
        assert not Report.objects.filter(type="CTR").exists()
    assert rescreen(bank) == 1
    with bank.seeing("ng"):
        report = Report.objects.get(type="CTR")
        assert show("alt", report.alert_id) == first.data["alertId"]
        assert Alert.objects.count() == 1


def test_a_layer_that_must_not_be_missed_gives_a_review_that_the_full_decision_may_take_back(
    bank: Bank,
) -> None:
    set_policy(bank, "us", failClosed=["behavioral"])
    assert partial(bank).data["decision"] == "review"
    rescreen(bank)
    first, full = first_and_full(bank)
    assert (first.decision, full.decision) == ("review", "pass")
    assert rescreened(bank)["isMoreSevere"] is False
    with bank.seeing("us"):
        alert = Alert.objects.get()
    assert (alert.evaluation_id, alert.status, alert.trigger) == (first.id, "open", "layer")


def test_it_is_decided_by_what_was_in_force_and_known_then(bank: Bank) -> None:
    """A rule that came later and payments that came later have no part in it."""
    partial(bank, amount=100)
    add_rules(bank, "us", rule("LATER", {"field": "amount", "operator": ">=", "value": 1}))
    set_policy(bank, "us", txReviewScore=1)
    for _ in range(6):
        bank.callers["us"].evaluate(**CLEAN, amount=9_999)
    assert rescreen(bank) == 1
    with bank.seeing("us"):
        full = Evaluation.objects.get(rescreens_id__isnull=False)
        first = Evaluation.objects.get(id=full.rescreens_id)
    assert (full.ruleset_id, full.risk_score) == (first.ruleset_id, first.risk_score)
    assert full.rule_states == first.rule_states


def test_while_the_layer_is_away_it_waits_and_nothing_is_stored(bank: Bank) -> None:
    partial(bank)
    with without(behavioral, "run"):
        assert rescreen(bank) == 0
    (row,) = waiting(bank)
    assert (row.attempts, row.lease_until, row.given_up_at) == (1, None, None)
    assert timedelta(0) < row.next_attempt_at - timezone.now() <= timedelta(seconds=5)
    assert len(evaluations(bank, "us")) == 1
    assert rescreen(bank) == 0
    due_now(bank)
    assert rescreen(bank) == 1


def test_a_layer_that_is_away_is_tried_three_times_in_a_run_and_the_rest_are_left(bank: Bank) -> None:
    for number in range(12):
        partial(bank, customerId=f"c-{number}")
    asked = []

    def counts(*arguments: Any) -> Any:
        asked.append(1)
        raise OSError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(behavioral, "run", counts)
        assert rescreen(bank) == 0
    assert len(asked) == 3
    assert sorted(row.attempts for row in waiting(bank)) == [0] * 9 + [1] * 3
    due_now(bank)
    assert rescreen(bank) == 12


def test_an_evaluation_that_lacks_two_layers_waits_for_both(bank: Bank) -> None:
    with without(kyc, "run"):
        partial(bank)
    with without(kyc, "run"):
        assert rescreen(bank) == 0
    due_now(bank)
    assert rescreen(bank) == 1


def test_what_cannot_be_screened_for_a_week_is_given_up_and_kept(bank: Bank) -> None:
    partial(bank)
    with bank.seeing("us"):
        Rescreening.objects.update(queued_at=timezone.now() - GIVEN_UP_AFTER - timedelta(hours=1))
    with without(behavioral, "run"):
        rescreen(bank)
    (row,) = waiting(bank)
    assert row.given_up_at is not None
    due_now(bank)
    assert rescreen(bank) == 0


def test_a_worker_that_died_at_it_is_replaced_when_its_lease_is_over(bank: Bank) -> None:
    partial(bank)
    (team,) = [bank.team_facts("us")]
    assert len(claim(team, timezone.now(), 10)) == 1
    assert rescreen(bank) == 0
    with bank.seeing("us"):
        Rescreening.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert rescreen(bank) == 1


def test_a_run_that_dies_while_it_stores_leaves_nothing_and_is_repeated(bank: Bank) -> None:
    partial(bank, sanctions, "run", counterpartyName=sanctioned())
    before = stored(bank, "us")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "run", breaks)
        with pytest.raises(OSError, match="gone"):
            rescreen(bank)
    assert stored(bank, "us") == before
    due_now(bank)
    assert rescreen(bank) == 1
    left = stored(bank, "us") - before
    assert (left.evaluations, left.alerts, left.cases, left.decisions) == (1, 1, 1, 1)


def test_two_runs_at_once_complete_each_evaluation_once(bank: Bank) -> None:
    for number in range(30):
        partial(bank, customerId=f"c-{number}")
    completed: list[int] = []

    def work() -> None:
        completed.append(rescreen(bank))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(completed) == 30
    fulls = [one.rescreens_id for one in evaluations(bank, "us") if one.rescreens_id]
    assert len(fulls) == len(set(fulls)) == 30


def test_the_full_evaluation_is_audited_and_can_itself_be_repeated(bank: Bank) -> None:
    partial(bank, sanctions, "run", counterpartyName=sanctioned())
    rescreen(bank)
    findings = list(check_organisation(bank.id))
    assert len(findings) == 2
    assert [finding.reason for finding in findings] == ["", ""]
    for one in evaluations(bank, "us"):
        assert repeat(bank.team_facts("us"), one.id).differences == {}


def test_one_bank_never_sees_anothers_queue(bank: Bank) -> None:
    rival = make_bank("Rival Bank", "us")
    partial(bank)
    partial(rival)
    assert [row.team_id for row in waiting(bank)] == [bank.teams["us"].id]
    # All banks in one run, among them those that other tests have left.
    until(rescreen_waiting, lambda: not waiting(bank) and not waiting(rival))
    for each in (bank, rival):
        assert rescreened(each)["evaluationId"] == show("evl", first_and_full(each)[1].id)


def test_events_of_rescreening_name_ids_that_can_be_read(bank: Bank) -> None:
    partial(bank, sanctions, "run", counterpartyName=sanctioned())
    rescreen(bank)
    told = rescreened(bank)
    assert isinstance(read("evl", told["evaluationId"]), UUID)
    assert "Bout" not in str(told)
