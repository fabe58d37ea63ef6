"""Evaluations that nobody sent, for what payments hardly ever are: layers away, forced outcomes, odd scores."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from ratel.identifiers import new_id
from screening.aggregate import aggregate
from screening.decide import Decision, decide
from screening.layers import kyc, sanctions
from screening.layers.bands import outcome_of
from screening.layers.result import OF_ACTION, Hit, LayerResult, Outcome, no_answer
from screening.models import Evaluation
from screening.policy import LAYER_NAMES, Policy, merged, parse_policy
from screening.what_if.forces import forces_of
from tests.cast import Bank

_RULES = ("regulatory", "custom_rules")
_BANDED = ("decision_engine", "behavioral")
KYC = sorted({*kyc.INDIVIDUAL.values(), *kyc.BUSINESS.values()})
LISTED = [(0, Outcome.PASS), *sanctions.SCORES.values(), sanctions.OTHER_LIST]


@dataclass(frozen=True)
class Judged:
    """What Python makes of an evaluation under a policy."""

    score: Decimal
    outcome: int
    drafts_sar: bool


def judged(layers: dict[str, LayerResult], policy: Policy) -> Judged:
    """The decision as `screening/evaluate.py` makes it; layers whose outcome is a band get that of the policy."""
    again = {
        name: LayerResult(name, layer.score, outcome_of(layer.score, policy.bands), failure=layer.failure)
        if name in _BANDED and layer.answered
        else layer
        for name, layer in layers.items()
    }
    score = aggregate(again, policy)
    decision: Decision = decide(score, again, policy)
    return Judged(score, int(decision.outcome), any(report == "SAR" for report, _ in decision.drafts))


@st.composite
def hits(draw: Any, layer: str) -> tuple[Hit, ...]:
    return tuple(
        Hit(
            rule_id=str(UUID(int=draw(st.integers(1, 6)))),
            rule_code="R",
            rule_name="R",
            rule_version=1,
            layer=layer,
            severity="low",
            action=draw(st.sampled_from(["alert", "alert", "alert", *OF_ACTION])),
            points=draw(st.integers(0, 60)),
            line="",
            compared=(),
            drafts=tuple(draw(st.lists(st.sampled_from(["SAR", "CTR"]), max_size=1))),
        )
        for _ in range(draw(st.integers(0, 3)))
    )


@st.composite
def layer_sets(draw: Any) -> dict[str, LayerResult]:
    """Any six layers: some away, scores with hundredths where a score may have them."""
    found: dict[str, LayerResult] = {}
    for name in LAYER_NAMES:
        if draw(st.integers(0, 7)) == 0:
            found[name] = no_answer(name, "deadline")
        elif name in _RULES:
            its = draw(hits(name))
            outcome = max((OF_ACTION[hit.action] for hit in its), default=Outcome.PASS)
            found[name] = LayerResult(
                name, Decimal(min(sum(hit.points for hit in its), 100)), outcome, hits=its
            )
        elif name in _BANDED:
            score = Decimal(draw(st.integers(0, 10_000))) / 100
            found[name] = LayerResult(name, score, Outcome.PASS)
        else:
            score, outcome = draw(st.sampled_from(KYC if name == "kyc" else LISTED))
            found[name] = LayerResult(name, Decimal(score), outcome)
    return found


@st.composite
def policies(draw: Any) -> Policy:
    review, escalate, sar = sorted(draw(st.lists(st.integers(0, 160), min_size=3, max_size=3)))
    hundredths = st.integers(0, 1_000_000)
    bands = sorted(Decimal(draw(hundredths)) / 10_000 for _ in range(3))
    weights = {
        name: float(Decimal(draw(st.one_of(st.sampled_from([0, 10_000]), st.integers(0, 30_000)))) / 10_000)
        for name in LAYER_NAMES
    }
    if not any(weights.values()):
        weights["kyc"] = 1.0
    return parse_policy(
        merged(
            {},
            {
                "aggregation": draw(st.sampled_from(["sum", "weighted_floor"])),
                "txReviewScore": review,
                "txEscalateScore": escalate,
                "txSarScore": sar,
                "bands": {
                    name: float(band)
                    for name, band in zip(("review", "escalate", "block"), bands, strict=True)
                },
                "weights": weights,
                "failClosed": draw(st.lists(st.sampled_from(LAYER_NAMES), unique=True, max_size=3)),
            },
        )
    )


def store(
    bank: Bank, pack: str, sets: list[dict[str, LayerResult]], at: datetime, **fields: Any
) -> list[UUID]:
    """Rows as the decision path writes them, decided at that time."""
    team = bank.teams[pack]
    rows = []
    for layers in sets:
        its = [hit for layer in layers.values() for hit in layer.hits]
        row = {
            "organisation_id": bank.id,
            "team_id": team.id,
            "transaction_id": new_id(),
            "customer_id": new_id(),
            "dialect": "native",
            "decided_at": at,
            "decision": "pass",
            "risk_score": 0,
            "risk_level": "low",
            "ruleset_id": new_id(),
            "policy_version": 1,
            "list_generation": "",
            "model_version": "",
            "partial": False,
            "missing_layers": [],
            "layer_scores": [layer.score if layer.answered else None for layer in layers.values()],
            "hit_rules": [UUID(hit.rule_id) for hit in its],
            "hit_points": [hit.points for hit in its],
            "forces": forces_of(its),
            "rule_states": "",
            "duration_us": 1,
            "sealed_detail": b"",
        }
        rows.append(Evaluation(**(row | fields)))
    with bank.seeing(pack):
        Evaluation.objects.bulk_create(rows)
    return [row.id for row in rows]
