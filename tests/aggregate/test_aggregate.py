"""From the layers' answers to one score and one decision, with the numbers of the page; no database."""

from decimal import Decimal
from typing import Any

import pytest

from screening.aggregate import aggregate, weighted_floor
from screening.decide import decide
from screening.layers.result import Hit, LayerResult, Outcome
from screening.policy import DEFAULTS, LAYER_NAMES, Policy, merged, parse_policy

WEIGHTS = parse_policy(DEFAULTS).weights


def policy(**fields: Any) -> Policy:
    return parse_policy(merged(DEFAULTS, fields))


def hit(points: int, action: str = "alert", code: str = "RULE", drafts: tuple[str, ...] = ()) -> Hit:
    return Hit(
        rule_id="1",
        rule_code=code,
        rule_name=code,
        rule_version=1,
        layer="custom_rules",
        severity="low",
        action=action,
        points=points,
        line="",
        compared=(),
        drafts=drafts,
    )


def layers(missing: tuple[str, ...] = (), **given: Any) -> dict[str, LayerResult]:
    """Six clean layers; `given` maps a layer to its score, or to (score, outcome), or to a whole result."""
    found = {}
    for name in LAYER_NAMES:
        value = given.get(name, 0)
        if isinstance(value, LayerResult):
            found[name] = value
        else:
            score, outcome = value if isinstance(value, tuple) else (value, Outcome.PASS)
            failure = "deadline" if name in missing else ""
            found[name] = LayerResult(name, Decimal(score), outcome, failure=failure)
    return found


def rules(*hits: Hit) -> LayerResult:
    return LayerResult(
        "custom_rules", Decimal(min(sum(one.points for one in hits), 100)), Outcome.PASS, hits=hits
    )


def decided(given: dict[str, LayerResult], **fields: Any) -> Any:
    chosen = policy(**fields)
    return decide(aggregate(given, chosen), given, chosen)


# -- Weighted floor


@pytest.mark.parametrize("name", LAYER_NAMES)
def test_a_layer_at_95_among_five_clean_ones_gives_76(name: str) -> None:
    scores = {other: Decimal(95 if other == name else 0) for other in LAYER_NAMES}
    assert weighted_floor(scores, WEIGHTS) == 76


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((0, 0, 0, 0, 0, 0), "0"),
        ((100, 100, 100, 100, 100, 100), "100"),
        ((50, 50, 50, 50, 50, 50), "50"),
        # (90 + 78 + 72 + 60 + 60 + 24) / 6.8 = 56.47 is above 60 x 0.8
        ((60, 60, 60, 60, 60, 30), "56.47"),
        # 30 x 0.8
        ((30, 0, 0, 0, 0, 0), "24"),
        # (150 + 130 + 0 + 0 + 0 + 0) / 6.8 = 41.18 is below 80
        ((100, 100, 0, 0, 0, 0), "80"),
        # (150 + 130 + 120 + 95 + 70 + 56) / 6.8 = 91.32
        ((100, 100, 100, 95, 70, 70), "91.32"),
    ],
)
def test_the_score_is_the_weighted_average_or_80_percent_of_the_highest(
    scores: tuple[int, ...], expected: str
) -> None:
    """In the order of the page: regulatory, kyc, custom_rules, sanctions, decision_engine, behavioral."""
    given = {name: Decimal(score) for name, score in zip(LAYER_NAMES, scores, strict=True)}
    assert weighted_floor(given, WEIGHTS) == Decimal(expected)


def test_the_weights_are_those_of_the_page() -> None:
    assert {name: str(weight) for name, weight in WEIGHTS.items()} == {
        "regulatory": "1.5",
        "kyc": "1.3",
        "custom_rules": "1.2",
        "sanctions": "1.0",
        "decision_engine": "1.0",
        "behavioral": "0.8",
    }


def test_a_layer_that_did_not_answer_counts_with_neither_score_nor_weight() -> None:
    """(50 x 1.5) / (6.8 - 1.3) = 13.64 is below 40, so make the rest count: all others at 50 give 50."""
    given = layers(("kyc",), **{name: 50 for name in LAYER_NAMES if name != "kyc"})
    assert aggregate(given, policy(aggregation="weighted_floor")) == 50


def test_where_no_layer_answered_the_score_is_nought() -> None:
    assert aggregate(layers(LAYER_NAMES), policy(aggregation="weighted_floor")) == 0


def test_weights_of_nought_leave_the_floor() -> None:
    weights = {name: Decimal(1 if name == "kyc" else 0) for name in LAYER_NAMES}
    assert weighted_floor({"sanctions": Decimal(95)}, weights) == 76


@pytest.mark.parametrize(
    ("score", "outcome", "level"),
    [
        (0, Outcome.PASS, "low"),
        ("37.48", Outcome.PASS, "low"),
        ("37.5", Outcome.REVIEW, "medium"),
        ("74.98", Outcome.REVIEW, "medium"),
        (75, Outcome.ESCALATE, "high"),
        ("99.98", Outcome.ESCALATE, "high"),
        (100, Outcome.BLOCK, "critical"),
    ],
)
def test_the_bands_begin_at_30_60_and_80(score: Any, outcome: Outcome, level: str) -> None:
    """One layer at `score` gives 80% of it: 37.5 is 30, 75 is 60, 100 is 80."""
    decision = decided(layers(kyc=score), aggregation="weighted_floor")
    assert (decision.outcome, decision.risk_level) == (outcome, level)


