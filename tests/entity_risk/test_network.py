"""Degree, page rank and components, against plain loops and against what is known of small graphs."""

import random

import numpy as np
import pytest

from screening.entity_risk.network import DAMPING, Features, features


def of(edges: list[tuple[int, int, float]]) -> Features:
    payers, payees, weights = zip(*edges, strict=True) if edges else ((), (), ())
    return features(np.array(payers, np.int64), np.array(payees, np.int64), np.array(weights, np.float64))


def by_key(found: Features, column: str) -> dict[int, float]:
    return dict(zip(found.parties.tolist(), getattr(found, column).tolist(), strict=True))


def plain_rank(edges: list[tuple[int, int, float]], rounds: int = 200) -> dict[int, float]:
    parties = sorted({one for edge in edges for one in edge[:2]})
    paid = {one: sum(weight for source, _, weight in edges if source == one) for one in parties}
    rank = dict.fromkeys(parties, 1 / len(parties))
    for _ in range(rounds):
        lost = sum(rank[one] for one in parties if not paid[one])
        following = dict.fromkeys(parties, (1 - DAMPING) / len(parties) + DAMPING * lost / len(parties))
        for source, target, weight in edges:
            following[target] += DAMPING * rank[source] * weight / paid[source]
        rank = following
    return rank


def plain_components(edges: list[tuple[int, int, float]]) -> dict[int, int]:
    groups = {one: {one} for edge in edges for one in edge[:2]}
    for source, target, _ in edges:
        if groups[source] is not groups[target]:
            groups[source] |= groups[target]
            for one in groups[target]:
                groups[one] = groups[source]
    return {one: len(group) for one, group in groups.items()}


def test_no_payments_are_no_parties() -> None:
    assert len(of([]).parties) == 0


def test_a_pair_that_pays_often_is_one_neighbour_with_the_whole_money() -> None:
    found = of([(1, 2, 10.0), (1, 2, 30.0), (1, 3, 40.0)])
    assert by_key(found, "out_degree") == {1: 2, 2: 0, 3: 0}
    assert by_key(found, "in_degree") == {1: 0, 2: 1, 3: 1}
    ranks = by_key(found, "page_rank")
    assert ranks[2] == pytest.approx(ranks[3])


def test_who_is_paid_more_ranks_higher_and_the_highest_is_the_most_central() -> None:
    found = of([(1, 2, 90.0), (1, 3, 10.0)])
    ranks, centrality = by_key(found, "page_rank"), by_key(found, "centrality")
    assert ranks[2] > ranks[3] > ranks[1]
    assert (centrality[2], centrality[3], centrality[1]) == pytest.approx((1.0, 2 / 3, 1 / 3))


@pytest.mark.parametrize("seed", range(5))
def test_random_graphs_agree_with_plain_loops(seed: int) -> None:
    chosen = random.Random(seed)
    edges = [
        (chosen.randrange(-60, 60), chosen.randrange(-60, 60), chosen.uniform(0.01, 1000.0))
        for _ in range(90)
    ]
    found = of(edges)
    assert by_key(found, "page_rank") == pytest.approx(plain_rank(edges), abs=1e-8)
    assert by_key(found, "component_size") == plain_components(edges)
    assert found.page_rank.sum() == pytest.approx(1.0)


def test_a_long_chain_is_one_component() -> None:
    assert set(by_key(of([(n, n + 1, 1.0) for n in range(5_000)]), "component_size").values()) == {5_001}


def test_money_to_oneself_does_no_harm() -> None:
    found = of([(1, 1, 5.0), (2, 3, 1.0)])
    assert by_key(found, "component_size") == {1: 1, 2: 2, 3: 2}
    assert found.page_rank.sum() == pytest.approx(1.0)
