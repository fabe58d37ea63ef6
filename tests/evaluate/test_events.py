"""What a decision leaves behind: each row exists exactly when its evaluation does, and says what was decided."""

import re
from typing import Any

import pytest

from cases.models import Alert, AlertEvaluation, Case, Report
from ratel.identifiers import show
from screening import persist
from screening.models import Customer, Evaluation, Transaction
from tests.cast import Bank, make_bank, payment
from tests.evaluate.answers import QUIET
from tests.evaluate.lists import SANCTIONED
from tests.evaluate.rules import add_rules, rule
from tests.evaluate.stored import NOTHING, evaluations, events, stored

BATCH = "/api/transactions/evaluate/batch"
# As a word or a part of one written with capitals; the letters may well turn up inside an id.
MENTIONS_A_REPORT = re.compile(r"(?i:\bsar\b|suspicious.activity|\breports?\b)|Sar[A-Z]|[a-z]Sar\b|SAR_|_SAR")


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "id")


def names(bank: Bank) -> list[str]:
    return [event.event for event in events(bank, "id")]


def test_a_pass_leaves_a_decision_and_nothing_for_people(bank: Bank) -> None:
    bank.callers["id"].evaluate(**QUIET)
    left = stored(bank, "id")
    assert (left.transactions, left.evaluations, left.decisions) == (1, 1, 1)
    assert (left.alerts, left.cases, left.reports, left.events) == (0, 0, 0, 0)


def test_a_review_leaves_an_alert_and_its_event(bank: Bank) -> None:
    answer = bank.callers["id"].explain(**QUIET, country="KP", externalId="external-1")
    with bank.seeing("id"):
        alert, evaluation, transaction = (
            Alert.objects.get(),
            Evaluation.objects.get(),
            Transaction.objects.get(),
        )
        link, customer = AlertEvaluation.objects.get(), Customer.objects.get()
    assert show("alt", alert.id) == answer.data["alertId"]
    assert (alert.evaluation_id, alert.transaction_id, alert.customer_id) == (
        evaluation.id,
        transaction.id,
        customer.id,
    )
    assert (link.alert_id, link.evaluation_id) == (alert.id, evaluation.id)
    assert (alert.status, alert.severity, alert.trigger, alert.lane) == (
        "open",
        "medium",
        "rule_fire",
        "transaction",
    )
    assert (alert.decision, alert.risk_score, alert.case_id, alert.count) == ("review", 40, None, 1)
    assert alert.due_at > alert.created_at
    assert customer.prior_alerts == 1
    (event,) = events(bank, "id")
    assert event.event == "alert.created"
    assert event.payload["alertId"] == answer.data["alertId"]
    assert event.payload["transactionId"] == answer.data["transactionId"]
    assert (event.payload["externalId"], event.payload["customerId"]) == ("external-1", "customer-1")
    assert (event.payload["riskScore"], event.payload["decision"], event.payload["severity"]) == (
        40,
        "review",
        "medium",
    )
    assert event.is_confidential is False


def test_an_escalation_opens_a_case_and_the_next_one_joins_it(bank: Bank) -> None:
    worse = {**QUIET, "amount": 500_000_000, "country": "KP"}
    bank.callers["id"].evaluate(**worse)
    bank.callers["id"].evaluate(**worse)
    with bank.seeing("id"):
        (case,) = Case.objects.all()
        alert = Alert.objects.get()
        customer = Customer.objects.get()
    assert (alert.case_id, alert.count) == (case.id, 2)
    assert (case.type, case.priority, case.status) == ("SUSPICIOUS_TRANSACTION", "HIGH", "OPEN")
    assert (customer.open_case_id, customer.prior_alerts) == (case.id, 1)
    assert names(bank) == [
        "case.created",
        "alert.created",
        "alert.escalated",
        "alert.triggered",
        "case.updated",
        "alert.escalated",
    ]


def test_in_one_batch_the_second_escalation_joins_the_case_of_the_first(bank: Bank) -> None:
    worse = payment(**QUIET, amount=500_000_000, country="KP")
    bank.callers["id"].post(BATCH, {"batch": [worse, worse, {**worse, "customerId": "other"}]})
    with bank.seeing("id"):
        assert Case.objects.count() == 2
        assert sorted(Alert.objects.values_list("count", flat=True)) == [1, 2]
        assert list(Customer.objects.values_list("prior_alerts", flat=True)) == [1, 1]


def test_a_report_of_suspicion_is_confidential_and_nothing_else_tells_of_it(bank: Bank) -> None:
    bank.callers["id"].evaluate(**QUIET, amount=500_000_000, country="KP", isCrossBorder=True)
    assert stored(bank, "id").reports == 1
    for event in events(bank, "id"):
        assert event.is_confidential is event.event.startswith("sar.")
        if not event.is_confidential:
            assert not MENTIONS_A_REPORT.search(str(event.payload))
    assert "sar.drafted" in names(bank)


