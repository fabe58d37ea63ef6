"""The decision policy as SQL: the same as `screening/aggregate.py` and `screening/decide.py`, over stored numbers.

All of it is whole numbers, so that it rounds as the decision did: scores in hundredths, weights and bands in
ten-thousandths. It must never disagree with those two; tests/what_if holds them against each other.
"""

from collections.abc import Mapping
from typing import Final

from screening.layers import kyc, sanctions
from screening.layers.result import Outcome
from screening.policy import LAYER_NAMES, Policy
from screening.what_if.forces import DRAFTS_SAR, OUTCOME_BITS

HUNDREDTHS: Final = 100
TEN_THOUSANDTHS: Final = 10_000
_WEIGHTS: Final = tuple(f"weight_{name}" for name in LAYER_NAMES)
# A policy as one row: its columns with their types.
POLICY_COLUMNS: Final = {
    "is_sum": "boolean",
    "review": "bigint",
    "escalate": "bigint",
    "sar": "bigint",
    "band_review": "bigint",
    "band_escalate": "bigint",
    "band_block": "bigint",
    **dict.fromkeys(_WEIGHTS, "bigint"),
    "closed": "boolean[]",
}


def policy_row(policy: Policy) -> tuple[object, ...]:
    """The policy in the order of POLICY_COLUMNS."""
    bands = policy.bands
    return (
        policy.aggregation == "sum",
        *[score * HUNDREDTHS for score in (policy.review_score, policy.escalate_score, policy.sar_score)],
        *[int(score * TEN_THOUSANDTHS) for score in (bands.review, bands.escalate, bands.block)],
        *[int(policy.weights[name] * TEN_THOUSANDTHS) for name in LAYER_NAMES],
        [name in policy.fail_closed for name in LAYER_NAMES],
    )


def _each(template: str, joined: str) -> str:
    return joined.join(template.format(layer=name, place=place) for place, name in enumerate(LAYER_NAMES, 1))


def _stated(column: str, scores: Mapping[int, Outcome]) -> str:
    """The outcome that a layer states with its score."""
    cases = " ".join(f"WHEN {score * HUNDREDTHS} THEN {int(outcome)}" for score, outcome in scores.items())
    return f"CASE {column} {cases} END"


def _band(score: str) -> str:
    """The band of a score in hundredths, as an outcome; null for a layer that did not answer."""
    edges = ("band_review", "band_escalate", "band_block")
    return " + ".join(f"({score} * {HUNDREDTHS} >= p.{edge})::int" for edge in edges)


KYC_OUTCOMES: Final = dict([*kyc.INDIVIDUAL.values(), *kyc.BUSINESS.values()])
SANCTIONS_OUTCOMES: Final = dict([*sanctions.SCORES.values(), sanctions.OTHER_LIST])
_TOTAL_WEIGHT: Final = _each("CASE WHEN g.{layer} IS NULL THEN 0 ELSE p.weight_{layer} END", " + ")
_WEIGHTED: Final = _each("COALESCE(g.{layer} * p.weight_{layer}, 0)", " + ")
_HIGHEST: Final = f"COALESCE(GREATEST({_each('g.{layer}', ', ')}), 0)"
_OUTCOMES: Final = ", ".join(
    [
        _band("j.score"),
        f"g.forces & {OUTCOME_BITS}",
        _stated("g.kyc", KYC_OUTCOMES),
        _stated("g.sanctions", SANCTIONS_OUTCOMES),
        _band("g.decision_engine"),
        _band("g.behavioral"),
    ]
)
_FAILED_CLOSED: Final = _each("p.closed[{place}] AND g.{layer} IS NULL", " OR ")

# Joins to a relation `g` of stored numbers and a relation `p` of policies: gives `j.score`, `o.outcome`, `o.drafts_sar`.
# `OFFSET 0` has each computed once instead of wherever it is read.
# Half of the divisor is added before a division: it rounds half up, as the decision did.
JUDGED: Final = f"""
    CROSS JOIN LATERAL (SELECT {_WEIGHTED} AS weighted, {_TOTAL_WEIGHT} AS total OFFSET 0) w
    CROSS JOIN LATERAL (SELECT CASE WHEN p.is_sum THEN g.points::bigint * {HUNDREDTHS} ELSE GREATEST(
        CASE WHEN w.total > 0 THEN (2 * w.weighted + w.total) / (2 * w.total) ELSE 0 END,
        ({_HIGHEST} * 8 + 5) / 10) END AS score OFFSET 0) j
    CROSS JOIN LATERAL (SELECT GREATEST(
        CASE WHEN p.is_sum
            THEN GREATEST((j.score >= p.review)::int + (j.score >= p.escalate)::int, g.forces & {OUTCOME_BITS})
            ELSE GREATEST({_OUTCOMES}) END,
        ({_FAILED_CLOSED})::int) AS outcome,
        j.score >= p.sar OR g.forces & {DRAFTS_SAR} > 0 AS drafts_sar) o"""

# The stored numbers of an evaluation `e`, as columns of `g`.
_SCORES: Final = _each("(e.layer_scores[{place}] * 100)::int AS {layer}", ", ")
STORED: Final = (
    f"{_SCORES}, (SELECT COALESCE(sum(one), 0)::int FROM unnest(e.hit_points) one) AS points, e.forces"  # noqa: S608
)
