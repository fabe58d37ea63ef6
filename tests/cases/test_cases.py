"""Working a case: assign, note, resolve, put away, reopen; what the bank is told; four eyes; who may not know what."""

import json
import threading
import uuid

import pytest

from cases.models import Alert, Case, CaseNote
from ratel.identifiers import read
from screening.models import Customer
from tests.cases.conftest import new_alert, new_case
from tests.cast import Bank, Caller, changed, make_bank
from tests.evaluate.stored import events


def close(caller: Caller, case: str, disposition: str = "false_positive", **more):
    body = {"disposition": disposition, "reason": "Salary, contract seen", **more}
    return caller.post(f"/api/cases/{case}/close", body)


def begun(bank: Bank, caller: Caller) -> tuple[str, str]:
    case, alert = new_case(bank)
    assert caller.patch(f"/api/cases/{case}", {"status": "IN_PROGRESS"}).status == 200
    return case, alert


def told(bank: Bank, case: str) -> list[tuple[str, dict]]:
    return [(one.event, one.payload) for one in events(bank, "ng") if one.subject == case]


def test_a_case_shows_what_belongs_to_it(bank, analyst):
    case, alert = new_case(bank)
    answer = analyst.get(f"/api/cases/{case}")
    assert answer.status == 200
    assert answer.data["status"] == "OPEN"
    assert answer.data["priority"] == "CRITICAL"
    assert answer.data["alertIds"] == [alert]
    assert answer.data["notes"] == []
    assert [one["action"] for one in answer.data["timeline"]] == ["created", "linked", "viewed"]


@pytest.mark.parametrize("disposition", ["false_positive", "true_positive"])
def test_resolving_resolves_the_alerts_and_tells_the_bank(bank, analyst, disposition):
    case, alert = begun(bank, analyst)
    answer = close(analyst, case, disposition)
    status = f"RESOLVED_{disposition.upper()}"
    assert (answer.status, answer.data["status"]) == (200, status)
    assert answer.data["reason"] == "Salary, contract seen"
    shown = analyst.get(f"/api/alerts/{alert}").data
    assert (shown["status"], shown["disposition"]) == ("resolved", disposition)
    event, data = told(bank, case)[-1]
    assert event == "case.resolved"
    assert (data["status"], data["disposition"], data["alertIds"]) == (status, disposition, [alert])
    assert len(data["externalIds"]) == 1
    with bank.seeing("ng"):
        stored = Case.objects.get(id=read("cas", case))
        assert Customer.objects.get(id=stored.customer_id).open_case_id is None


def test_the_next_payment_of_the_customer_opens_another_case(bank, analyst):
    case, _ = new_case(bank, senderAccountNumber="again")
    joined, _ = new_case(bank, senderAccountNumber="again")
    assert joined == case
    analyst.patch(f"/api/cases/{case}", {"status": "ESCALATED"})
    assert close(analyst, case).status == 200
    other, _ = new_case(bank, senderAccountNumber="again")
    assert other != case


def test_closing_again_puts_it_away(bank, analyst):
    case, _ = begun(bank, analyst)
    close(analyst, case)
    assert close(analyst, case).data["status"] == "CLOSED"
    assert told(bank, case)[-1][0] == "case.closed"
    assert close(analyst, case).status == 409


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"reason": "x"}, "disposition"),
        ({"disposition": "maybe", "reason": "x"}, "disposition"),
        ({"disposition": "false_positive"}, "reason"),
        ({"disposition": "false_positive", "reason": " "}, "reason"),
        ({"disposition": "false_positive", "reason": "x", "version": 0}, "version"),
        ({"disposition": "false_positive", "reason": "x", "teamId": "t"}, "teamId"),
    ],
)
def test_a_resolution_needs_a_disposition_and_a_reason(bank, analyst, body, path):
    case, _ = begun(bank, analyst)
    answer = analyst.post(f"/api/cases/{case}/close", body)
    assert answer.status == 400
    assert [one["path"] for one in answer.error["errors"]] == [path]


def test_an_open_case_cannot_be_resolved(bank, analyst):
    case, _ = new_case(bank)
    answer = close(analyst, case)
    assert answer.status == 409
    assert set(answer.error["allowed"]) == {"IN_PROGRESS", "ESCALATED"}


def test_only_an_officer_reopens_and_says_why(bank, analyst, officer):
    case, _ = begun(bank, analyst)
    close(analyst, case)
    assert analyst.post(f"/api/cases/{case}/reopen", {"reason": "new facts"}).status == 403
    answer = officer.post(f"/api/cases/{case}/reopen", {"reason": "new facts"})
    assert (answer.status, answer.data["status"], answer.data["disposition"]) == (200, "IN_PROGRESS", None)
    assert answer.data["notes"][0]["text"] == "new facts"
    assert officer.post(f"/api/cases/{case}/reopen", {"reason": "again"}).status == 409


