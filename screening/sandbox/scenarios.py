"""The scenarios of a sandbox as rules, customers and policy: documents only, which `screening/team_setup.py` writes.

The customers here are decided by the scenario rules alone: every rule of the pack is written with an `appliesWhen` that
leaves them out, so that no pace, amount or country of many test payments ever changes their decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from screening.rules.rule import Layer

DECISIONS: Final = ("pass", "review", "escalate", "block")


@dataclass(frozen=True)
class Scenario:
    """What gives one decision: a customer, or for the customer `sandbox-pass` a counterparty's name or an amount."""

    decision: str
    customer_id: str
    counterparty_name: str
    amount: int


# The amounts are whole and small in every currency, so that no rule of any pack asks for them.
SCENARIOS: Final = tuple(
    [
        Scenario(decision, f"sandbox-{decision}", f"Sandbox {decision.title()} Person", 7_101 + position)
        for position, decision in enumerate(DECISIONS)
    ]
)
_POINTS: Final = {"review": 40, "escalate": 75, "block": 100}
_SEVERITIES: Final = {"review": "medium", "escalate": "high", "block": "critical"}
# So long ago that no rule calls them new.
SINCE: Final = date(2020, 1, 1)
# Under weighted_floor scores decide too, and hundreds of test payments a day are an unusual pace. From these bands on
# they decide nothing by themselves; rules, KYC and lists have outcomes of their own.
_BANDS: Final = {"review": 100, "escalate": 100, "block": 100}


def sandbox_rules(
    of_pack: Sequence[tuple[Layer, Mapping[str, Any]]],
) -> list[tuple[Layer, Mapping[str, Any]]]:
    """The pack's rules for everybody else, then the scenarios'."""
    return [*[(layer, _for_others(document)) for layer, document in of_pack], *_scenario_rules()]


def sandbox_policy(of_pack: Mapping[str, Any]) -> dict[str, Any]:
    document = dict(of_pack)
    if document["aggregation"] == "weighted_floor":
        document["bands"] = {**document["bands"], **_BANDS}
    return document


def _for_others(document: Mapping[str, Any]) -> dict[str, Any]:
    customers = [scenario.customer_id for scenario in SCENARIOS]
    others = {"field": "customerId", "operator": "not_in", "value": customers}
    before = document.get("appliesWhen")
    return {**document, "appliesWhen": {"all": [before, others]} if before else others}


def _scenario_rules() -> list[tuple[Layer, Mapping[str, Any]]]:
    return [
        rule
        for scenario in SCENARIOS
        if scenario.decision in _POINTS
        for rule in (
            _rule(scenario, "CUSTOMER", "customer", "customerId", scenario.customer_id),
            _rule(scenario, "NAME", "counterparty's name", "counterpartyName", scenario.counterparty_name),
            _rule(scenario, "AMOUNT", "amount", "amount", scenario.amount),
        )
    ]


def _rule(
    scenario: Scenario, by: str, what: str, field: str, value: str | int
) -> tuple[Layer, Mapping[str, Any]]:
    document = {
        "code": f"SANDBOX_{scenario.decision.upper()}_{by}",
        "name": f"Sandbox: {scenario.decision} by {what}",
        "description": "A scenario of the sandbox; it is found in no other team.",
        "category": "sandbox",
        "type": "lookup",
        "severity": _SEVERITIES[scenario.decision],
        "action": scenario.decision,
        "scoreContribution": _POINTS[scenario.decision],
        "explanation": f"The sandbox's {what} for {scenario.decision}",
        "conditions": {"field": field, "operator": "==", "value": value},
    }
    return "custom_rules", document
