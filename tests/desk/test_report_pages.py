"""Reports at the desk, without a browser: what each role is shown, how a report moves on, what leaves the house."""

import itertools
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.models import Report
from ratel.identifiers import read, show
from tests.cast import make_bank
from tests.desk.people import seat
from tests.desk.statements import counted
from tests.evaluate.lists import load_demo_list
from tests.reports.conftest import ASSESSMENT, ENTITY, OF_CUSTOMER, Filer

MOST_STATEMENTS = 12
_numbers = itertools.count()
CUSTOMER_FORM = {
    "party.customer.kind": "person",
    "party.customer.first_name": "Siti",
    "party.customer.last_name": "Rahmawati",
    "party.customer.birth_date": "1984-07-23",
    "party.customer.national_id": "3173052307840001",
    "party.customer.nationality": "ID",
    "party.customer.residence": "ID",
}


@pytest.fixture(scope="module")
def filer():
    load_demo_list()
    bank = make_bank("Desk Bank", "id", people=True)
    officer = bank.session("officer", "id")
    assert officer.patch("/api/reporting-entity", ENTITY).status == 200
    return Filer(bank, bank.session("analyst", "id"), officer, bank.session("admin", "id"))


@pytest.fixture
def analyst(filer):
    return seat(filer.bank, "analyst", "id")


@pytest.fixture
def officer(filer):
    return seat(filer.bank, "officer", "id")


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def drafted_by_rule(filer):
    """What a decision drafts: a payment whose score reaches the policy's for a suspicion."""
    paid = filer.pay(
        f"auto-{next(_numbers)}", amountIdr=900_000_000, country="KP", isCrossBorder=True, kycTier="basic"
    )
    with filer.bank.seeing("id"):
        report = Report.objects.get(alert_id=read("alt", paid.data["alertId"]), type="SAR")
    return show("rep", report.id)


def test_a_report_is_drafted_filled_submitted_approved_and_filed(filer, analyst, officer):
    alert = filer.alert()
    page = analyst.do("report-draft", alert_id=alert, type="SAR")
    assert "is drafted from what is on file" in text(page)
    report = page.redirect_chain[-1][0].rsplit("/", 1)[-1]
    refused = analyst.do("report-submit", report, back=analyst.url("report", report), version=1)
    assert "Person or organisation of the customer is missing" in text(refused)
    kept = analyst.do(
        "report-save",
        report,
        version=1,
        assessment=ASSESSMENT,
        has_indicators=1,
        indicators=["STRUCTURING"],
        **CUSTOMER_FORM,
    )
    assert "complete, ready for review" in text(kept)
    assert "waits for a second person" in text(analyst.do("report-submit", report, version=2))
    sent_back = officer.do("report-send-back", report, version=3, reason="Add what the branch said")
    assert "Add what the branch said" in text(sent_back)
    analyst.do(
        "report-submit",
        report,
        version=4,
        action="The branch was asked",
        has_indicators=1,
        indicators=["STRUCTURING"],
    )
    assert "is approved and waits to be filed" in text(officer.do("report-approve", report, version=5))
    assert "Nobody can change the report any more" in text(
        officer.do("report-file", report, version=6, reference="LTKM-77")
    )
    evidence = SimpleUploadedFile("../receipt.pdf", b"%PDF-1.7 receipt", content_type="application/pdf")
    page = officer.do("report-acknowledge", report, reference="ACK-1", file=evidence)
    assert "ACK-1" in text(page)
    assert "Filed in time" in text(page)
    handed_out = officer.get("report-evidence", report)
    assert handed_out.content == b"%PDF-1.7 receipt"
    assert handed_out["Content-Disposition"] == 'attachment; filename="receipt.pdf"'


def test_an_officer_who_made_it_is_told_to_wait_for_another(filer, officer):
    report = str(filer.draft()["id"])
    filer.complete(report, filer.officer)
    filer.officer.post(f"/api/reports/{report}/submit")
    page = text(officer.get("report", report))
    assert "another officer approves it" in page
    assert "Approve the report" not in page
    assert "Another person must approve this report" in text(officer.do("report-approve", report))


@pytest.mark.parametrize("name", ["script.pdf", "run.exe", "notes.txt"])
def test_a_file_that_is_not_what_it_says_is_refused(filer, officer, name):
    report = filer.submitted()
    officer.do("report-approve", report)
    officer.do("report-file", report, reference="R")
    content = b"\x00\xff<script>" if name == "notes.txt" else b"MZ<script>alert(1)</script>"
    page = officer.do("report-acknowledge", report, reference="A", file=SimpleUploadedFile(name, content))
    assert "must be a PDF, XML or text file" in text(page)
    assert filer.officer.get(f"/api/reports/{report}").data["filings"][-1]["kind"] == "filing"