def test_notes_are_kept_sealed_and_cannot_be_changed(bank, analyst):
    case, _ = new_case(bank)
    note = analyst.post(f"/api/cases/{case}/notes", {"text": "Called the branch in Ikeja"})
    assert note.status == 201
    assert analyst.get(f"/api/cases/{case}").data["notes"][0]["text"] == "Called the branch in Ikeja"
    with bank.seeing("ng"):
        (stored,) = CaseNote.objects.filter(case_id=read("cas", case))
        assert b"Ikeja" not in bytes(stored.sealed_text)
    from django.db import ProgrammingError

    with pytest.raises(ProgrammingError), bank.seeing("ng"):
        CaseNote.objects.filter(id=stored.id).update(author_kind="key")


def test_assigning_is_to_people_of_the_team(bank, analyst):
    case, _ = new_case(bank)
    person = str(bank.people["analyst"].id)
    assert analyst.patch(f"/api/cases/{case}", {"assignedToId": person}).data["assignedToId"] == person
    stranger = make_bank("Rival", "ng", people=True).people["analyst"]
    for somebody in (str(stranger.id), str(uuid.uuid4())):
        answer = analyst.patch(f"/api/cases/{case}", {"assignedToId": somebody})
        assert answer.status == 400
    assert analyst.patch(f"/api/cases/{case}", {"assignedToId": None}).data["assignedToId"] is None


def test_whoever_acts_on_what_is_no_longer_so_is_told(bank, analyst, officer):
    case, _ = new_case(bank)
    seen = analyst.get(f"/api/cases/{case}").data["version"]
    assert officer.patch(f"/api/cases/{case}", {"status": "IN_PROGRESS", "version": seen}).status == 200
    answer = analyst.patch(f"/api/cases/{case}", {"status": "ESCALATED", "version": seen})
    assert (answer.status, answer.error["code"], answer.error["current"]["status"]) == (
        409,
        "stale",
        "IN_PROGRESS",
    )


def test_a_case_is_opened_by_hand_with_alerts(bank, analyst):
    alert = new_alert(bank)
    answer = analyst.post(
        "/api/cases",
        {
            "type": "REGULATORY_INQUIRY", "priority": "HIGH", "title": "Inquiry 44", "tags": ["cbn"],
            "description": "They ask about March", "alertIds": [alert],
        },
    )  # fmt: skip
    assert answer.status == 201, answer.body
    assert answer.data["alertIds"] == [alert]
    assert answer.data["description"] == "They ask about March"
    again = analyst.post("/api/cases", {"type": "REGULATORY_INQUIRY", "alertIds": [alert]})
    assert again.status == 404


def test_four_eyes_one_proposes_and_another_confirms(strict):
    analyst, officer = strict.session("analyst", "ng"), strict.session("officer", "ng")
    case, _ = begun(strict, analyst)
    proposed = close(analyst, case)
    assert (proposed.data["status"], proposed.data["awaitsApproval"]) == ("PENDING_REVIEW", True)
    assert told(strict, case)[-1][0] == "case.updated"
    assert close(analyst, case).status == 403
    assert analyst.post(f"/api/cases/{case}/approve", {}).status == 403
    approved = officer.post(f"/api/cases/{case}/approve", {})
    assert (approved.status, approved.data["status"]) == (200, "RESOLVED_FALSE_POSITIVE")
    assert approved.data["awaitsApproval"] is False
    assert told(strict, case)[-1][0] == "case.resolved"


def test_four_eyes_the_proposer_cannot_confirm_though_an_officer(strict):
    officer = strict.session("officer", "ng")
    case, _ = begun(strict, officer)
    assert close(officer, case).data["awaitsApproval"] is True
    answer = officer.post(f"/api/cases/{case}/approve", {})
    assert (answer.status, answer.error["code"]) == (403, "four_eyes")


def test_four_eyes_what_is_sent_back_is_in_progress_again(strict):
    analyst, officer = strict.session("analyst", "ng"), strict.session("officer", "ng")
    case, _ = begun(strict, analyst)
    close(analyst, case)
    answer = officer.post(f"/api/cases/{case}/send-back", {"reason": "Ask for the contract"})
    assert (answer.data["status"], answer.data["awaitsApproval"]) == ("IN_PROGRESS", False)
    assert answer.data["notes"][-1]["text"] == "Ask for the contract"
    assert officer.post(f"/api/cases/{case}/send-back", {"reason": "again"}).status == 409


