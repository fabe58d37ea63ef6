"""A rule as the engine holds it: parsed, checked, frozen.

It must never hold anything that changes while the rule is active (statistics, compiled code).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from screening.rules.nodes import Node

Lane = Literal["onboarding", "transaction", "ongoing"]
RuleType = Literal["threshold", "velocity", "pattern", "lookup"]
Severity = Literal["low", "medium", "high", "critical"]
Action = Literal["alert", "review", "escalate", "block"]
Layer = Literal["regulatory", "custom_rules"]
ReportCode = Literal["SAR", "CTR", "FTR"]

LANES: Final[tuple[Lane, ...]] = ("onboarding", "transaction", "ongoing")
RULE_TYPES: Final[tuple[RuleType, ...]] = ("threshold", "velocity", "pattern", "lookup")
SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high", "critical")
ACTIONS: Final[tuple[Action, ...]] = ("alert", "review", "escalate", "block")
REPORT_CODES: Final[tuple[ReportCode, ...]] = ("SAR", "CTR", "FTR")


@dataclass(frozen=True, slots=True)
class Variant:
    """One of a rule's ordered alternatives: the first that holds decides points, severity and action."""

    conditions: Node
    score_contribution: int
    severity: Severity
    action: Action
    explanation: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule version.

    With `variants`, `conditions` is the any-of of theirs and points, severity and action are those of the
    variant with the most points; ask `chosen(index)` for what a hit gives.
    """

    rule_id: str
    code: str
    name: str
    description: str
    lane: Lane
    category: str
    type: RuleType
    severity: Severity
    action: Action
    score_contribution: int
    conditions: Node
    applies_when: Node | None
    group_by: tuple[str, ...]
    variants: tuple[Variant, ...]
    explanation: str | None
    version: int
    layer: Layer
    drafts: tuple[ReportCode, ...] = ()
    bypassed_until: datetime | None = None
    tags: tuple[str, ...] = ()

    def chosen(self, variant_index: int) -> Variant:
        """What a hit of this variant gives; a rule without variants has exactly one, number 0."""
        if self.variants:
            return self.variants[variant_index]
        return Variant(self.conditions, self.score_contribution, self.severity, self.action, self.explanation)

    @property
    def alternatives(self) -> tuple[Node, ...]:
        """The conditions to try in order."""
        return tuple(variant.conditions for variant in self.variants) or (self.conditions,)

    @property
    def trees(self) -> tuple[Node, ...]:
        """Everything that the rule compares, `applies_when` first."""
        return self.alternatives if self.applies_when is None else (self.applies_when, *self.alternatives)

    @property
    def templates(self) -> tuple[str, ...]:
        """The explanation templates of the rule and of its variants."""
        written = (self.explanation, *(variant.explanation for variant in self.variants))
        return tuple(template for template in written if template is not None)
