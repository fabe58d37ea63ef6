"""The table of factors: shares, points and levels."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from screening.entity_risk.score import FACTORS, Facts, Network, score

NOW = datetime(2026, 11, 1, tzinfo=UTC)
NETWORK = Network(1, 2, 0.1, 1.0, 5, NOW)
WORST = Facts(
    payments=100,
    payments_recent=100,
    average_amount=10.0,
    average_amount_recent=100.0,
    cross_border=100,
    cash=100,
    counterparties=100,
    worst_decision="block",
    highest_score=100.0,
    alerts=10_000,
    network=NETWORK,
)


def points(facts: Facts) -> dict[str, float]:
    return {one.factor.name: one.points for one in score(facts).contributions}


def test_the_most_points_of_all_factors_add_up_to_a_hundred() -> None:
    assert sum(factor.most_points for factor in FACTORS) == 100
    assert len({factor.name for factor in FACTORS}) == len(FACTORS)


def test_nothing_known_is_nothing_and_everything_bad_is_nearly_everything() -> None:
    assert (score(Facts()).score, score(Facts()).level) == (0, "LOW")
    assert score(WORST).score == pytest.approx(100, abs=0.1)
    assert score(WORST).level == "CRITICAL"


def test_reports_are_no_part_of_the_score() -> None:
    for facts in (Facts(), WORST):
        assert score(replace(facts, reports=7)) == score(facts)


@pytest.mark.parametrize(
    ("factor", "facts", "expected"),
    [
        ("worst_decision_90d", Facts(worst_decision="review"), 12.5),
        ("worst_decision_90d", Facts(worst_decision="escalate"), 21.25),
        ("highest_score_90d", Facts(highest_score=65), 13),
        ("highest_score_90d", Facts(highest_score=250), 20),
        ("alerts_90d", Facts(alerts=1), 5),
        ("alerts_90d", Facts(alerts=2), 7.5),
        ("velocity_90d", Facts(payments=90, payments_recent=7), 0),
        ("velocity_90d", Facts(payments=90, payments_recent=21), 5),
        ("countries", Facts(payments=4, cross_border=1), 2.5),
        ("cash", Facts(payments=4, cash=2), 2.5),
        ("avg_transaction_size", Facts(average_amount=100, average_amount_recent=300), 2.5),
        ("avg_transaction_size", Facts(average_amount=100, average_amount_recent=50), 0),
        ("counterparties", Facts(counterparties=20), 1),
        ("network_centrality", Facts(network=replace(NETWORK, centrality=0.5)), 0),
        ("network_centrality", Facts(network=replace(NETWORK, centrality=0.95)), 2.5),
    ],
)
def test_a_factor_gives_its_share(factor: str, facts: Facts, expected: float) -> None:
    assert points(facts)[factor] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("highest", "worst", "level"),
    [(20, "pass", "LOW"), (100, "review", "MEDIUM"), (100, "block", "MEDIUM"), (0, "block", "MEDIUM")],
)
def test_levels_begin_at_their_thresholds(highest: float, worst: str, level: str) -> None:
    assert score(Facts(highest_score=highest, worst_decision=worst)).level == level
