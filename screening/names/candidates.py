"""Which listed names are worth aligning with a query: found through rare tokens and their misspellings,
bounded, best first.

It only proposes. Everything is sized: keys a token, variants, postings read, names handed on; no query can
exceed them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from screening.names.arrays import IndexArrays
from screening.names.keys import (
    identifier_key,
    joins,
    letter_mask,
    misspelling_keys,
    own_key,
    skeleton_key,
    splits,
    squashed_key,
)
from screening.names.similarity import EXACT, Likeness, edit_budget, likeness
from screening.names.vocabulary import WEAK_WEIGHTS

Ids = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

MOST_SAME_KEY = 48
MOST_POSTINGS = 3000
MOST_POSTINGS_OF_ONE_TOKEN = 20_000
MOST_ALIGNED = 40
MOST_ALIGNED_TOKENS = 320
LETTERS_APART = 2
UNKNOWN_TOKEN_WEIGHT = 1.0

NO_IDS: Ids = np.empty(0, dtype=np.int32)
NO_OVERLAP: Floats = np.empty((2, 0), dtype=np.float32)


@dataclass(slots=True)
class Variants:
    """The listed tokens that a query's tokens may mean, and what was learned while finding them."""

    weights: list[float]
    """One weight a query token, in order."""

    share: dict[int, float] = field(default_factory=dict)
    """Listed token id -> similarity of the query token that it stands for."""

    usual: dict[str, float] = field(default_factory=dict)
    """Query token -> weight of the lightest listed token that it may mean."""

    memory: dict[tuple[str, str], Likeness] = field(default_factory=dict)


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


def find_variants(arrays: IndexArrays, tokens: Sequence[str]) -> Variants:
    """Look up every token as it is, misspelled, respelled, joined with its neighbour and split in two."""
    variants = Variants(weights=[WEAK_WEIGHTS.get(token, UNKNOWN_TOKEN_WEIGHT) for token in tokens])
    keys, owners = _token_keys(tokens)
    known: set[int] = set()
    for owner, token_id, text in _look_up(arrays, keys, owners):
        if owner >= len(tokens):
            continue
        token = tokens[owner]
        found = variants.memory.get((token, text))
        if found is None:
            found = variants.memory[token, text] = likeness(token, text)
        if found[1] <= 0.0:
            continue
        variants.share[token_id] = max(found[1], variants.share.get(token_id, 0.0))
        weight = arrays.token_weight[token_id]
        variants.usual[token] = min(weight, variants.usual.get(token, weight))
        if found[0] == EXACT:
            known.add(owner)
            variants.weights[owner] = weight
    _add_joined(arrays, tokens, known, variants)
    return variants


def _token_keys(tokens: Sequence[str]) -> tuple[list[int], list[int]]:
    keys: list[int] = []
    owners: list[int] = []
    for owner, token in enumerate(tokens):
        own = [own_key(token)]
        if token not in WEAK_WEIGHTS:
            own += misspelling_keys(token)
            bones = skeleton_key(token)
            if bones is not None:
                own.append(bones)
        keys += own
        owners += [owner] * len(own)
    return keys, owners


def _look_up(
    arrays: IndexArrays, keys: Sequence[int], owners: Sequence[int]
) -> Iterator[tuple[int, int, str]]:
    """Owner, token id and text of everything that the keys suggest, each owner and token once."""
    wanted = np.array(keys, dtype=np.uint32)
    first = arrays.key.searchsorted(wanted)
    last = arrays.key.searchsorted(wanted, side="right")
    seen: set[tuple[int, int]] = set()
    for place in np.flatnonzero(last > first).tolist():
        owner = owners[place]
        begin = int(first[place])
        for token_id in arrays.key_token[begin : min(int(last[place]), begin + MOST_SAME_KEY)].tolist():
            if (owner, token_id) not in seen:
                seen.add((owner, token_id))
                yield owner, token_id, arrays.token(token_id)


def _add_joined(arrays: IndexArrays, tokens: Sequence[str], known: set[int], variants: Variants) -> None:
    """ "abd al rahman" for "abdalrahman" and the other way round, by exact parts only."""
    wanted = joins(tokens)
    halves = [half for owner, token in enumerate(tokens) if owner not in known for half in splits(token)]
    wanted += [part for half in halves for part in half]
    if not wanted:
        return
    suggested = _look_up(arrays, [own_key(text) for text in wanted], range(len(wanted)))
    found = {text: token_id for owner, token_id, text in suggested if text == wanted[owner]}
    for whole in joins(tokens):
        if whole in found:
            variants.share[found[whole]] = 1.0
    for left, right in halves:
        if left in found and right in found:
            variants.share[found[left]] = variants.share[found[right]] = 1.0


def find_candidates(
    arrays: IndexArrays, tokens: Sequence[str], variants: Variants, identifiers: Sequence[str], minimum: float
) -> Candidates:
    """The names to align for these tokens; `minimum` is a share of 1."""
    sure = [*_same_squashed(arrays, tokens), *_same_identifier(arrays, identifiers)]
    ids, overlap = _gather(arrays, variants)
    variant_ids = np.fromiter(variants.share, dtype=np.int32)
    weight = sum(
        {
            token: min(own, variants.usual.get(token, own))
            for token, own in zip(tokens, variants.weights, strict=True)
        }.values()
    )
    asked = Asked(tokens, variant_ids, weight, letter_mask(tokens))
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


def _gather(arrays: IndexArrays, variants: Variants) -> tuple[Ids, Floats]:
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
    if not read:
        return NO_IDS, NO_OVERLAP
    ids, overlap = _summed(
        np.concatenate(read), np.repeat(np.array(weights, dtype=np.float32).T, lengths, axis=1)
    )
    for token_id in common:
        present = _members(arrays.postings(token_id), ids)
        overlap[:, present] += np.array([_contribution(arrays, variants, token_id)], dtype=np.float32).T
    return ids, overlap


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
