"""A report's way from a draft to the authority: who may move it on, what is refused, what is told and kept."""

import json

import pytest

from cases.models import Report, ReportFiling, ReportStep, ReportVersion
from cases.reports.content import decode
from ratel.identifiers import read, show
from ratel.sealing import unseal
from screening.models import Customer, Transaction
from teams.models import AuditEntry
from tests.evaluate.stored import events
from tests.reports.conftest import ASSESSMENT, OF_CUSTOMER


def told(filer, report):
    return [(one.event, one.payload) for one in events(filer.bank, "id") if one.subject == report]


def steps(filer, report):
    return [one["action"] for one in filer.officer.get(f"/api/reports/{report}").data["steps"]]


def test_a_draft_is_prefilled_from_what_is_stored(filer):
    report = filer.draft()
    content = report["content"]
    assert (report["status"], report["type"], report["reason"]) == ("DRAFT", "SAR", "manual")
    assert content["parties"][0]["name"] == "Siti Rahmawati"
    assert content["indicators"] == ["STRUCTURING", "NEW_CUSTOMER", "KYC_DOUBT"]
    sentences = [fact["sentence"] for fact in content["facts"]]
    assert (
        "Rule CASH_STRUCT_D7: 3 cash deposits in 7 days just below the 500,000,000 IDR threshold"
        in " ".join(sentences)
    )
    assert content["narrative"] == "\n".join(sentences)
    assert content["assessment"] == ""


def test_payments_without_an_alert_are_at_hand_but_left_out(filer):
    payments = filer.draft()["content"]["transactions"]
    assert [(one["amount"], one["isLeftOut"]) for one in payments] == [
        ("480000000", True),
        ("480000000", True),
        ("480000000", False),
    ]


def test_every_fact_names_a_stored_thing(filer):
    report = filer.draft()
    known = {report["alertId"], report["evaluationId"], report["transactionId"]}
    for fact in report["content"]["facts"]:
        parts = set(fact["source"].split(" to "))
        assert parts <= known or fact["source"].startswith("cus_"), fact


def test_a_report_is_made_approved_and_filed(filer):
    report = filer.submitted()
    path = f"/api/reports/{report}"
    assert filer.analyst.post(f"{path}/approve").status == 403
    assert filer.officer.post(f"{path}/approve").data["status"] == "APPROVED"
    filed = filer.officer.post(f"{path}/file", {"reference": "LTKM-2026-7"})
    assert (filed.status, filed.data["status"], filed.data["allowed"]) == (200, "FILED", ["acknowledge"])
    acknowledged = filer.officer.post(f"{path}/acknowledge", {"reference": "ACK-9"})
    assert [one["reference"] for one in acknowledged.data["filings"]] == ["LTKM-2026-7", "ACK-9"]
    assert filer.officer.post(f"{path}/acknowledge", {"reference": "ACK-10"}).status == 409
    assert steps(filer, report) == ["drafted", "edited", "submitted", "approved", "filed", "acknowledged"]
    names = [event for event, _ in told(filer, report)]
    assert names == ["sar.drafted", "sar.submitted", "sar.acknowledged"]
    assert told(filer, report)[1][1]["reference"] == "LTKM-2026-7"
    with filer.bank.seeing("id"):
        entries = AuditEntry.objects.filter(subject_kind="report", subject_id=report)
        actions = set(entries.values_list("action", flat=True))
    assert {
        "report.drafted",
        "report.submitted",
        "report.approved",
        "report.filed",
        "report.viewed",
    } <= actions


@pytest.mark.parametrize("action", ["submit", "approve", "send-back", "file"])
def test_a_filed_report_is_final(filer, action):
    report = filer.submitted()
    path = f"/api/reports/{report}"
    filer.officer.post(f"{path}/approve")
    assert filer.officer.post(f"{path}/file", {"reference": "R"}).status == 200
    body = {"send-back": {"reason": "x"}, "file": {"reference": "S"}}.get(action, {})
    answer = filer.officer.post(f"{path}/{action}", body)
    assert (answer.status, answer.error["allowed"]) == (409, ["acknowledge"])
    assert filer.officer.patch(path, {"assessment": ASSESSMENT + "!"}).status == 409


def test_the_maker_never_approves_even_as_an_officer(filer):
    report = str(filer.draft()["id"])
    filer.complete(report, filer.officer)
    assert filer.officer.post(f"/api/reports/{report}/submit").status == 200
    answer = filer.officer.post(f"/api/reports/{report}/approve")
    assert (answer.status, answer.error["code"]) == (403, "four_eyes")


def test_whoever_wrote_last_does_not_approve_what_another_submitted(filer):
    report = str(filer.draft()["id"])
    filer.complete(report, filer.officer)
    assert filer.analyst.post(f"/api/reports/{report}/submit").status == 200
    assert filer.officer.post(f"/api/reports/{report}/approve").error["code"] == "four_eyes"


def test_what_is_sent_back_says_why_and_becomes_a_draft_again(filer):
    report = filer.submitted()
    path = f"/api/reports/{report}"
    assert filer.analyst.post(f"{path}/send-back", {"reason": "x"}).status == 403
    answer = filer.officer.post(f"{path}/send-back", {"reason": "Say where the cash came from"})
    assert answer.data["status"] == "REJECTED"
    assert answer.data["steps"][-1]["words"] == "Say where the cash came from"
    assert filer.analyst.post(f"{path}/submit").status == 409
    assert filer.complete(report, action="Account watched")["status"] == "DRAFT"
    assert filer.analyst.post(f"{path}/submit").data["status"] == "PENDING_REVIEW"


