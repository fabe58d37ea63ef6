"""A rule on trial: drafted, in the shadow, counted, with a back-test; where somebody else's could be named."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from ratel.identifiers import new_id, show
from screening.models import BackTest, BackTestRange, Rule, RuleDay, RuleTally, ShadowHit
from screening.rule_trials.ranges import plan
from screening.rule_trials.tally import tally
from tests.cast import Bank, changed

RULE = "api/rules/<str:rule_id>"
TEST = "<str:back_test_id>"
BY_ID: dict[str, list[tuple[str, Any]]] = {
    f"{RULE}/shadow": [("POST", None)],
    f"{RULE}/unshadow": [("POST", None)],
    f"{RULE}/back-tests": [("GET", None), ("POST", {"days": 1})],
    f"{RULE}/back-tests/{TEST}": [("GET", None), ("HEAD", None)],
    f"{RULE}/back-tests/{TEST}/cancel": [("POST", None)],
}
LISTS: dict[str, tuple[str, ...]] = {}
MODELS: dict[str, Any] = {"rule_id": ("rul", Rule), "back_test_id": ("bkt", BackTest)}
CODE = "PLANTED"
_tests: dict[str, str] = {}
# Whoever plants twice has two.
_numbers = count()


def plant(bank: Bank, pack: str) -> None:
    """Through the API, as people do it."""
    caller = bank.callers[pack]
    conditions = {"field": "amount", "operator": ">=", "value": 1}
    document = {
        "code": f"{CODE}_{next(_numbers)}",
        "name": CODE.title(),
        "scoreContribution": 5,
        "conditions": conditions,
    }
    rule = caller.post("/api/rules", document).data["id"]
    assert caller.post(f"/api/rules/{rule}/shadow").status == 200
    changed()
    payment = {"customerId": f"tried-{new_id()}", "direction": "debit", "amount": 2, "channel": "atm"}
    assert caller.post("/api/transactions/evaluate", payment).status == 200
    _tests[rule] = caller.post(f"/api/rules/{rule}/back-tests", {"days": 1}).data["id"]
    with bank.seeing(pack):
        plan(bank.team_facts(pack))
    tally(bank.team_facts(pack))


def with_back_test(path: str, rule: str) -> str:
    """The path with the back-test of the rule; an unknown one where the rule is unknown."""
    return path.replace(TEST, _tests.get(rule) or unknown("back_test_id"))


def ids_of(bank: Bank, pack: str, parameter: str) -> list[str]:
    with bank.seeing(pack):
        planted = Rule.objects.filter(code__startswith=CODE).values_list("id", flat=True)
        rules = [show("rul", one) for one in planted]
    return rules if parameter == "rule_id" else [_tests[one] for one in rules]


def own_id(bank: Bank, pack: str, parameter: str) -> str:
    return ids_of(bank, pack, parameter)[0]


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    for parameter in MODELS:
        yield from ids_of(bank, pack, parameter)


def unknown(parameter: str) -> str:
    return show(MODELS[parameter][0], new_id())


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`."""
    return [
        *BackTest.objects.order_by("id").values(),
        *BackTestRange.objects.order_by("id").values(),
        *ShadowHit.objects.order_by("id").values(),
        *RuleDay.objects.order_by("id").values(),
        *RuleTally.objects.order_by("team_id").values(),
    ]


def role_for(route: str) -> str:
    return "officer"
