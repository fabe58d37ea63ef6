"""One alert: what its page says of each kind, what looking at it leaves behind, and who may know what."""

from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from cases.models import Alert, Report
from ratel.identifiers import new_id, read, show
from ratel.statements import driver_connection
from screening.models import Evaluation, MatchDecision
from teams.models import AuditEntry
from tests.cast import changed, make_bank
from tests.desk import alert_stories as stories
from tests.desk.people import Seat, seat
from tests.evaluate.lists import SANCTIONED, load_demo_list

MOST_STATEMENTS = 12


@pytest.fixture(scope="module")
def bank():
    load_demo_list()
    return make_bank("Page Bank", "ng", people=True)


@pytest.fixture(scope="module")
def structuring(bank) -> str:
    return stories.structuring(bank)


@pytest.fixture
def analyst(bank) -> Seat:
    return seat(bank, "analyst", "ng")


def text_of(at: Seat, alert: str, **query: str) -> str:
    answer = at.get("alert", alert, **query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def views(bank, alert: str) -> list[AuditEntry]:
    with bank.seeing("ng"):
        return list(AuditEntry.objects.filter(action="alert.viewed", subject_id=alert).order_by("at"))


def test_structuring_is_told_as_a_sentence_with_the_values_seen(analyst, structuring):
    text = text_of(analyst, structuring)
    assert "<h1>4 cash deposits under 5,000,000 NGN in 24 hours, together 19,100,000 NGN</h1>" in text
    assert "+65" in text
    assert "CBN-002" in text
    assert "NGN 19.1 m, at least 4.0 m" in text
    assert "4, at least 3" in text
    assert "max(17.3, 65 x 0.8)" in text
    assert "Adaeze Okonkwo" in text
    assert text.count("Cash deposit, branch") == 4
    assert "Bello Ventures" in text


def test_what_similar_alerts_became_is_counted(bank, analyst, structuring):
    now = timezone.now()
    with bank.seeing("ng"):
        key = Alert.objects.get(id=read("alt", structuring)).key
        closed = {
            "first_opened_at": now - timedelta(minutes=34),
            "closed_at": now - timedelta(minutes=10),
            "status": "resolved",
            "key": key,
        }
    for customer, disposition in (
        ("before-1", "true_positive"),
        ("before-2", "true_positive"),
        ("before-3", "false_positive"),
    ):
        alert = stories.reviewed(bank, customer)
        with bank.seeing("ng"):
            Alert.objects.filter(id=read("alt", alert)).update(disposition=disposition, **closed)
    text = text_of(analyst, structuring)
    assert "CBN-002, closed in 90 days: 3, of them 2 true (67%), 1 false. Median handling 24 min." in text


def test_a_name_match_stands_beside_the_entry_and_can_be_decided(bank, analyst):
    alert = stories.name_match(bank)
    text = text_of(analyst, alert)
    assert "Counterparty matches a sanctions entry, 100 of 100" in text
    assert "Is it the same counterparty?" in text
    assert "not known" in text
    decided = analyst.do(
        "alert-match",
        alert,
        verdict="not_this_person",
        reason="Another year of birth on the invoice",
        entry="demo:demo-bout",
        counterparty=SANCTIONED,
        back=analyst.url("alert", alert),
    )
    assert "Decided: not this person" in decided.content.decode()
    with bank.seeing("ng"):
        decision = MatchDecision.objects.get(entry_id="demo:demo-bout", party="counterparty")
    assert decision.verdict == "not_this_person"
    after = text_of(analyst, alert)
    assert "Not this person</span>" in after
    assert "Confirm<kbd>" not in after


def test_a_screening_has_no_payment_and_says_what_agrees(bank, analyst):
    text = text_of(analyst, stories.screened(bank))
    assert "matches a sanctions entry, 100 of 100" in text
    assert "1967-01-13" in text
    assert "agrees" in text
    assert "Onboarding screening" in text
    assert "Score by layer" not in text


def test_a_namesake_has_the_same_name_and_another_birth_date(bank, analyst):
    body = {
        "lane": "onboarding",
        "fullName": SANCTIONED,
        "dateOfBirth": "1991-03-14",
        "customerId": "namesake",
    }
    answer = bank.callers["ng"].post("/api/screenings", body)
    assert answer.status == 200, answer.body
    rows = text_of(analyst, answer.data["alertId"]).split("<tr>")
    assert "agrees" in next(row for row in rows if 'scope="row">Name<' in row)
    assert "differs" in next(row for row in rows if 'scope="row">Born<' in row)


def test_somebody_who_is_no_customer_cannot_be_decided_about(bank, analyst):
    alert = stories.screened(bank, None)
    text = text_of(analyst, alert)
    assert "Who was screened" in text
    assert "Confirm<kbd>" not in text
    refused = analyst.do(
        "alert-match",
        alert,
        verdict="confirmed",
        reason="x",
        entry="demo:demo-bout",
        back=analyst.url("alert", alert),
    )
    assert "nothing can be kept for later" in refused.content.decode()


def test_an_alert_raised_by_hand_shows_the_reason_which_is_sealed(bank, analyst, structuring):
    alert = stories.raised(bank)
    text = text_of(analyst, alert)
    assert "Raised by hand" in text
    assert "cash in plastic bags" in text
    with bank.seeing("ng"):
        assert b"plastic" not in bytes(Alert.objects.get(id=read("alt", alert)).sealed_reason)
        entry = AuditEntry.objects.get(action="alert.raised", subject_id=alert)
    assert "plastic" not in str(entry.after)


def test_a_decision_that_was_made_again_says_so(bank, analyst):
    alert = stories.reviewed(bank, "again")
    with bank.seeing("ng"):
        row = Alert.objects.get(id=read("alt", alert))
        Alert.objects.filter(id=row.id).update(trigger="retroactive")
        Evaluation.objects.filter(id=row.evaluation_id).update(rescreens_id=new_id())
    text = text_of(analyst, alert)
    assert "Decided again</span>" in text
    assert "Decided again with every layer in" in text


def test_looking_is_written_down_once_an_hour_for_each_person(bank, analyst):
    alert = stories.reviewed(bank, "looked-at")
    for _ in range(3):
        text_of(analyst, alert)
    text_of(seat(bank, "officer", "ng"), alert)
    assert [entry.actor_id for entry in views(bank, alert)] == [
        bank.people["analyst"].id,
        bank.people["officer"].id,
    ]


def test_the_first_opening_is_kept_and_an_auditor_leaves_the_alert_as_it_was(bank, analyst):
    alert = stories.reviewed(bank, "first-opened")
    text_of(seat(bank, "auditor", "ng"), alert)
    assert stories.stored(bank, alert).first_opened_at is None
    text_of(analyst, alert)
    first = stories.stored(bank, alert).first_opened_at
    text_of(seat(bank, "officer", "ng"), alert)
    assert first is not None
    assert stories.stored(bank, alert).first_opened_at == first
    assert len(views(bank, alert)) == 3


def test_an_auditor_finds_no_action(bank, structuring):
    text = text_of(seat(bank, "auditor", "ng"), structuring)
    assert "Take<kbd>" not in text
    assert "<textarea" not in text


def test_next_and_previous_follow_the_view(bank, analyst):
    first, second, third = (stories.reviewed(bank, "walked", externalId=f"walk-{n}") for n in range(3))
    assert first == second == third
    alerts = [stories.reviewed(bank, f"walk-{number}", amount=7_000_000 + number) for number in range(3)]
    with bank.seeing("ng"):
        for number, alert in enumerate(alerts):
            Alert.objects.filter(id=read("alt", alert)).update(risk_score=777 + number)
    within = "view=open&sort=score&scoreFrom=777"
    onward = analyst.client.get(analyst.url("alert-next", alerts[2]), {"in": within})
    assert onward.status_code == 302
    assert alerts[1] in onward.headers["Location"]
    assert "scoreFrom" in onward.headers["Location"]
    back = analyst.client.get(analyst.url("alert-previous", alerts[1]), {"in": within})
    assert alerts[2] in back.headers["Location"]
    end = analyst.client.get(analyst.url("alert-next", alerts[0]), {"in": within}, follow=True)
    assert "last one of this view" in end.content.decode()


def test_another_banks_alert_is_not_there(bank, structuring):
    rival = make_bank("Rival Bank", "ng", people=True)
    at = seat(rival, "officer", "ng")
    for name in ("alert", "alert-next"):
        assert at.get(name, structuring).status_code == 404
    for name in ("alert-take", "alert-note", "alert-match"):
        assert (
            at.post(name, structuring, text="x", reason="x", entry="e", verdict="confirmed").status_code
            == 404
        )
    with bank.seeing("ng"):
        customer = show("cus", Alert.objects.get(id=read("alt", structuring)).customer_id)
    assert at.post("alert-raise", customer_id=customer, severity="high", reason="x").status_code == 404


def test_a_report_shows_nowhere_to_a_role_that_may_not_know(bank, analyst, structuring):
    """Tipping-off: neither the report, nor a rule whose reason tells of earlier ones."""
    rule = {
        "code": "REPORTED-BEFORE",
        "name": "Had a SAR before",
        "lane": "transaction",
        "category": "other",
        "type": "threshold",
        "severity": "high",
        "action": "review",
        "scoreContribution": 33,
        "conditions": {"all": [{"field": "priorSars", "operator": ">=", "value": 1}]},
        "explanation": "The customer had {priorSars} prior SARs",
    }
    made = bank.callers["ng"].post("/api/rules", rule)
    assert made.status == 201, made.body
    address = f"/api/rules/{made.data['id']}"
    assert bank.callers["ng"].post(f"{address}/submit", {}).status == 200
    approved = bank.session("officer", "ng").post(f"{address}/approve", {})
    assert approved.status == 200, approved.body
    stories.paid(bank, 0.3, customerId="reported", direction="debit", amount=10)
    with bank.seeing("ng"):
        driver_connection().execute(
            "UPDATE screening_customer SET prior_sars = 1 WHERE reference = 'reported' AND team_id = %s",
            (bank.teams["ng"].id,),
        )
    changed()
    alert = str(stories.paid(bank, 0.1, customerId="reported", direction="debit", amount=11)["alertId"])
    with bank.seeing("ng"):
        row = Alert.objects.get(id=read("alt", alert))
        Report.objects.create(
            organisation_id=bank.id,
            team_id=bank.teams["ng"].id,
            customer_id=row.customer_id,
            type="SAR",
            evaluation_id=row.evaluation_id,
            transaction_id=row.transaction_id,
            alert_id=row.id,
            reason="policy",
            created_at=timezone.now(),
        )
    assert "had 1 prior SARs" in text_of(analyst, alert)
    admin = seat(bank, "admin", "ng")
    for text in (text_of(admin, alert), admin.get("alerts").content.decode()):
        main = text[text.index("<main") :]
        assert "SAR" not in main
        assert "prior" not in main.lower()
        assert "REPORTED-BEFORE" not in main
    assert "No alert fits" in admin.get("alerts", rule="REPORTED-BEFORE").content.decode()
    assert "REPORTED-BEFORE" not in admin.get("alerts", format="csv").content.decode()
    assert "REPORTED-BEFORE" in analyst.get("alerts", format="csv").content.decode()


def test_pages_ask_the_database_no_more_than_a_dozen_times(bank, analyst, structuring, monkeypatch):
    asked: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(cursor, query, *arguments, **options):
        asked.append(query.decode() if isinstance(query, bytes) else str(query))
        return execute(cursor, query, *arguments, **options)

    match = stories.name_match(bank, "counted")
    for number in range(25):
        stories.reviewed(bank, f"many-{number}")
    for call in (("alerts",), ("alert", structuring), ("alert", match), ("alert", match)):
        monkeypatch.setattr(psycopg.Cursor, "execute", noted)
        asked.clear()
        assert analyst.get(*call).status_code == 200
        monkeypatch.undo()
        reads = [one for one in asked if "set_config" not in one and "SAVEPOINT" not in one]
        assert 5 < len(reads) <= MOST_STATEMENTS, reads