@pytest.mark.parametrize("forced", [Outcome.REVIEW, Outcome.ESCALATE, Outcome.BLOCK])
def test_the_most_severe_outcome_of_any_layer_wins_over_the_band(forced: Outcome) -> None:
    decision = decided(layers(sanctions=(0, forced)), aggregation="weighted_floor")
    assert decision.outcome is forced
    assert decision.risk_level == ("low", "medium", "high", "critical")[forced]


def test_the_outcome_of_a_layer_that_did_not_answer_does_not_count() -> None:
    given = layers(sanctions=LayerResult("sanctions", Decimal(95), Outcome.BLOCK, failure="deadline"))
    assert decided(given, aggregation="weighted_floor").outcome is Outcome.PASS


# -- Sum


def test_the_sum_is_that_of_every_hit_and_is_not_capped() -> None:
    given = layers(custom_rules=rules(hit(100), hit(45), hit(35)))
    assert decided(given).risk_score == 180


def test_layers_without_rules_add_nothing_to_the_sum() -> None:
    given = layers(kyc=(90, Outcome.BLOCK), sanctions=(95, Outcome.BLOCK), behavioral=(80, Outcome.BLOCK))
    decision = decided(given)
    assert (decision.risk_score, decision.outcome, decision.risk_level) == (0, Outcome.PASS, "low")


@pytest.mark.parametrize(
    ("points", "outcome", "level", "sar"),
    [
        (39, Outcome.PASS, "low", False),
        (40, Outcome.REVIEW, "medium", False),
        (69, Outcome.REVIEW, "medium", False),
        (70, Outcome.ESCALATE, "high", False),
        (89, Outcome.ESCALATE, "high", False),
        (90, Outcome.ESCALATE, "critical", True),
        (500, Outcome.ESCALATE, "critical", True),
    ],
)
def test_the_thresholds_of_the_sum_are_40_70_and_90(
    points: int, outcome: Outcome, level: str, sar: bool
) -> None:
    decision = decided(layers(custom_rules=rules(hit(points))))
    assert (decision.outcome, decision.risk_level) == (outcome, level)
    assert decision.drafts == ((("SAR", "policy"),) if sar else ())


@pytest.mark.parametrize(
    ("points", "level"),
    [(39, "low"), (40, "medium"), (69, "medium"), (70, "high"), (89, "high"), (90, "critical")],
)
def test_the_level_does_not_move_with_the_threshold_of_escalation(points: int, level: str) -> None:
    """The us pack escalates at 90 and drafts at 95; a score of 87 is high and a review."""
    decision = decided(layers(custom_rules=rules(hit(points))), txEscalateScore=90, txSarScore=95)
    assert decision.risk_level == level
    assert decision.outcome is (
        Outcome.PASS if points < 40 else Outcome.ESCALATE if points >= 90 else Outcome.REVIEW
    )


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("alert", Outcome.PASS),
        ("review", Outcome.REVIEW),
        ("escalate", Outcome.ESCALATE),
        ("block", Outcome.BLOCK),
    ],
)
def test_an_action_forces_its_severity(action: str, outcome: Outcome) -> None:
    assert decided(layers(custom_rules=rules(hit(0, action)))).outcome is outcome


def test_a_more_severe_one_always_wins() -> None:
    assert decided(layers(custom_rules=rules(hit(70, "review")))).outcome is Outcome.ESCALATE
    assert (
        decided(layers(custom_rules=rules(hit(1, "block"), hit(1, "alert"), hit(1, "review")))).outcome
        is Outcome.BLOCK
    )


# -- Missing layers, drafts


def test_missing_layers_are_named_in_the_order_of_the_page() -> None:
    decision = decided(layers(("behavioral", "kyc")))
    assert decision.partial is True
    assert decision.missing_layers == ("kyc", "behavioral")
    assert decision.failed_closed is False


def test_a_layer_that_must_answer_makes_a_review_and_never_softens_more() -> None:
    assert decided(layers(("sanctions",)), failClosed=["sanctions"]).outcome is Outcome.REVIEW
    assert decided(layers(("sanctions",)), failClosed=["kyc"]).outcome is Outcome.PASS
    severe = layers(("sanctions",), custom_rules=rules(hit(100, "block")))
    assert decided(severe, failClosed=["sanctions"]).outcome is Outcome.BLOCK


def test_rules_ask_for_drafts_of_their_own_and_each_is_drafted_once() -> None:
    given = layers(
        custom_rules=rules(hit(1, code="A", drafts=("CTR",)), hit(1, code="B", drafts=("CTR", "FTR")))
    )
    assert [report for report, _ in decided(given).drafts] == ["CTR", "FTR"]
