"""Which listed tokens a query may mean: as they are, misspelled, respelled, joined, split. No names yet.

What a token may mean is remembered: the same given names come again and again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from screening.names.alike import alike
from screening.names.arrays import Bits, Floats, Ids, IndexArrays
from screening.names.keys import joins, misspelling_keys, own_key, skeleton_key, splits
from screening.names.vocabulary import WEAK_WEIGHTS

MOST_SAME_KEY = 256
MOST_REMEMBERED_TOKENS = 8192
MOST_OWNERS = 8
"""So many of a query's tokens look for names; longer names are told apart by these well enough."""

UNKNOWN_TOKEN_WEIGHT = 1.0

NO_IDS: Ids = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one token may mean: listed tokens, and how alike they are (0 to 1).

    `weight` is the token's own, or that of an unknown one; `usual` that of the most common token that it may
    mean.
    """

    ids: Ids
    shares: Floats
    weight: float
    usual: float


@dataclass(frozen=True, slots=True)
class Variants:
    """The listed tokens that a query may mean, once for every token of the query that each may stand for."""

    tokens: tuple[str, ...]
    weights: tuple[float, ...]
    usual: float
    """Weight of the query if each of its tokens were the most common one that it may mean."""

    ids: Ids
    shares: Floats
    owners: Bits
    """Which of the query's owning tokens a listed token stands for, one bit each; none for weak tokens."""

    owning: tuple[str, ...]
    """The tokens that look for names: behind each bit one, the first behind the lowest."""

    owner_weights: tuple[float, ...]


@dataclass(slots=True)
class _Sought:
    """One token that is not remembered: what may be meant by it, as far as found."""

    token: str
    halves: list[tuple[str, str]]
    suggested: set[int] = field(default_factory=set)
    """Ids of the listed tokens that its keys suggest."""


class VariantFinder:
    """Finds and remembers. Safe for any number of threads: a memory that is lost is only found again."""

    def __init__(self, arrays: IndexArrays) -> None:
        self._arrays = arrays
        self._remembered: dict[str, Meaning] = {}

    def find(self, tokens: tuple[str, ...]) -> Variants:
        remembered = self._remembered
        meanings = {token: remembered[token] for token in tokens if token in remembered}
        sought = [_Sought(token, _halves(token)) for token in dict.fromkeys(tokens) if token not in meanings]
        wholes = joins(tokens)
        listed = self._look_up(sought, wholes)
        if sought:
            found = {each.token: self._meaning(each, listed) for each in sought}
            if len(remembered) + len(found) > MOST_REMEMBERED_TOKENS:
                self._remembered = {}
            self._remembered.update(found)
            meanings |= found
        joined = {listed[whole]: parts for whole, parts in wholes.items() if whole in listed}
        return _composed(tokens, meanings, joined)

    def _look_up(self, sought: Sequence[_Sought], wholes: Iterable[str]) -> dict[str, int]:
        """Fill in what the tokens may mean; return the ids of joined and split words that are listed exactly so.
        One reading for all of it.
        """
        keys: list[int] = []
        owners: list[_Sought] = []
        for each in sought:
            own = _keys(each.token)
            keys += own
            owners += [each] * len(own)
        exact = [*wholes, *(part for each in sought for half in each.halves for part in half)]
        listed: dict[str, int] = {}
        text_of = self._arrays.token
        for source, token_id in self._arrays.suggested([*keys, *map(own_key, exact)], MOST_SAME_KEY):
            if source < len(owners):
                owners[source].suggested.add(token_id)
            elif text_of(token_id) == exact[source - len(owners)]:
                listed[exact[source - len(owners)]] = token_id
        return listed

    def _meaning(self, sought: _Sought, listed: Mapping[str, int]) -> Meaning:
        weight_of = self._arrays.weight
        suggested = sorted(sought.suggested)
        shares = alike(self._arrays, sought.token, suggested)
        meant = {token_id: share for token_id, share in zip(suggested, shares, strict=True) if share > 0.0}
        own = next((token_id for token_id, share in meant.items() if share == 1.0), None)
        weight = WEAK_WEIGHTS.get(sought.token, UNKNOWN_TOKEN_WEIGHT) if own is None else weight_of(own)
        usual = min([weight, *map(weight_of, meant)])
        if own is None:
            for left, right in sought.halves:
                if left in listed and right in listed:
                    meant |= {listed[left]: 1.0, listed[right]: 1.0}
        return Meaning(
            ids=np.array(list(meant), dtype=np.int32),
            shares=np.array(list(meant.values()), dtype=np.float32),
            weight=weight,
            usual=usual,
        )


def _keys(token: str) -> list[int]:
    own = [own_key(token)]
    if token not in WEAK_WEIGHTS:
        own += misspelling_keys(token)
        bones = skeleton_key(token)
        if bones is not None:
            own.append(bones)
    return own


def _halves(token: str) -> list[tuple[str, str]]:
    return [] if token in WEAK_WEIGHTS else splits(token)


def _composed(
    tokens: tuple[str, ...], meanings: Mapping[str, Meaning], joined: Mapping[int, tuple[str, ...]]
) -> Variants:
    owning = _owning(meanings)
    weak = [token for token in meanings if token not in owning]
    ids = [meanings[token].ids for token in (*owning, *weak)]
    shares = [meanings[token].shares for token in (*owning, *weak)]
    bits = {token: 1 << place for place, token in enumerate(owning)}
    owners = [bits.get(token, 0) for token in (*owning, *weak)]
    lengths = [len(found) for found in ids]
    if joined:
        ids.append(np.array(list(joined), dtype=np.int32))
        shares.append(np.ones(len(joined), dtype=np.float32))
        owners += [sum([bits.get(part, 0) for part in set(parts)]) for parts in joined.values()]
        lengths += [1] * len(joined)
    return Variants(
        tokens=tokens,
        weights=tuple([meanings[token].weight for token in tokens]),
        usual=sum([meaning.usual for meaning in meanings.values()]),
        ids=np.concatenate(ids),
        shares=np.concatenate(shares),
        owners=np.repeat(np.array(owners, dtype=np.uint8), lengths),
        owning=owning,
        owner_weights=tuple([meanings[token].weight for token in owning]),
    )


def _owning(meanings: Mapping[str, Meaning]) -> tuple[str, ...]:
    """The tokens that look for names: the rarest that mean something; all, where none does."""
    substantive = [token for token in meanings if token not in WEAK_WEIGHTS]
    ranked = sorted(substantive or meanings, key=lambda token: -meanings[token].weight)
    return tuple(ranked[:MOST_OWNERS])