def test_the_answer_to_the_bank_does_not_tell_of_a_report(bank: Bank) -> None:
    answer = bank.callers["id"].explain(**QUIET, amount=500_000_000, country="KP", isCrossBorder=True)
    assert not MENTIONS_A_REPORT.search(str(answer.body))


@pytest.mark.parametrize(
    ("action", "decision"),
    [("alert", "pass"), ("review", "review"), ("escalate", "escalate"), ("block", "escalate")],
)
def test_a_rule_can_force_a_severity_whatever_its_points(bank: Bank, action: str, decision: str) -> None:
    add_rules(
        bank,
        "id",
        rule("FORCED", {"field": "city", "operator": "==", "value": "X"}, action=action, scoreContribution=0),
    )
    answer = bank.callers["id"].evaluate(**QUIET, city="X")
    assert (answer.data["decision"], answer.data["riskScore"]) == (decision, 0)
    assert answer.data.get("blocked", False) is (action == "block")
    left = stored(bank, "id")
    assert left.alerts == (0 if action == "alert" else 1)
    assert left.cases == (1 if action in {"escalate", "block"} else 0)


def test_a_milder_rule_never_softens_a_more_severe_one(bank: Bank) -> None:
    condition = {"field": "city", "operator": "==", "value": "X"}
    add_rules(
        bank,
        "id",
        *(
            rule(action.upper(), condition, action=action, scoreContribution=0)
            for action in ("block", "alert", "review")
        ),
    )
    assert bank.callers["id"].evaluate(**QUIET, city="X").data["blocked"] is True


@pytest.mark.parametrize("broken", ["cases.sink._alert_row", "cases.sink._events", "cases.sink._case_row"])
def test_where_anything_of_it_fails_nothing_of_it_is_there(
    bank: Bank, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(broken, fails)
    answer = bank.callers["id"].evaluate(**QUIET, counterpartyName=SANCTIONED, externalId="a")
    assert answer.status == 500
    assert answer.error["code"] == "internal_error"
    assert stored(bank, "id") == NOTHING
    monkeypatch.undo()
    assert bank.callers["id"].evaluate(**QUIET, counterpartyName=SANCTIONED, externalId="a").status == 200


def test_where_the_database_refuses_the_last_row_nothing_is_there(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = persist.writes_of

    def one_too_many(*arguments: Any) -> Any:
        return [*works(*arguments), (persist.Update(b"SELECT 1 / %s::int"), [("0",)])]

    monkeypatch.setattr("screening.together.writes_of", one_too_many)
    assert bank.callers["id"].evaluate(**QUIET, counterpartyName=SANCTIONED).status == 500
    assert stored(bank, "id") == NOTHING


def test_every_event_belongs_to_an_evaluation_that_is_there(bank: Bank) -> None:
    items = [
        payment(
            **QUIET,
            customerId=f"customer-{number % 5}",
            amount=500_000_000 if number % 2 else 1,
            country="KP" if number % 3 == 0 else "ID",
            counterpartyName=SANCTIONED if number % 7 == 0 else "Siti Rahmawati",
            externalId=str(number % 30),
        )
        for number in range(40)
    ]
    answer = bank.callers["id"].post(BATCH, {"batch": items})
    answered = {item["data"].get("alertId") for item in answer.data if item["ok"]} - {None}
    with bank.seeing("id"):
        alerts = {alert.id: alert for alert in Alert.objects.all()}
        links = set(AlertEvaluation.objects.values_list("alert_id", "evaluation_id"))
        transactions = {show("txn", one) for one in Transaction.objects.values_list("id", flat=True)}
        reports = Report.objects.filter(type="SAR").count()
        decided = {one.id: one for one in Evaluation.objects.all()}
        cases = {one.id for one in Case.objects.all()}
    assert {show("alt", one) for one in alerts} == answered
    alerted = {one.alert_id: one.id for one in decided.values() if one.decision != "pass"}
    assert links == {(one.alert_id, one.id) for one in decided.values() if one.decision != "pass"}
    assert set(alerted) == set(alerts)
    assert sum(alert.count for alert in alerts.values()) == len(links)
    created = [event for event in events(bank, "id") if event.event == "alert.created"]
    assert {event.payload["alertId"] for event in created} == answered
    assert len(created) == len(answered)
    assert all(event.payload["transactionId"] in transactions for event in created)
    assert sum(event.event == "sar.drafted" for event in events(bank, "id")) == reports
    assert {event.subject for event in events(bank, "id") if event.event == "case.created"} == {
        show("cas", one) for one in cases
    }
    assert len(evaluations(bank, "id")) == 30
