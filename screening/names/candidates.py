"""Which listed names are worth aligning: those whose best possible score is high enough, best first.

It only proposes. Everything is sized: what is read, what is handed on; no query can exceed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from screening.names.arrays import IndexArrays
from screening.names.gather import NO_IDS, Floats, Ids, gather
from screening.names.keys import identifier_key, letter_mask, squashed_key
from screening.names.similarity import edit_budget
from screening.names.variants import Variants

MOST_ALIGNED = 40
MOST_ALIGNED_TOKENS = 320
LETTERS_APART = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """The query as the bounds need it."""

    tokens: Sequence[str]
    variant_ids: Ids
    weight: float
    letters: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """Names worth aligning, most promising first, and how many shared anything at all."""

    names: tuple[int, ...]
    seen: int


def find_candidates(
    arrays: IndexArrays, tokens: Sequence[str], variants: Variants, identifiers: Sequence[str], minimum: float
) -> Candidates:
    """The names to align for these tokens; `minimum` is a share of 1."""
    sure = [*_same_squashed(arrays, tokens), *_same_identifier(arrays, identifiers)]
    ids, overlap = gather(arrays, variants)
    variant_ids = np.fromiter(variants.share, dtype=np.int32)
    lightest = {
        token: min(own, variants.usual.get(token, own))
        for token, own in zip(tokens, variants.weights, strict=True)
    }
    asked = Asked(tokens, variant_ids, sum(lightest.values()), letter_mask(tokens))
    promising = _promising(arrays, asked, ids, overlap, minimum)
    names = tuple(dict.fromkeys([*sure, *promising.tolist()]))
    most = min(MOST_ALIGNED, MOST_ALIGNED_TOKENS // len(tokens))
    return Candidates(names[: most + len(sure)], seen=max(len(ids), len(names)))


def _same_squashed(arrays: IndexArrays, tokens: Sequence[str]) -> list[int]:
    return _values(arrays.squashed, arrays.squashed_name, squashed_key(tokens))


def _same_identifier(arrays: IndexArrays, identifiers: Sequence[str]) -> list[int]:
    names: list[int] = []
    for folded in identifiers[:8]:
        for entity in _values(arrays.identifier, arrays.identifier_entity, identifier_key(folded)):
            names += arrays.names_of(entity)
    return names[:MOST_ALIGNED]


def _values(keys: npt.NDArray[np.uint32], values: Ids, key: int) -> list[int]:
    first = int(keys.searchsorted(np.uint32(key)))
    last = int(keys.searchsorted(np.uint32(key), side="right"))
    return [int(value) for value in values[first : min(last, first + MOST_ALIGNED)]]


def _promising(arrays: IndexArrays, asked: Asked, ids: Ids, overlap: Floats, minimum: float) -> Ids:
    """Names whose best possible score reaches the minimum, best first, and the one most alike in any case."""
    if not len(ids):
        return NO_IDS
    listed = arrays.name_weight[ids]
    shared = np.minimum(overlap[0], listed)
    agreeing = np.minimum(overlap[1], listed)
    alone_listed = listed - shared
    alone_query = np.maximum(np.float32(asked.weight) - shared, 0.0)
    mismatch = np.minimum(alone_listed, alone_query)
    whole = shared + mismatch + np.float32(0.2) * np.abs(alone_listed - alone_query)
    found = agreeing / whole
    hoped = (agreeing + np.float32(0.85) * mismatch) / whole
    letters = np.uint32(asked.letters)
    of_names = arrays.name_letters[ids]
    apart = np.minimum(np.bitwise_count(letters & ~of_names), np.bitwise_count(of_names & ~letters))
    worth = found >= minimum
    unsure = np.flatnonzero(~worth & (hoped >= minimum) & (apart <= LETTERS_APART))
    if len(unsure):
        worth[unsure] = _have_similar_token(arrays, asked, ids[unsure])
    chosen = np.flatnonzero(worth)
    if not len(chosen):
        chosen = found.argmax(keepdims=True)
    best = (-found[chosen]).argsort(kind="stable")[:MOST_ALIGNED]
    names: Ids = ids[chosen[best]]
    return names


def _have_similar_token(arrays: IndexArrays, asked: Asked, ids: Ids) -> npt.NDArray[np.bool_]:
    """Whether a name has a token, not found already, whose letters and length could be a misspelling of one
    asked for.
    """
    first = arrays.name_token_offset[ids]
    lengths = arrays.name_token_offset[ids + 1] - first
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    places = np.arange(lengths.sum()) + np.repeat(first - starts, lengths)
    tokens = arrays.name_token[places]
    letters, sizes = arrays.token_letters[tokens], arrays.token_length[tokens]
    similar = np.zeros(len(tokens), dtype=np.bool_)
    for token in asked.tokens:
        similar |= _could_be(token, letters, sizes)
    similar &= ~np.isin(tokens, asked.variant_ids)
    of_names: npt.NDArray[np.bool_] = np.logical_or.reduceat(similar, starts)
    return of_names


def _could_be(
    token: str, letters: npt.NDArray[np.uint32], sizes: npt.NDArray[np.int8]
) -> npt.NDArray[np.bool_]:
    mask = np.uint32(letter_mask([token]))
    if len(token) == 1:
        shares: npt.NDArray[np.bool_] = (letters & mask) != 0
        return shares
    budget = max(edit_budget(len(token)), 1)
    near: npt.NDArray[np.bool_] = (np.bitwise_count(letters ^ mask) <= 2 * budget) & (
        np.abs(sizes - len(token)) <= budget
    )
    near |= (sizes == 1) & ((letters & mask) != 0)
    return near
