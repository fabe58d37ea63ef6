"""Which listed tokens a query may mean: as they are, misspelled, respelled, joined, split. No names yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from screening.names.arrays import IndexArrays
from screening.names.keys import joins, misspelling_keys, own_key, skeleton_key, splits
from screening.names.similarity import EXACT, Likeness, likeness
from screening.names.vocabulary import WEAK_WEIGHTS

MOST_SAME_KEY = 48
UNKNOWN_TOKEN_WEIGHT = 1.0
JOINED_OWNER = -1


@dataclass(slots=True)
class Variants:
    """The listed tokens that a query's tokens may mean, and what was learned while finding them."""

    weights: list[float]
    """One weight a query token, in order."""

    share: dict[int, float] = field(default_factory=dict)
    """Listed token id -> similarity of the query token that it stands for."""

    owner: dict[int, int] = field(default_factory=dict)
    """Listed token id -> position of that query token."""

    usual: dict[str, float] = field(default_factory=dict)
    """Query token -> weight of the lightest listed token that it may mean."""

    memory: dict[tuple[str, str], Likeness] = field(default_factory=dict)

    def add(self, token_id: int, similarity: float, owner: int) -> None:
        if similarity > self.share.get(token_id, 0.0):
            self.share[token_id] = similarity
            self.owner[token_id] = owner


def find_variants(arrays: IndexArrays, tokens: Sequence[str]) -> Variants:
    """Look up every token as it is, misspelled, respelled, joined with its neighbour and split in two."""
    variants = Variants(weights=[WEAK_WEIGHTS.get(token, UNKNOWN_TOKEN_WEIGHT) for token in tokens])
    keys, owners = _token_keys(tokens)
    known: set[int] = set()
    for owner, token_id, text in _look_up(arrays, keys, owners):
        token = tokens[owner]
        found = variants.memory.get((token, text))
        if found is None:
            found = variants.memory[token, text] = likeness(token, text)
        if found[1] <= 0.0:
            continue
        variants.add(token_id, found[1], owner)
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
    """Neighbours that the list may write as one, and unknown tokens that it may write as two; exact parts
    only.
    """
    wholes = joins(tokens)
    halves = [
        (owner, *half) for owner, token in enumerate(tokens) if owner not in known for half in splits(token)
    ]
    wanted = [*wholes, *(part for _, *parts in halves for part in parts)]
    if not wanted:
        return
    suggested = _look_up(arrays, [own_key(text) for text in wanted], range(len(wanted)))
    found = {text: token_id for place, token_id, text in suggested if text == wanted[place]}
    for whole in wholes:
        if whole in found:
            variants.add(found[whole], 1.0, JOINED_OWNER)
    for owner, left, right in halves:
        if left in found and right in found:
            variants.add(found[left], 1.0, owner)
            variants.add(found[right], 1.0, owner)
