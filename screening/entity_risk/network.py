"""Degree, weighted page rank and component size of every party of a payment graph. Pure: arrays in, arrays out.

An edge goes from who pays to who is paid; its weight is the money. Memory is a few arrays as long as the edges.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DAMPING: Final = 0.85
MOST_ITERATIONS: Final = 100
TOLERANCE: Final = 1e-10
Integers = NDArray[np.signedinteger[Any]]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """One element per party, in the order of `parties` (their keys, ascending)."""

    parties: Integers
    in_degree: Integers
    out_degree: Integers
    page_rank: Numbers
    centrality: Numbers
    component_size: Integers


def features(payers: Integers, payees: Integers, weights: Numbers) -> Features:
    """`payers` and `payees` are keys of parties, one pair per edge; an edge may be there more than once."""
    parties, places = np.unique(np.concatenate([payers, payees]), return_inverse=True)
    count, half = len(parties), len(payers)
    source, target, weight = _merged(places[:half], places[half:], weights, count)
    rank = page_rank(source, target, weight, count)
    return Features(
        parties=parties,
        in_degree=np.bincount(target, minlength=count),
        out_degree=np.bincount(source, minlength=count),
        page_rank=rank,
        centrality=np.searchsorted(np.sort(rank), rank, side="right") / max(count, 1),
        component_size=_component_sizes(source, target, count),
    )


def _merged(
    source: Integers, target: Integers, weights: Numbers, count: int
) -> tuple[Integers, Integers, Numbers]:
    """Each pair once, with its whole weight."""
    pairs, places = np.unique(source * count + target, return_inverse=True)
    merged: Numbers = np.bincount(places, weights, len(pairs)).astype(np.float64)
    return pairs // max(count, 1), pairs % max(count, 1), merged


def page_rank(source: Integers, target: Integers, weight: Numbers, count: int) -> Numbers:
    """By power iteration; whoever pays nobody passes its rank on to all alike. Adds up to one."""
    if count == 0:
        return np.zeros(0)
    paid = np.bincount(source, weight, count)
    share = weight / np.where(paid[source] > 0, paid[source], 1.0)
    is_dangling = paid <= 0
    rank = np.full(count, 1.0 / count)
    for _ in range(MOST_ITERATIONS):
        passed = np.bincount(target, rank[source] * share, count)
        following = (1 - DAMPING) / count + DAMPING * (passed + rank[is_dangling].sum() / count)
        has_settled = np.abs(following - rank).sum() < TOLERANCE
        rank = following
        if has_settled:
            break
    return rank


def _component_sizes(source: Integers, target: Integers, count: int) -> Integers:
    """How many parties each is connected with, itself included, whichever way the money went."""
    root: Any = np.arange(count)
    while True:
        left, right = root[source], root[target]
        if np.array_equal(left, right):
            break
        lower = np.minimum(left, right)
        np.minimum.at(root, left, lower)
        np.minimum.at(root, right, lower)
        # Everybody points to the end of their chain.
        while not np.array_equal(root, root[root]):
            root = root[root]
    sizes: Integers = np.bincount(root, minlength=count)[root]
    return sizes
