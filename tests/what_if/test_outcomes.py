"""Closed alerts held against a draft: true positives missed, false positives saved, hours, what is still open."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from cases.models import Alert, AlertEvaluation
from ratel.identifiers import read
from screening.policy import merged, parse_policy, policy_document
from screening.services.policy import policy_fields, policy_live
from screening.what_if.compare import WhatIf, what_if
from tests.cast import Bank, make_bank
from tests.evaluate.answers import QUIET
from tests.evaluate.lists import load_demo_list

# Just under the limit, to somebody new.
CASH = {**QUIET, "amount": 9_500, "channel": "cash", "direction": "credit", "counterpartyAccount": "a"}


@pytest.fixture(scope="module")
def lists(database_for_every_test: None) -> None:
    load_demo_list()


@pytest.fixture
def bank(lists) -> Bank:
    return make_bank("Acme Bank", "us")


def asked(bank: Bank, **change: Any) -> WhatIf:
    team = bank.team_facts("us")
    with bank.seeing("us"):
        live = policy_fields(policy_live(team=team))
        draft = policy_document(parse_policy(merged(live, change)))
        return what_if(team=team, live=live, draft=draft, days=7)


def alert(bank: Bank, customer: str, verdict: str = "", *, minutes: int = 0, **fields: Any) -> Any:
    """An alert of a new customer's payment, closed with that verdict."""
    answer = bank.callers["us"].evaluate(**{**CASH, "customerId": customer, **fields})
    assert answer.data["alertId"], answer.body
    with bank.seeing("us"):
        found = Alert.objects.get(id=read("alt", answer.data["alertId"]))
        if verdict:
            now = timezone.now()
            found.status, found.disposition, found.closed_at = "resolved", verdict, now
            found.first_opened_at = now - timedelta(minutes=minutes) if minutes else None
            found.save()
    return found


def test_what_would_be_missed_and_saved_is_counted_and_named(bank):
    missed = alert(bank, "one", "true_positive")
    alert(bank, "two", "false_positive")
    alert(bank, "three")
    kept = alert(bank, "four", "true_positive", country="KP")
    score = Decimal(str(missed.risk_score))
    answer = asked(bank, txReviewScore=int(score) + 1)
    known = answer.outcomes
    assert (known.judged, known.missed_live, known.missed_draft) == (3, 0, 1)
    assert (known.saved_live, known.saved_draft) == (0, 1)
    assert answer.workload.open_alerts == 1
    (example,) = known.examples
    assert (example.alert_id, example.score, example.amount) == (missed.id, score, Decimal("9500"))
    assert "NEAR_THRESHOLD" in example.rules
    assert kept.risk_score > score


def test_an_alert_is_missed_only_where_none_of_its_payments_would_alert(bank):
    small, large = alert(bank, "small"), alert(bank, "large", amount=12_000)
    with bank.seeing("us"):
        AlertEvaluation.objects.filter(alert_id=large.id).update(alert_id=small.id)
        Alert.objects.filter(id=large.id).delete()
        Alert.objects.filter(id=small.id).update(
            status="resolved", disposition="true_positive", closed_at=timezone.now(), count=2
        )
    scores = (small.risk_score, large.risk_score)
    assert scores[0] != scores[1]
    assert asked(bank, txReviewScore=int(max(scores))).outcomes.missed_draft == 0
    assert asked(bank, txReviewScore=int(max(scores)) + 1).outcomes.missed_draft == 1
    assert asked(bank).workload.payments_per_alert == 2


def test_hours_are_alerts_times_the_median_handling_time(bank):
    assert asked(bank).live.hours_a_day is None
    for number, minutes in enumerate((10, 30, 500)):
        alert(bank, f"handled-{number}", "false_positive", minutes=minutes)
    alert(bank, "never opened", "false_positive")
    answer = asked(bank)
    assert answer.workload.median_handling == timedelta(minutes=30)
    assert answer.live.alerts_a_day == 4
    assert answer.live.hours_a_day == 2
    assert asked(bank, txReviewScore=500, txEscalateScore=500, txSarScore=500).draft.hours_a_day == 0


def test_a_rule_that_all_missed_ones_share_is_suggested_with_what_it_costs(bank):
    scores = [alert(bank, f"shared-{number}", "true_positive").risk_score for number in range(2)]
    alert(bank, "nothing", "false_positive")
    alert(bank, "other", "true_positive", country="KP")
    draft = int(scores[0]) + 3
    answer = asked(bank, txReviewScore=draft)
    found = answer.suggestion
    assert found is not None
    assert found.points == 3
    assert found.code in answer.outcomes.examples[0].rules
    # The two true ones and the one that was nothing would alert again.
    assert found.more_alerts == 3
    assert asked(bank).suggestion is None


def test_alerts_that_nobody_decided_on_a_payment_are_left_out(bank):
    made = alert(bank, "by hand", "true_positive")
    with bank.seeing("us"):
        Alert.objects.filter(id=made.id).update(evaluation_id=None, trigger="manual")
    assert asked(bank, txReviewScore=500, txEscalateScore=500, txSarScore=500).outcomes.judged == 0


def test_a_team_sees_nothing_of_anothers_alerts(bank):
    alert(bank, "mine", "true_positive")
    rival = make_bank("Rival Bank", "us")
    answer = asked(rival, txReviewScore=500, txEscalateScore=500, txSarScore=500)
    assert (answer.live.counted.evaluations, answer.outcomes.judged, answer.workload.alerts) == (0, 0, 0)
