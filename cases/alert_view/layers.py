"""The score of an alert by layer, with what each weighs and how the total came about. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from screening.aggregate import FLOOR_SHARE
from screening.evaluation import Evaluation

WORDS: Final = {
    "regulatory": "Regulatory",
    "kyc": "KYC",
    "custom_rules": "Team rules",
    "sanctions": "Sanctions",
    "decision_engine": "Learned",
    "behavioral": "Behaviour",
}


@dataclass(frozen=True)
class LayerBar:
    """`weight` is None where the policy adds points up and weighs nothing; `failure` says why there is no score."""

    words: str
    score: Decimal
    weight: Decimal | None
    answered: bool
    failure: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Scores:
    """`how` is the sum in words; `measured` what the score is held against."""

    bars: tuple[LayerBar, ...]
    total: Decimal
    how: str
    measured: str


def scores_of(evaluation: Evaluation, policy: Mapping[str, Any]) -> Scores:
    adds_up = policy.get("aggregation", "sum") == "sum"
    bars = tuple(
        LayerBar(
            WORDS[layer.name],
            layer.score,
            None if adds_up else weight,
            layer.answered,
            layer.failure.replace("_", " "),
            layer.reasons,
        )
        for layer, weight in zip(evaluation.layers, evaluation.weights, strict=True)
    )
    if adds_up:
        return Scores(bars, evaluation.risk_score, _sum(evaluation), _of_sum(policy))
    return Scores(bars, evaluation.risk_score, _weighted(evaluation), _of_bands(policy))


def _sum(evaluation: Evaluation) -> str:
    points = [hit.points for hit in evaluation.hits]
    if not points:
        return "no rule added points"
    shown = " + ".join(str(one) for one in points[:4])
    more = f" and {len(points) - 4} more" if len(points) > 4 else ""
    return f"{shown}{more} points" if len(points) > 1 else f"{shown} points of one rule"


def _weighted(evaluation: Evaluation) -> str:
    answered = [
        (layer.score, weight)
        for layer, weight in zip(evaluation.layers, evaluation.weights, strict=True)
        if layer.answered
    ]
    total = sum((weight for _, weight in answered), Decimal(0))
    if not total:
        return "no layer answered"
    average = sum((score * weight for score, weight in answered), Decimal(0)) / total
    highest = max(score for score, _ in answered)
    return f"max({average:.1f}, {highest.normalize():f} x {FLOOR_SHARE})"


def _of_sum(policy: Mapping[str, Any]) -> str:
    if "txReviewScore" not in policy:
        return ""
    return f"review from {policy['txReviewScore']}, escalate from {policy['txEscalateScore']}"


def _of_bands(policy: Mapping[str, Any]) -> str:
    bands = policy.get("bands", {})
    if not bands:
        return ""
    return f"review from {bands['review']}, escalate {bands['escalate']}, block {bands['block']}"
