"""`POST /api/decision-policy/what-if`, and the end of a proposal without an approval."""

import pytest

from screening.models import DecisionPolicy
from tests.cast import Bank, Caller, make_bank
from tests.evaluate.lists import load_demo_list
from tests.what_if.payments import payments, send

WHAT_IF = "/api/decision-policy/what-if"
POLICY = "/api/decision-policy"


@pytest.fixture(scope="module")
def bank(database_for_every_test: None) -> Bank:
    load_demo_list()
    bank = make_bank("Acme Bank", "us", people=True)
    send(bank, "us", payments("us", 60, seed=3))
    return bank


def test_it_answers_with_the_figures_of_both_and_changes_nothing(bank):
    caller = bank.callers["us"]
    before = caller.get(POLICY).data
    data = caller.post(WHAT_IF, {"days": 7, "change": {"txReviewScore": 60}}).data
    assert data["policyVersion"] == 1
    assert data["evaluations"] == 60
    assert data["draft"]["alerts"] < data["live"]["alerts"]
    assert sum(step["evaluations"] for step in data["draft"]["scores"]) == 60
    assert data["notRecomputed"] == []
    assert caller.get(POLICY).data == before


def test_without_a_change_both_are_the_same(bank):
    data = bank.callers["us"].post(WHAT_IF, {}).data
    assert data["live"] == data["draft"]


def test_what_it_cannot_recompute_it_says(bank):
    change = {"thresholds": {"pep": 80}, "fourEyes": {"policy": True}, "joinAlertsHours": 1}
    data = bank.callers["us"].post(WHAT_IF, {"change": change}).data
    assert set(data["notRecomputed"]) == {"thresholds", "fourEyes", "joinAlertsHours"}
    assert data["live"] == data["draft"]


def test_who_may_not_know_of_reports_is_told_of_none(bank):
    reader = bank.new_key("us", scopes=["read"])
    data = reader.post(WHAT_IF, {"change": {"txSarScore": 999}}).data
    assert "sarDrafts" not in data["live"]
    assert "sarDraftsADay" not in data["draft"]
    assert "sarDrafts" in bank.callers["us"].post(WHAT_IF, {}).data["live"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"days": 0}, "days"),
        ({"days": 91}, "days"),
        ({"days": "7"}, "days"),
        ({"change": []}, "change"),
        ({"change": {"txReviewScore": 91}}, "change.txEscalateScore"),
        ({"change": {"colour": "red"}}, "change.colour"),
        ({"other": 1}, "other"),
    ],
)
def test_a_bad_question_is_refused_with_the_place(bank, body, path):
    answer = bank.callers["us"].post(WHAT_IF, body)
    assert (answer.status, answer.error["errors"][0]["path"]) == (400, path)


def test_it_needs_the_right_to_read(bank):
    assert bank.new_key("us", scopes=["evaluate"]).post(WHAT_IF, {}).status == 403


@pytest.fixture(scope="module")
def strict(database_for_every_test: None) -> Bank:
    """Changes of its policy need four eyes."""
    bank = make_bank("Strict Bank", "us", people=True)
    bank.callers["us"].patch(POLICY, {"fourEyes": {"policy": True}})
    return bank


@pytest.fixture(scope="module")
def analyst(strict: Bank) -> Caller:
    return strict.session("analyst", "us")


@pytest.fixture(scope="module")
def officer(strict: Bank) -> Caller:
    return strict.session("officer", "us")


def proposed(caller: Caller, score: int) -> int:
    data = caller.patch(POLICY, {"txReviewScore": score}).data
    assert data["status"] == "proposed"
    return int(data["version"])


def test_a_proposal_is_rejected_with_a_reason_by_who_may_approve(strict, analyst, officer):
    live = officer.get(POLICY).data["version"]
    number = proposed(analyst, 31)
    assert officer.post(f"{POLICY}/versions/{number}/reject", {}).status == 400
    reason = "Two known cases would be missed"
    answer = officer.post(f"{POLICY}/versions/{number}/reject", {"reason": reason})
    assert (answer.status, answer.data["status"]) == (200, "rejected")
    assert officer.get(POLICY).data["version"] == live
    assert officer.post(f"{POLICY}/versions/{number}/approve").status == 409
    with strict.seeing("us"):
        version = DecisionPolicy.objects.get(team_id=strict.teams["us"].id, version=number)
    assert (version.decided_by, version.decision_reason) == (strict.people["officer"].id, reason)


def test_the_proposer_withdraws_and_nobody_else_without_the_right_to_approve(strict, analyst, officer):
    theirs, own = proposed(officer, 35), proposed(analyst, 36)
    assert analyst.post(f"{POLICY}/versions/{theirs}/reject", {"reason": "no"}).status == 403
    withdrawn = analyst.post(f"{POLICY}/versions/{own}/reject", {"reason": "I was wrong"})
    assert withdrawn.data["status"] == "rejected"
    auditor = strict.session("auditor", "us")
    assert auditor.post(f"{POLICY}/versions/{theirs}/reject", {"reason": "no"}).status == 403


def test_a_rejected_version_stays_rejected_when_another_goes_live(analyst, officer):
    first, second = proposed(analyst, 37), proposed(analyst, 38)
    officer.post(f"{POLICY}/versions/{first}/reject", {"reason": "no"})
    assert officer.post(f"{POLICY}/versions/{second}/approve").data["status"] == "live"
    states = {one["version"]: one["status"] for one in officer.get(f"{POLICY}/versions").data}
    assert (states[first], states[second]) == ("rejected", "live")
