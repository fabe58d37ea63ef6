"""Short ways to write a rule, run it and read what became of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from screening.packs import load_pack
from screening.rules.aggregates import Aggregate, matches
from screening.rules.compile import Outcome, Slots, compile_rules
from screening.rules.parse import RuleProblems, parse_rule
from screening.rules.rule import Rule

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LISTS = {"fatf_call_for_action": frozenset({"KP", "IR", "MM"})}
Transaction = Mapping[str, Any]  # field values, and `hours_ago`


def rule(
    conditions: Any = None, layer: Any = "custom_rules", bypassed_until: Any = None, **more: Any
) -> Rule:
    document = {"code": "R-1", "name": "A rule", "scoreContribution": 10, "conditions": conditions, **more}
    return parse_rule(
        {key: value for key, value in document.items() if value is not None},
        country_lists=LISTS,
        rule_id="rul_1",
        version=1,
        layer=layer,
        bypassed_until=bypassed_until,
    )


def problems(conditions: Any = None, **more: Any) -> dict[str, str]:
    """What is wrong with a rule, by path."""
    try:
        rule(conditions, **more)
    except RuleProblems as refused:
        return {problem.path: problem.message for problem in refused.problems}
    return {}


def run(rules: Sequence[Rule], values: Transaction, aggregates: Any = None, now: datetime = NOW) -> Outcome:
    """Run rules on field values; `aggregates` is one value for all, or a function of the aggregate."""
    slots = Slots()
    compiled = compile_rules(rules, slots)
    numbers = [aggregates(a) if callable(aggregates) else aggregates for a in slots.aggregates]
    return compiled.run([values.get(name) for name in slots.fields], numbers, now)


def state(conditions: Any, values: Transaction, aggregates: Any = None, **more: Any) -> str:
    """The letter that one rule ends in."""
    return run([rule(conditions, **more)], values, aggregates).states


class PackDesk:
    """A pack's rules, run on a customer's transactions with aggregates counted here, one by one."""

    def __init__(self, code: str) -> None:
        self.pack = load_pack(code)
        self.rules = {
            document["code"]: parse_rule(
                document,
                country_lists=self.pack.country_lists,
                rule_id=document["code"],
                version=1,
                layer=layer,
            )
            for layer, document in self.pack.rules
        }

    def state(self, code: str, current: Transaction, earlier: Sequence[Transaction] = ()) -> str:
        return self._run(code, current, earlier).states

    def variant(self, code: str, current: Transaction, earlier: Sequence[Transaction] = ()) -> int | None:
        hits = self._run(code, current, earlier).triggered
        return hits[0][1] if hits else None

    def triggered(self, current: Transaction, earlier: Sequence[Transaction] = ()) -> set[str]:
        return {code for code in self.rules if self.state(code, current, earlier) == "T"}

    def _run(self, code: str, current: Transaction, earlier: Sequence[Transaction]) -> Outcome:
        history = [*earlier, current]
        return run([self.rules[code]], current, lambda aggregate: counted(aggregate, history))


def counted(aggregate: Aggregate, history: Sequence[Transaction]) -> Any:
    """An aggregate over transactions held in memory; the last is the current one."""
    inside = [
        one
        for one in history
        if one.get("hours_ago", 0) * 3600 <= aggregate.window_seconds and matches(aggregate, one)
    ]
    if aggregate.function == "count":
        return len(inside)
    return sum((one["amount"] for one in inside), Decimal(0))


def money(amount: int | str) -> Decimal:
    return Decimal(amount)