def test_an_incomplete_report_is_refused_with_the_fields_in_words(filer):
    report = filer.draft()
    answer = filer.analyst.post(f"/api/reports/{report['id']}/submit")
    assert (answer.status, answer.error["code"]) == (422, "report_incomplete")
    messages = [one["message"] for one in answer.error["errors"]]
    assert "Person or organisation of the customer is missing" in messages
    assert any(message.startswith("The assessment is missing") for message in messages)
    filer.complete(
        report["id"], parties=[{**OF_CUSTOMER, "account": "0140", "accountType": "", "birthDate": ""}]
    )
    again = filer.analyst.post(f"/api/reports/{report['id']}/submit")
    assert [one["message"] for one in again.error["errors"]] == [
        "Date of birth of the customer is missing",
        "Account type of the customer is missing",
    ]


def test_nothing_is_kept_of_a_report_that_was_refused(filer):
    report = filer.draft()
    filer.analyst.post(f"/api/reports/{report['id']}/submit")
    again = filer.officer.get(f"/api/reports/{report['id']}").data
    assert (again["status"], again["version"], again["content"]) == ("DRAFT", 1, report["content"])


def test_content_versions_and_references_are_sealed_and_kept(filer):
    report = filer.submitted()
    filer.officer.post(f"/api/reports/{report}/approve")
    filer.officer.post(f"/api/reports/{report}/file", {"reference": "SECRET-REF"})
    with filer.bank.seeing("id"):
        stored = Report.objects.get(id=read("rep", report))
        versions = list(ReportVersion.objects.filter(report_id=stored.id).order_by("version"))
        filing = ReportFiling.objects.get(report_id=stored.id)
        for sealed in (stored.sealed_content, *(one.sealed_content for one in versions)):
            assert b"Rahmawati" not in bytes(sealed)
        assert b"SECRET" not in bytes(filing.sealed_reference)
        first = decode(unseal(bytes(versions[0].sealed_content), versions[0].id.bytes))
    assert first.assessment == ""
    assert len(versions) == 2


def test_a_stale_page_is_refused_with_what_it_is_now(filer):
    report = filer.draft()
    filer.complete(report["id"])
    answer = filer.analyst.patch(f"/api/reports/{report['id']}", {"version": 1, "action": "x"})
    assert (answer.status, answer.error["code"]) == (409, "stale")
    assert answer.error["current"]["version"] == 2


def test_there_is_one_open_report_of_a_type_about_the_same(filer):
    alert = filer.alert()
    first = filer.draft(alertId=alert)
    answer = filer.analyst.post("/api/reports", {"type": "SAR", "alertId": alert})
    assert (answer.status, answer.error["code"]) == (409, "report_exists")
    assert answer.error["current"]["reportId"] == first["id"]
    assert filer.analyst.post("/api/reports", {"type": "CTR", "alertId": alert}).status == 201


@pytest.mark.parametrize(
    "body",
    [
        {"type": "SAR"},
        {"type": "XYZ", "alertId": "alt_00000000000000000000000001"},
        {"type": "SAR", "alertId": "a", "caseId": "b"},
    ],
)
def test_a_draft_needs_a_type_and_one_subject(filer, body):
    assert filer.analyst.post("/api/reports", body).status == 400


def test_a_report_can_be_about_a_transaction_and_counts_on_the_customer(filer):
    answer = filer.pay("one-payment", amountIdr=1_000, channel="transfer", type="transfer")
    assert answer.data["decision"] == "pass"
    with filer.bank.seeing("id"):
        payment = Transaction.objects.get(customer_id=Customer.objects.get(reference="one-payment").id)
    report = filer.draft(transactionId=show("txn", payment.id))
    assert [one["isLeftOut"] for one in report["content"]["transactions"]] == [False]
    with filer.bank.seeing("id"):
        assert Customer.objects.get(reference="one-payment").prior_sars == 1


def test_a_change_is_refused_with_its_path(filer):
    report = filer.draft()["id"]
    change = {
        "indicators": ["NONSENSE"],
        "parties": [{"key": "customer", "birthDate": "23/07/1984", "shoeSize": "41"}],
    }
    answer = filer.analyst.patch(f"/api/reports/{report}", change)
    paths = [one["path"] for one in answer.error["errors"]]
    assert answer.status == 400
    assert paths == ["indicators", "parties[0].birthDate", "parties[0].shoeSize"]


def test_a_payment_can_be_left_out_and_never_changed(filer):
    report = filer.draft()
    payments = [one["id"] for one in report["content"]["transactions"]]
    changed = filer.complete(report["id"], leftOut=payments[1:])
    assert [one["isLeftOut"] for one in changed["content"]["transactions"]] == [False, True, True]
    refused = filer.analyst.patch(f"/api/reports/{report['id']}", {"transactions": []})
    assert refused.status == 400


def test_steps_are_no_part_of_the_cases_own_steps(filer):
    """They are kept apart, so that no reader of cases can forget to leave them out."""
    report = filer.submitted()
    with filer.bank.seeing("id"):
        found = ReportStep.objects.filter(report_id=read("rep", report))
        assert list(found.order_by("id").values_list("action", flat=True)) == [
            "drafted",
            "edited",
            "submitted",
        ]
        words = json.dumps(list(found.values("detail")), default=str)
    assert OF_CUSTOMER["nationalId"] not in words
