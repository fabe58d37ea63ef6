"""From the risk score and the layers to the decision: the policy's thresholds, and whatever forces a more severe one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from screening.layers.bands import outcome_of
from screening.layers.result import OF_ACTION, Hit, LayerResult, Outcome
from screening.policy import LAYER_NAMES, Policy

LEVELS: Final = ("low", "medium", "high", "critical")
# In `sum` mode, from which score a level begins (low ends where review begins).
HIGH_SCORE: Final = 70
CRITICAL_SCORE: Final = 90


@dataclass(frozen=True)
class Decision:
    """`drafts` names the reports to draft, each with what asked for it (a rule's code, or "policy")."""

    outcome: Outcome
    risk_score: Decimal
    risk_level: str
    partial: bool
    missing_layers: tuple[str, ...]
    failed_closed: bool
    drafts: tuple[tuple[str, str], ...]


def decide(score: Decimal, layers: Mapping[str, LayerResult], policy: Policy) -> Decision:
    missing = tuple([name for name in LAYER_NAMES if not layers[name].answered])
    failed_rules = any(layer.evidence and "failedRules" in layer.evidence for layer in layers.values())
    failed_closed = not policy.fail_closed.isdisjoint(missing)
    outcome = _outcome(score, layers, policy)
    if failed_closed:
        outcome = max(outcome, Outcome.REVIEW)
    return Decision(
        outcome=outcome,
        risk_score=score,
        risk_level=_level(score, outcome, policy),
        partial=bool(missing) or failed_rules,
        missing_layers=missing,
        failed_closed=failed_closed,
        drafts=_drafts(score, layers, policy),
    )


def ordered_hits(layers: Iterable[LayerResult]) -> list[Hit]:
    """Every hit, the most points first."""
    hits = [hit for layer in layers for hit in layer.hits]
    return sorted(hits, key=lambda hit: (-hit.points, hit.rule_code))


def _outcome(score: Decimal, layers: Mapping[str, LayerResult], policy: Policy) -> Outcome:
    """The threshold's outcome or the most severe forced one. The layers' own outcomes count in weighted_floor only:
    in `sum` a pack without a KYC rule must not punish an unknown KYC status."""
    if policy.aggregation == "sum":
        forced = [OF_ACTION[hit.action] for layer in layers.values() for hit in layer.hits]
        return max(_by_sum(score, policy), *forced, Outcome.PASS)
    outcomes = [layer.outcome for layer in layers.values() if layer.answered]
    return max(outcome_of(score, policy.bands), *outcomes, Outcome.PASS)


def _by_sum(score: Decimal, policy: Policy) -> Outcome:
    if score >= policy.escalate_score:
        return Outcome.ESCALATE
    return Outcome.REVIEW if score >= policy.review_score else Outcome.PASS


def _level(score: Decimal, outcome: Outcome, policy: Policy) -> str:
    if policy.aggregation == "weighted_floor":
        return LEVELS[max(outcome_of(score, policy.bands), outcome)]
    if score < policy.review_score:
        return LEVELS[0]
    if score < HIGH_SCORE:
        return LEVELS[1]
    return LEVELS[2] if score < CRITICAL_SCORE else LEVELS[3]


def _drafts(score: Decimal, layers: Mapping[str, LayerResult], policy: Policy) -> tuple[tuple[str, str], ...]:
    asked = {
        report: hit.rule_code for layer in layers.values() for hit in layer.hits for report in hit.drafts
    }
    if score >= policy.sar_score:
        asked["SAR"] = "policy"
    return tuple(asked.items())
