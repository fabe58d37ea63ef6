"""Counts by day: hits, alerts and what people made of them, per rule and version; counted again they are the same."""

from collections.abc import Iterator

from django.utils import timezone

from cases.models import Alert
from ratel.identifiers import show
from screening.models import Rule, RuleDay, RuleTally
from screening.rule_trials.statistics import figures_of_all
from screening.rule_trials.tally import tally
from tests.cast import Bank, changed, make_bank
from tests.evaluate.rules import add_rules, rule

TRIED = rule("TRIED", {"field": "amount", "operator": ">=", "value": 500}, action="review")


def figures(bank: Bank, code: str = "TRIED") -> tuple[int, ...]:
    with bank.seeing("us"):
        one = Rule.objects.get(code=code)
        found = figures_of_all(bank.teams["us"].id, timezone.now())[one.id]
    return (found.evaluated, found.hits, found.alerts, found.true_positives, found.false_positives)


def close(bank: Bank, dispositions: Iterator[str]) -> None:
    with bank.seeing("us"):
        for alert in Alert.objects.order_by("id"):
            alert.disposition, alert.status, alert.closed_at = next(dispositions), "resolved", timezone.now()
            alert.save()


def test_hits_alerts_and_dispositions_are_counted_once_however_often_it_is_done() -> None:
    bank = make_bank("Acme Bank", "us")
    add_rules(bank, "us", TRIED)
    for number, amount in enumerate((600, 700, 10)):
        assert bank.callers["us"].evaluate(customerId=f"c-{number}", amount=amount).status == 200
    team = bank.team_facts("us")
    assert tally(team) > 0
    assert figures(bank) == (3, 2, 2, 0, 0)
    close(bank, iter(["true_positive", "false_positive"]))
    # Only the day whose alerts were closed is counted anew.
    assert tally(team) == 1
    assert figures(bank) == (3, 2, 2, 1, 1)
    with bank.seeing("us"):
        rows = RuleDay.objects.count()
        assert RuleTally.objects.get().costs[str(Rule.objects.get(code="TRIED").id)] > 0
    tally(team, whole=True)
    assert figures(bank) == (3, 2, 2, 1, 1)
    with bank.seeing("us"):
        assert RuleDay.objects.count() == rows


def test_versions_are_counted_apart() -> None:
    bank = make_bank("Acme Bank", "us")
    add_rules(bank, "us", TRIED)
    caller = bank.callers["us"]
    assert caller.evaluate(amount=600).status == 200
    with bank.seeing("us"):
        one = Rule.objects.get(code="TRIED")
    address = f"/api/rules/{show('rul', one.id)}"
    assert caller.patch(address, {"scoreContribution": 20}).status == 200
    assert caller.post(f"{address}/submit").status == 200
    assert bank.new_key("us").post(f"{address}/approve").status == 200
    changed()
    assert caller.evaluate(amount=600).status == 200
    assert caller.evaluate(amount=600).status == 200
    assert tally(bank.team_facts("us")) > 0
    with bank.seeing("us"):
        days = RuleDay.objects.filter(rule_id=one.id).order_by("version")
        assert [(day.version, day.hits) for day in days] == [(1, 1), (2, 2)]
