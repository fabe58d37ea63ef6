"""Working a case at its page: everything it shows, everything people do with it, who may, and who is told why not."""

import io
import zipfile

import pytest
from django.utils import timezone

from cases.models import Case, CaseStep, Report, ReportStep
from ratel.identifiers import read, show
from tests.cast import Bank, make_bank
from tests.desk.case_bank import act, case_from_payment, version_of, words_of
from tests.desk.people import Seat, seat
from tests.desk.statements import counted
from tests.evaluate.lists import load_demo_list
from tests.evaluate.rules import add_rules, rule


@pytest.fixture(scope="module")
def bank() -> Bank:
    load_demo_list()
    return make_bank("Desk Bank", "ng", people=True)


@pytest.fixture(scope="module")
def strict() -> Bank:
    """Resolutions need four eyes there."""
    load_demo_list()
    bank = make_bank("Strict Desk Bank", "ng", people=True)
    assert bank.callers["ng"].patch("/api/decision-policy", {"fourEyes": {"resolutions": True}}).status == 200
    return bank


@pytest.fixture
def analyst(bank: Bank) -> Seat:
    return seat(bank, "analyst", "ng")


@pytest.fixture
def officer(bank: Bank) -> Seat:
    return seat(bank, "officer", "ng")


def test_the_page_says_why_who_how_much_and_what_may_be_done(bank, analyst):
    case_id, alert_id = case_from_payment(bank, account="acc-shown")
    text = words_of(analyst.get("case", case_id))
    for said in (
        "Adaeze Okonkwo",
        "acc-shown",
        "Why it was raised",
        "Verdict by layer",
        "NGN 250,000",
        "Bello Ventures",
        alert_id[-8:],
        "raised the alert",
        "May become in progress, escalated",
    ):
        assert said in text, said


def test_looking_is_one_step_a_person_and_hour(bank, analyst, officer):
    case_id, _ = case_from_payment(bank)
    for who in (analyst, analyst, officer):
        assert who.get("case", case_id).status_code == 200
    with bank.seeing("ng"):
        views = CaseStep.objects.filter(case_id=read("cas", case_id), action="viewed")
        assert views.count() == 2


def test_the_page_asks_few_questions_of_the_database(bank, analyst):
    case_id, _ = case_from_payment(bank)
    with counted() as statements:
        analyst.get("case", case_id)
    assert len(statements) <= 12, "\n".join(one[:90] for one in statements)


def test_taken_assigned_shared_out_and_given_back(bank, analyst, officer):
    case_id, _ = case_from_payment(bank)
    assert "The case is yours" in act(analyst, "case-take", case_id, status="OPEN")
    text = act(analyst, "case-assign", case_id, assignedToId=str(bank.people["officer"].id))
    assert "The case has somebody else now" in text
    assert "Nobody has the case now" in act(analyst, "case-assign", case_id, assignedToId="")
    assert "fewest open ones" in act(officer, "case-assign", case_id, assignedToId="next")
    assert f"Assigned to {bank.people['analyst'].name}" in words_of(officer.get("case", case_id))


def test_sharing_out_gives_every_open_case_to_those_with_the_fewest():
    load_demo_list()
    bank = make_bank("Sharing Bank", "ng", people=True)
    cases = [case_from_payment(bank)[0] for _ in range(3)]
    officer = seat(bank, "officer", "ng")
    assert "3 cases went" in words_of(officer.do("cases-distribute", back=officer.url("cases")))
    for case_id in cases:
        assert bank.people["analyst"].name in words_of(officer.get("case", case_id))
    assert "Every open case has somebody" in words_of(officer.do("cases-distribute"))


def test_moved_escalated_resolved_closed_and_reopened(bank, analyst, officer):
    case_id, _ = case_from_payment(bank)
    assert "The case is in progress now" in act(analyst, "case-move", case_id, status="IN_PROGRESS")
    text = act(analyst, "case-escalate", case_id, reason="Too large for me")
    assert "The case is escalated" in text
    assert "Too large for me" in text
    text = act(analyst, "case-resolve", case_id, disposition="false_positive", reason="Salary, payslip seen")
    assert "Resolved as false positive. The bank has been told" in text
    assert "Outcome: False positive Salary, payslip seen" in text
    assert "The case is closed" in act(analyst, "case-close", case_id)
    assert analyst.post("case-reopen", case_id, reason="no").status_code == 403
    text = act(officer, "case-reopen", case_id, reason="A new document")
    assert "The case is in progress again" in text
    assert "A new document" in text


def test_what_the_life_cycle_forbids_is_refused_in_words(bank, analyst):
    case_id, _ = case_from_payment(bank)
    text = act(analyst, "case-close", case_id)
    assert "A case that is OPEN cannot become CLOSED" in text
    text = act(analyst, "case-escalate", case_id, reason=" ")
    assert "reason: must be text of 1 to 2000 characters" in text


def test_with_four_eyes_one_proposes_and_another_confirms_or_sends_back(strict):
    case_id, _ = case_from_payment(strict)
    analyst, officer = seat(strict, "analyst", "ng"), seat(strict, "officer", "ng")
    act(analyst, "case-move", case_id, status="IN_PROGRESS")
    text = act(analyst, "case-resolve", case_id, disposition="true_positive", reason="Mules")
    assert "Proposed as true positive" in text
    assert "Confirm" not in text.split("Proposed: True positive")[1].split("Why it was raised")[0].replace(
        "confirms it", ""
    )
    assert analyst.post("case-approve", case_id).status_code == 403
    assert "Sent back" in act(officer, "case-send-back", case_id, reason="Show the accounts")
    act(analyst, "case-resolve", case_id, disposition="true_positive", reason="Mules, accounts attached")
    assert "Confirmed: resolved true positive" in act(officer, "case-approve", case_id)


