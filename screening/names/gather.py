"""The listed names that share anything with a query, and how much. Reading is bounded whatever the query."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from screening.names.alignment import SUBSTANTIVE_WEIGHT
from screening.names.arrays import IndexArrays
from screening.names.variants import Variants

Ids = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

MOST_POSTINGS = 3000
MOST_POSTINGS_OF_ONE_TOKEN = 20_000
MOST_COMMON_COMBINED = 4

NO_IDS: Ids = np.empty(0, dtype=np.int32)
NO_OVERLAP: Floats = np.empty((2, 0), dtype=np.float32)


def gather(arrays: IndexArrays, variants: Variants) -> tuple[Ids, Floats]:
    """Names that share a variant, with the weight of what they share; rarest tokens first, the very common
    only add.
    """
    ranked = sorted((arrays.posting_length(token_id), token_id) for token_id in variants.share)
    read: list[Ids] = []
    weights: list[tuple[float, float]] = []
    lengths: list[int] = []
    common: list[int] = []
    total = 0
    for length, token_id in ranked:
        if read and total + length > MOST_POSTINGS:
            common.append(token_id)
            continue
        posting = arrays.postings(token_id)[:MOST_POSTINGS_OF_ONE_TOKEN]
        read.append(posting)
        weights.append(_contribution(arrays, variants, token_id))
        lengths.append(len(posting))
        total += length
    for together in _names_with_two(arrays, variants, common):
        read.append(together)
        weights.append((0.0, 0.0))
        lengths.append(len(together))
    if not read:
        return NO_IDS, NO_OVERLAP
    ids, overlap = _summed(
        np.concatenate(read), np.repeat(np.array(weights, dtype=np.float32).T, lengths, axis=1)
    )
    for token_id in common:
        present = _members(arrays.postings(token_id), ids)
        overlap[:, present] += np.array([_contribution(arrays, variants, token_id)], dtype=np.float32).T
    return ids, overlap


def _names_with_two(arrays: IndexArrays, variants: Variants, common: Sequence[int]) -> Iterator[Ids]:
    """Names with two of the very common tokens: "muhammad ali" must be found though neither is rare."""
    heavy = [token_id for token_id in common if arrays.token_weight[token_id] >= SUBSTANTIVE_WEIGHT]
    for fewer, more in combinations(heavy[:MOST_COMMON_COMBINED], 2):
        if variants.owner[fewer] != variants.owner[more]:
            posting = arrays.postings(fewer)
            yield posting[_members(arrays.postings(more), posting)][:MOST_POSTINGS]


def _contribution(arrays: IndexArrays, variants: Variants, token_id: int) -> tuple[float, float]:
    """The weight that a name shares by this token, and the same lowered by how much the token is only
    alike.
    """
    weight: float = arrays.token_weight[token_id]
    return weight, weight * variants.share[token_id]


def _summed(ids: Ids, weights: Floats) -> tuple[Ids, Floats]:
    order = ids.argsort(kind="stable")
    ids = ids[order]
    starts = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
    return ids[starts], np.add.reduceat(weights[:, order], starts, axis=1)


def _members(posting: Ids, ids: Ids) -> npt.NDArray[np.bool_]:
    places = posting.searchsorted(ids)
    places[places == len(posting)] = 0
    present: npt.NDArray[np.bool_] = posting[places] == ids
    return present
