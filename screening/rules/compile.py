"""A ruleset made ready: compiled once per version, then run for every transaction.

A run must never raise because of a rule, never depend on anything but its arguments, and never let one rule
touch another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from screening.rules.aggregates import MISSING_GROUPING_KEY
from screening.rules.generate import GroupFunction, generate
from screening.rules.judge import STATE_NAMES, build_judge
from screening.rules.rule import Rule
from screening.rules.slots import Slots

__all__ = ["MISSING_GROUPING_KEY", "STATE_NAMES", "CompiledRules", "Outcome", "Slots", "compile_rules"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule group said: a letter a rule (see STATE_NAMES), the hits as (rule index, variant index), and
    for failed rules the class of the error."""

    states: str
    triggered: list[tuple[int, int]]
    errors: dict[int, str]


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """A rule group and its generated function."""

    rules: tuple[Rule, ...]
    function: GroupFunction

    def run(self, field_values: Sequence[Any], aggregate_values: Sequence[Any], now: datetime) -> Outcome:
        """Judge every rule. Values stand where `Slots` put their fields and aggregates; None means missing,
        MISSING_GROUPING_KEY that the aggregate's window cannot be grouped."""
        states = bytearray(b"N") * len(self.rules)
        triggered: list[tuple[int, int]] = []
        errors: dict[int, str] = {}
        self.function(field_values, aggregate_values, now, states, triggered, errors)
        return Outcome(states.decode("ascii"), triggered, errors)


def compile_rules(rules: Sequence[Rule], slots: Slots) -> CompiledRules:
    """Compile a group; what its rules read is added to `slots`, which other groups may share."""
    for rule in rules:
        slots.include(rule)
    judges = [build_judge(index, rule, slots) for index, rule in enumerate(rules)]
    return CompiledRules(tuple(rules), generate(rules, judges, slots))