def test_a_stale_page_is_refused_with_what_happened_since(bank, analyst, officer):
    case_id, _ = case_from_payment(bank)
    seen, version = timezone.now().isoformat(), version_of(bank, case_id)
    act(officer, "case-escalate", case_id, reason="Mine now")
    text = act(analyst, "case-move", case_id, status="IN_PROGRESS", version=version, seen=seen)
    assert "Somebody changed it meanwhile" in text
    assert f"Since you opened it: {bank.people['officer'].name} changed it" in text
    assert "It is escalated now" in text


def test_notes_stay_as_they_were_written_and_are_escaped(bank, analyst):
    case_id, _ = case_from_payment(bank)
    answer = analyst.do("case-note", case_id, text="<b>Called</b> the branch")
    assert "&lt;b&gt;Called&lt;/b&gt; the branch" in answer.content.decode()


def test_cases_of_the_same_counterparty_are_found_and_others_related_by_hand(bank, analyst):
    first, _ = case_from_payment(bank, receiverAccountNumber="shared-account")
    second, alert = case_from_payment(bank, receiverAccountNumber="shared-account")
    third, _ = case_from_payment(bank, receiverAccountNumber="another-account")
    text = words_of(analyst.get("case", first))
    assert "same counterparty" in text
    assert "in 1 other case" in text
    assert "both timelines say so" in act(
        analyst, "case-link", third, other=second, how="relate", reason="One voice"
    )
    assert "One voice" in words_of(analyst.get("case", second))
    assert "related already" in act(analyst, "case-link", second, other=third, how="relate", reason="Again")
    assert "both timelines say so" in act(
        analyst, "case-link", third, other=alert, how="relate", reason="Its alert"
    )
    assert "Its alert" in words_of(analyst.get("case", second))
    assert "must be the id of a case" in act(
        analyst, "case-link", third, other="nonsense", how="relate", reason="x"
    )


def test_an_alert_without_a_case_joins_one(bank, analyst):
    case_id, _ = case_from_payment(bank)
    none, alert = case_from_payment(bank, senderKycStatus="PENDING")
    assert none is None
    text = act(analyst, "case-link", case_id, other=alert, how="join", reason="The same person")
    assert "The alert belongs to this case now" in text
    assert alert[-8:] in text


def test_unknown_and_other_peoples_cases_are_not_there(bank, analyst):
    rival = make_bank("Rival Desk Bank", "ng", people=True)
    case_id, _ = case_from_payment(rival)
    for named in (case_id, "cas_00000000000000000000000000", "nonsense", "none"):
        assert analyst.get("case", named).status_code == 404
        assert analyst.post("case-note", named, text="hello").status_code == 404


def test_a_report_is_seen_only_with_the_right(bank, officer):
    case_id, _ = case_from_payment(bank)
    with bank.seeing("ng"):
        case = Case.objects.get(id=read("cas", case_id))
        report = Report.objects.create(
            organisation_id=case.organisation_id,
            team_id=case.team_id,
            customer_id=case.customer_id,
            type="SAR",
            evaluation_id=case.id,
            transaction_id=case.id,
            case_id=case.id,
            reason="planted",
            created_at=timezone.now(),
        )
        ReportStep.objects.create(
            organisation_id=case.organisation_id,
            team_id=case.team_id,
            report_id=report.id,
            case_id=case.id,
            action="submitted",
            actor_kind="person",
            actor_id=bank.people["officer"].id,
            at=timezone.now(),
        )
    shown = show("rep", report.id)[-8:]
    text = words_of(officer.get("case", case_id))
    assert shown in text
    assert f"{bank.people['officer'].name} report submitted" in text
    admin = seat(bank, "admin", "ng")
    page = admin.get("case", case_id).content.decode()
    assert shown not in page
    assert "SAR" not in page
    assert "eport" not in page


def test_a_rule_that_reads_of_earlier_reports_says_nothing_to_those_without_the_right():
    """Neither on the page nor in a bundle."""
    load_demo_list()
    bank = make_bank("Telling Bank", "us", people=True)
    telling = rule(
        "TELLING",
        {"field": "priorSars", "operator": ">=", "value": 0},
        explanation="The customer had {priorSars} prior SARs",
        scoreContribution=90,
        action="escalate",
    )
    add_rules(bank, "us", telling)
    assert bank.callers["us"].evaluate(externalId="t", amount=9_000_000, country="KP").status == 200
    with bank.seeing("us"):
        case_id = show("cas", Case.objects.get().id)
    assert "prior SARs" in words_of(seat(bank, "officer", "us").get("case", case_id))
    admin = seat(bank, "admin", "us")
    page = admin.get("case", case_id).content.decode()
    assert "A rule whose reason your role may not see" in page
    assert "TELLING" not in page
    assert "SAR" not in page
    answer = admin.do("case-bundle", case_id)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    for name in archive.namelist():
        if name not in {"README.txt", "verify.py"}:
            assert b"SAR" not in archive.read(name), name
            assert b"TELLING" not in archive.read(name), name