def test_the_check_answers_for_the_form_as_it_stands_and_keeps_nothing(filer, analyst):
    report = str(filer.draft()["id"])
    form = {"assessment": ASSESSMENT, "has_indicators": 1, "indicators": ["STRUCTURING"]}
    part = text(analyst.post("report-check", report, **form))
    assert "Person or organisation of the customer is missing" in part
    assert "Complete, and valid" in text(analyst.post("report-check", report, **form, **CUSTOMER_FORM))
    assert "must be a date" in text(
        analyst.post("report-check", report, **{"party.customer.birth_date": "soon"})
    )
    assert filer.officer.get(f"/api/reports/{report}").data["content"]["assessment"] == ""


def test_the_list_shows_what_is_due_first_and_filters(filer, analyst):
    first, second = str(filer.draft()["id"]), drafted_by_rule(filer)
    page = text(analyst.get("reports"))
    assert page.index(first[-8:]) < page.index(second[-8:])
    assert second[-8:] not in text(analyst.get("reports", type="CTR"))
    filed = text(analyst.get("reports", view="filed"))
    assert first[-8:] not in filed
    assert analyst.get("reports", view="nonsense").status_code == 400


def test_pages_follow_each_other_without_losing_or_repeating_one(filer, analyst):
    for _ in range(3):
        drafted_by_rule(filer)
    seen, cursor = [], None
    while True:
        answer = analyst.get("reports", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [row.id for row in answer.context["rows"]]
        cursor = answer.context["cursor"]
        if cursor is None:
            break
    everything = [row.id for row in analyst.get("reports", limit=200).context["rows"]]
    assert seen == everything
    assert len(set(seen)) == len(seen)


def test_the_csv_has_the_filters_of_the_page(filer, analyst):
    report = str(filer.draft()["id"])
    answer = analyst.get("reports", format="csv", type="SAR", status="DRAFT")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("report,type,status,customer")
    assert any(line.startswith(report) for line in lines)
    assert all(",SAR,DRAFT," in line for line in lines[1:])


def test_what_a_decision_drafted_is_filled_in_before_anybody_worked_on_it(filer, analyst):
    page = text(analyst.get("report", drafted_by_rule(filer)))
    assert "High-risk jurisdiction" not in page  # the indicator's own words stand there instead
    assert "Party in a high-risk jurisdiction" in page
    assert "nobody has worked on it yet" in page


@pytest.mark.parametrize("name", ["fresh", "worked on", "list", "entity", "filed"])
def test_each_page_stays_within_its_statements(filer, officer, name):
    report = {"fresh": drafted_by_rule, "filed": lambda filer: filer.submitted()}.get(
        name, lambda filer: str(filer.draft()["id"])
    )(filer)
    if name == "worked on":
        filer.complete(report)
    if name == "filed":
        officer.do("report-approve", report)
        officer.do("report-file", report, reference="R")
    arguments = {"list": ("reports",), "entity": ("reporting-entity",)}.get(name, ("report", report))
    officer.get(*arguments)
    with counted() as statements:
        assert officer.get(*arguments).status_code == 200
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


@pytest.mark.parametrize("wanted", ["goaml", "pdf", "json"])
def test_exports_are_files_and_recorded(filer, officer, wanted):
    report = filer.submitted()
    answer = officer.get("report-export", report, wanted)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    steps = filer.officer.get(f"/api/reports/{report}").data["steps"]
    assert steps[-1]["action"] == "exported"


def test_an_xml_that_would_be_refused_is_not_handed_out(filer, officer):
    answer = officer.get("report-export", str(filer.draft()["id"]), "goaml")
    assert answer.status_code == 422
    assert "of the customer is missing" in text(answer)


def test_drafting_again_leads_to_the_one_that_is_being_worked_on(filer, analyst):
    report = filer.draft()
    page = analyst.do("report-draft", alert_id=report["alertId"], type="SAR")
    assert page.redirect_chain[-1][0].endswith(report["id"])
    assert "is being worked on already" in text(page)


def test_only_an_officer_changes_who_reports(filer, analyst, officer):
    assert analyst.post("reporting-entity-save", branch="Mine").status_code == 403
    wrong = officer.do("reporting-entity-save", entity_id="12 a", back=officer.url("reporting-entity"))
    assert "must be a whole number" in text(wrong)
    stale = officer.do("reporting-entity-save", branch="X", version=0, back=officer.url("reporting-entity"))
    assert "Somebody changed it meanwhile" in text(stale)
    assert "Who reports is kept" in text(officer.do("reporting-entity-save", branch="Bandung", version=1))
    assert OF_CUSTOMER["nationalId"] not in text(officer.get("reporting-entity"))
