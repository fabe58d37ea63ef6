"""Repeated alerts about one customer and one rule join the open one: the queue is not flooded and nothing is dropped."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from cases.models import Alert, AlertEvaluation
from cases.services.alerts import alert_dismiss
from ratel.identifiers import read
from screening.models import Customer, Evaluation
from tests.cast import Bank, changed, make_bank, payment
from tests.evaluate.lists import SANCTIONED, load_demo_list
from tests.evaluate.rules import add_rules, rule
from tests.evaluate.stored import events
from tests.evaluate.wire import post

BATCH = "/api/transactions/evaluate/batch"
# What the Indonesian pack reviews by a single rule.
LARGE = {"kycStatus": "verified", "country": "ID", "amount": 500_000_000}


@pytest.fixture
def bank() -> Bank:
    load_demo_list()
    return make_bank("Acme Bank", "id")


def alerts(bank: Bank) -> list[Alert]:
    with bank.seeing("id"):
        return list(Alert.objects.order_by("id"))


def customer(bank: Bank) -> Customer:
    with bank.seeing("id"):
        return Customer.objects.get()


def links(bank: Bank) -> set[tuple[object, object]]:
    with bank.seeing("id"):
        return set(AlertEvaluation.objects.values_list("alert_id", "evaluation_id"))


def decided(bank: Bank) -> set[tuple[object, object]]:
    with bank.seeing("id"):
        return set(Evaluation.objects.exclude(decision="pass").values_list("alert_id", "id"))


def test_a_burst_is_one_alert_that_counts(bank: Bank) -> None:
    first, *others = [bank.callers["id"].evaluate(**LARGE).data for _ in range(5)]
    assert {one["alertId"] for one in others} == {first["alertId"]}
    (alert,) = alerts(bank)
    assert (alert.count, alert.status, alert.version) == (5, "open", 5)
    assert alert.last_at > alert.created_at
    assert links(bank) == decided(bank)
    assert customer(bank).prior_alerts == 1
    told = [(event.event, event.payload.get("count")) for event in events(bank, "id")]
    assert told == [("alert.created", None), *[("alert.triggered", number) for number in range(2, 6)]]


def test_in_one_batch_they_join_too(bank: Bank) -> None:
    bank.callers["id"].post(BATCH, {"batch": [payment(**LARGE) for _ in range(7)]})
    (alert,) = alerts(bank)
    assert alert.count == 7
    assert links(bank) == decided(bank)


def test_payments_that_arrive_at_once_are_counted_each(bank: Bank, live_server_process: str) -> None:
    key = bank.callers["id"].key
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: post(live_server_process, key, payment(**LARGE)), range(24)))
    assert {answer.status for answer in answers} == {200}
    (alert,) = alerts(bank)
    assert alert.count == 24
    assert links(bank) == decided(bank)


def test_another_customer_or_another_rule_has_an_alert_of_its_own(bank: Bank) -> None:
    bank.callers["id"].evaluate(**LARGE)
    bank.callers["id"].evaluate(**LARGE, customerId="other")
    bank.callers["id"].evaluate(**LARGE, counterpartyName=SANCTIONED)
    assert [alert.count for alert in alerts(bank)] == [1, 1, 1]
    assert len({(alert.customer_id, alert.key) for alert in alerts(bank)}) == 3


def test_a_joined_alert_takes_on_what_is_more_severe_and_never_what_is_less(bank: Bank) -> None:
    condition = {"field": "city", "operator": "==", "value": "X"}
    add_rules(bank, "id", rule("FORCED", condition, action="escalate", scoreContribution=1))
    caller = bank.callers["id"]
    mild, severe = caller.evaluate(**LARGE).data, caller.evaluate(**LARGE, city="X").data
    assert severe["alertId"] == mild["alertId"]
    caller.evaluate(**LARGE)
    (alert,) = alerts(bank)
    assert (mild["decision"], severe["decision"]) == ("review", "escalate")
    assert (alert.decision, alert.count) == ("escalate", 3)
    assert alert.case_id is not None
    assert float(alert.risk_score) == severe["riskScore"]


def test_a_closed_alert_is_joined_no_more(bank: Bank) -> None:
    first = bank.callers["id"].evaluate(**LARGE).data["alertId"]
    alert_dismiss(caller=bank.principal("id"), alert_id=read("alt", first), reason="known")
    assert customer(bank).open_alerts is None
    second = bank.callers["id"].evaluate(**LARGE).data["alertId"]
    assert second != first
    assert [alert.status for alert in alerts(bank)] == ["dismissed", "open"]


def test_closing_an_old_alert_leaves_the_newer_one_to_be_joined(bank: Bank) -> None:
    caller = bank.callers["id"]
    old = caller.evaluate(**LARGE).data["alertId"]
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25), tick=True):
        new = caller.evaluate(**LARGE).data["alertId"]
        assert new != old
        alert_dismiss(caller=bank.principal("id"), alert_id=read("alt", old), reason="known")
        assert caller.evaluate(**LARGE).data["alertId"] == new


def test_an_alert_that_is_closed_while_a_payment_joins_it_is_open_again(bank: Bank) -> None:
    """The decision has read that it is open; whoever closes it in between has not seen the payment."""
    caller = bank.callers["id"]
    first = caller.evaluate(**LARGE).data["alertId"]
    remembered = customer(bank).open_alerts
    alert_dismiss(caller=bank.principal("id"), alert_id=read("alt", first), reason="known")
    with bank.seeing("id"):
        Customer.objects.update(open_alerts=remembered)
    assert caller.evaluate(**LARGE).data["alertId"] == first
    (alert,) = alerts(bank)
    assert (alert.status, alert.closed_at, alert.disposition, alert.count) == ("open", None, "", 2)


def test_the_team_sets_the_window_and_zero_joins_nothing(bank: Bank) -> None:
    caller = bank.callers["id"]
    assert caller.patch("/api/decision-policy", {"joinAlertsHours": 0}).status == 200
    changed()
    caller.evaluate(**LARGE)
    caller.evaluate(**LARGE)
    assert [alert.count for alert in alerts(bank)] == [1, 1]
    for wrong in (-1, 721, 1.5, "24", None, True):
        answer = caller.patch("/api/decision-policy", {"joinAlertsHours": wrong})
        assert answer.status in {400, 422}


def test_a_dry_run_joins_nothing(bank: Bank) -> None:
    caller = bank.callers["id"]
    caller.evaluate(**LARGE)
    assert caller.evaluate(**LARGE, persist=False).status == 200
    assert [alert.count for alert in alerts(bank)] == [1]


def test_the_answer_to_a_repetition_names_the_alert_that_was_joined(bank: Bank) -> None:
    caller = bank.callers["id"]
    first = caller.evaluate(**LARGE).data["alertId"]
    for _ in range(2):
        assert caller.evaluate(**LARGE, externalId="again").data["alertId"] == first
    assert [alert.count for alert in alerts(bank)] == [2]