def test_reports_are_shown_only_with_the_right(bank):
    case, _ = new_case(bank, receiverName="Viktor Bout")
    key = bank.callers["ng"].get(f"/api/cases/{case}").data
    assert "reports" in key
    without = bank.new_key("ng", scopes=["read"]).get(f"/api/cases/{case}").data
    assert "reports" not in without
    assert "SAR" not in json.dumps(without)


def test_an_auditor_reads_and_changes_nothing(bank):
    auditor = bank.session("auditor", "ng")
    case, alert = new_case(bank)
    assert auditor.get(f"/api/cases/{case}").status == 200
    assert auditor.patch(f"/api/cases/{case}", {"status": "IN_PROGRESS"}).status == 403
    assert auditor.post(f"/api/cases/{case}/notes", {"text": "x"}).status == 403
    assert auditor.post(f"/api/alerts/{alert}/dismiss", {"reason": "x"}).status == 403


def test_the_list_is_filtered(bank, analyst):
    case, _ = begun(bank, analyst)
    get = analyst.get
    assert case in [one["id"] for one in get("/api/cases?status=IN_PROGRESS&limit=200").data]
    assert case not in [one["id"] for one in get("/api/cases?status=OPEN&limit=200").data]
    assert get("/api/cases?priority=CRITICAL&type=KYC_REVIEW&limit=200").status == 200
    assert get("/api/cases?status=MAYBE").status == 400
    assert get("/api/cases?assignedToId=nobody").status == 400


# -- The bank dialect


def test_the_same_in_the_bank_dialect(bank):
    caller = bank.callers["ng"]
    opened = caller.post("/api/v1/cases", {"type": "FRAUD_ALERT", "priority": "LOW", "title": "Phone scam"})
    assert opened.status == 201
    case = opened.body["id"]
    assert caller.get(f"/api/v1/cases/{case}").body["title"] == "Phone scam"
    moved = caller.patch(f"/api/v1/cases/{case}/status", {"status": "IN_PROGRESS"})
    assert moved.body["status"] == "IN_PROGRESS"
    refused = caller.patch(f"/api/v1/cases/{case}/status", {"status": "CLOSED"})
    assert refused.status == 409
    assert refused.body["error"] == "transition_not_allowed"
    assert "ESCALATED" in refused.body["allowed"]
    person = str(bank.people["analyst"].id)
    assert (
        caller.patch(f"/api/v1/cases/{case}/assign", {"assignedToId": person}).body["assignedToId"] == person
    )
    assert caller.post(f"/api/v1/cases/{case}/notes", {"text": "called"}).status == 201
    listed = caller.get("/api/v1/cases?type=FRAUD_ALERT&limit=1").body
    assert listed["data"][0]["id"] == case
    resolved = caller.patch(
        f"/api/v1/cases/{case}/status", {"status": "RESOLVED_TRUE_POSITIVE", "reason": "confirmed"}
    )
    assert resolved.body["status"] == "RESOLVED_TRUE_POSITIVE"
    missing = caller.patch(f"/api/v1/cases/{case}/status", {"status": "RESOLVED_FALSE_POSITIVE"})
    assert missing.status == 400


# -- Alerts


