"""The result of deciding one transaction: what is answered, stored, explained and repeated. Immutable, no Django.

It is stored whole (sealed) beside the columns that are counted over, so that a replay answers from it byte for byte.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from screening.context import Past, Profile
from screening.decide import ordered_hits
from screening.layers.result import Hit, LayerResult
from screening.policy import LAYER_NAMES
from screening.rule_trials.shadow_hit import ShadowHit


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """`layers` are in the order of LAYER_NAMES, `weights` those of the policy for them; `bypassed_rules` are the ids of
    the rules that a person had suspended at the time."""

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
    layers: tuple[LayerResult, ...]
    weights: tuple[Decimal, ...]
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
    # What the alert is about, and whether it was open already when this evaluation joined it.
    alert_key: str = ""
    joins_alert: bool = False
    # What shadow rules would have said; they decided nothing.
    shadow: tuple[ShadowHit, ...] = ()

    @property
    def is_pass(self) -> bool:
        return self.decision == "pass"

    @property
    def hits(self) -> list[Hit]:
        """Every hit, the most points first."""
        return ordered_hits(self.layers)

    @property
    def rule_states(self) -> str:
        """One letter a rule, in the order of the ruleset."""
        return "".join([layer.states for layer in self.layers])

    def layer(self, name: str) -> LayerResult:
        return self.layers[LAYER_NAMES.index(name)]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Evaluation)


def encode(evaluation: Evaluation) -> bytes:
    return _encoder.encode(evaluation)


def decode(stored: bytes) -> Evaluation:
    return _decoder.decode(stored)


def explanation_lines(evaluation: Evaluation) -> list[str]:
    """Why the score is what it is, one line per hit, the most points first; then what the other layers found."""
    lines = [hit.line for hit in evaluation.hits]
    for layer in evaluation.layers:
        if layer.name not in {"regulatory", "custom_rules"}:
            lines.extend(layer.reasons)
    if evaluation.missing_layers:
        lines.append(f"Not answered: {', '.join(evaluation.missing_layers)}")
    return lines
