"""The result of deciding one transaction: what is answered, stored, explained and repeated. Immutable, no Django.

It is stored whole (sealed) beside the columns that are counted over, so that a replay answers from it byte for byte.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from screening.context import Past, Profile
from screening.decide import Decision, ordered_hits
from screening.layers.result import Hit, LayerResult
from screening.policy import Policy


class LayerAnswer(msgspec.Struct, frozen=True):
    """One layer as it is shown and kept."""

    name: str
    score: Decimal
    weight: Decimal
    outcome: str
    reasons: tuple[str, ...]
    duration_us: int
    failure: str
    version: str
    evidence: dict[str, Any] | None

    @property
    def answered(self) -> bool:
        return not self.failure


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """`rule_states` is one letter a rule, in the order of the ruleset; `bypassed_rules` are the ids of those that a
    person had suspended at the time."""

    id: UUID
    transaction_id: UUID
    dialect: str
    decided_at: datetime
    decision: str
    risk_score: Decimal
    risk_level: str
    partial: bool
    missing_layers: tuple[str, ...]
    failed_closed: bool
    hits: tuple[Hit, ...]
    layers: tuple[LayerAnswer, ...]
    rule_states: str
    ruleset_id: UUID
    policy_version: int
    bypassed_rules: tuple[str, ...]
    list_generation: str
    model_version: str
    drafts: tuple[tuple[str, str], ...]
    alert_id: UUID | None
    case_id: UUID | None
    profile: Profile
    past: Past
    amount: Decimal | None
    duration_us: int

    @property
    def is_pass(self) -> bool:
        return self.decision == "pass"


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Evaluation)


def encode(evaluation: Evaluation) -> bytes:
    return _encoder.encode(evaluation)


def decode(stored: bytes) -> Evaluation:
    return _decoder.decode(stored)


def layer_answers(layers: dict[str, LayerResult], policy: Policy) -> tuple[LayerAnswer, ...]:
    return tuple(
        [
            LayerAnswer(
                name,
                layer.score,
                policy.weights[name],
                layer.outcome.code,
                layer.reasons,
                layer.duration_us,
                layer.failure,
                layer.version,
                layer.evidence,
            )
            for name, layer in layers.items()
        ]
    )


def hits_of(layers: dict[str, LayerResult]) -> tuple[Hit, ...]:
    return tuple(ordered_hits(layers))


def explanation_lines(evaluation: Evaluation) -> list[str]:
    """Why the score is what it is, one line per hit, the most points first; then what the other layers found."""
    lines = [hit.line for hit in evaluation.hits]
    for layer in evaluation.layers:
        if layer.name not in {"regulatory", "custom_rules"}:
            lines.extend(layer.reasons)
    if evaluation.missing_layers:
        lines.append(f"Not answered: {', '.join(evaluation.missing_layers)}")
    return lines


__all__ = [
    "Decision",
    "Evaluation",
    "LayerAnswer",
    "decode",
    "encode",
    "explanation_lines",
    "hits_of",
    "layer_answers",
]