def test_take_next_gives_the_most_urgent_and_never_the_same_twice():
    bank = make_bank("Queue Bank", "ng", people=True)
    for _ in range(20):
        new_alert(bank)
    critical = new_case(bank)[1]
    taken, lock = [], threading.Lock()

    def take():
        from django.db import connections

        alert = bank.session("analyst", "ng").post("/api/alerts/take-next").data
        with lock:
            taken.append(alert["id"] if alert else None)
        connections.close_all()

    first = bank.session("officer", "ng").post("/api/alerts/take-next").data
    assert (first["id"], first["status"]) == (critical, "in_progress")
    assert first["assignedToId"] == str(bank.people["officer"].id)
    threads = [threading.Thread(target=take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in taken
    assert len(set(taken)) == 20
    assert bank.session("analyst", "ng").post("/api/alerts/take-next").data is None


def test_dismissing_needs_a_reason_and_no_case(bank, analyst):
    alert = new_alert(bank)
    assert analyst.post(f"/api/alerts/{alert}/dismiss", {}).status == 400
    answer = analyst.post(f"/api/alerts/{alert}/dismiss", {"reason": "known supplier"})
    assert (answer.data["status"], answer.data["disposition"]) == ("dismissed", "false_positive")
    assert analyst.post(f"/api/alerts/{alert}/dismiss", {"reason": "again"}).status == 409
    case, of_case = new_case(bank)
    refused = analyst.post(f"/api/alerts/{of_case}/dismiss", {"reason": "x"})
    assert (refused.status, refused.error["current"]) == (409, {"caseId": case})


def test_escalating_opens_a_case_or_joins_the_customers_own():
    bank = make_bank("Separate Bank", "ng", people=True)
    assert bank.callers["ng"].patch("/api/decision-policy", {"joinAlertsHours": 0}).status == 200
    changed()
    analyst = bank.session("analyst", "ng")
    first = new_alert(bank, senderAccountNumber="escalated")
    second = new_alert(bank, senderAccountNumber="escalated")
    one = analyst.post(f"/api/alerts/{first}/escalate", {"reason": "pattern"}).data
    two = analyst.post(f"/api/alerts/{second}/escalate", {"reason": "pattern"}).data
    assert one["status"] == two["status"] == "escalated"
    assert one["caseId"] == two["caseId"]
    assert analyst.get(f"/api/cases/{one['caseId']}").data["alertIds"] == [first, second]


def test_a_snoozed_alert_is_out_of_the_queue():
    from datetime import UTC, datetime, timedelta

    bank = make_bank("Snooze Bank", "ng", people=True)
    analyst = bank.session("analyst", "ng")
    alert = new_alert(bank)
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert analyst.post(f"/api/alerts/{alert}/snooze", {"until": later, "reason": "waits"}).status == 200
    assert analyst.post("/api/alerts/take-next").data is None
    for wrong in ("yesterday", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", None):
        answer = analyst.post(f"/api/alerts/{alert}/snooze", {"until": wrong, "reason": "x"})
        assert answer.status == 400


def test_assigning_an_alert_and_putting_it_back(bank, analyst):
    alert, person = new_alert(bank), str(bank.people["officer"].id)
    given = analyst.post(f"/api/alerts/{alert}/assign", {"assignedToId": person}).data
    assert (given["assignedToId"], given["status"]) == (person, "in_progress")
    back = analyst.post(f"/api/alerts/{alert}/assign", {"assignedToId": None}).data
    assert (back["assignedToId"], back["status"]) == (None, "open")


def test_many_at_once_with_a_preview(bank, analyst):
    alerts = [new_alert(bank) for _ in range(3)]
    of_case = new_case(bank)[1]
    body = {"action": "dismiss", "alertIds": [*alerts, of_case], "reason": "test payments"}
    preview = analyst.post("/api/alerts/bulk", {**body, "preview": True})
    assert [one["status"] for one in preview.data] == ["dismissed"] * 3 + [None]
    assert preview.data[3]["refused"] == "alert_of_a_case"
    with bank.seeing("ng"):
        assert Alert.objects.filter(id__in=[read("alt", one) for one in alerts], status="open").count() == 3
    done = analyst.post("/api/alerts/bulk", body)
    assert done.data == preview.data
    with bank.seeing("ng"):
        assert (
            Alert.objects.filter(id__in=[read("alt", one) for one in alerts], status="dismissed").count() == 3
        )


def test_a_rivals_case_is_not_found(bank):
    rival = make_bank("Rival Bank", "ng")
    case, alert = new_case(bank)
    caller = rival.callers["ng"]
    for method, path, body in (
        ("GET", f"/api/cases/{case}", None),
        ("PATCH", f"/api/cases/{case}", {"status": "IN_PROGRESS"}),
        ("POST", f"/api/cases/{case}/notes", {"text": "x"}),
        ("POST", f"/api/cases/{case}/close", {"disposition": "false_positive", "reason": "x"}),
        ("POST", f"/api/alerts/{alert}/dismiss", {"reason": "x"}),
        ("POST", "/api/cases", {"type": "AML_ALERT", "alertIds": [alert]}),
        ("POST", f"/api/cases/{case}/alerts", {"alertIds": [alert]}),
    ):
        assert caller.call(method, path, body).status == 404, path
    own = caller.post("/api/cases", {"type": "AML_ALERT"}).data["id"]
    assert caller.post(f"/api/cases/{own}/alerts", {"alertIds": [alert]}).status == 404
    body = {"action": "dismiss", "alertIds": [alert], "reason": "x"}
    assert caller.post("/api/alerts/bulk", body).data == [
        {"id": alert, "status": None, "refused": "not_found"}
    ]


def test_where_resolutions_need_four_eyes_nobody_dismisses_alone(strict):
    alert = new_alert(strict)
    for role in ("analyst", "officer"):
        answer = strict.session(role, "ng").post(f"/api/alerts/{alert}/dismiss", {"reason": "payroll"})
        assert (answer.status, answer.error["code"], answer.error["allowed"]) == (
            409,
            "four_eyes",
            ["escalate"],
        )
    (one,) = (
        strict.session("analyst", "ng")
        .post("/api/alerts/bulk", {"action": "dismiss", "alertIds": [alert], "reason": "payroll"})
        .data
    )
    assert one["refused"] == "four_eyes"
