"""The best score that a listed name can still reach, for many names at once and without comparing any text.

It must never be lower than what alignment finds by known variants: a name left out here is never seen again.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from screening.names.alignment import AGREEMENT_NEEDED, SURPLUS_COST
from screening.names.alike import alike
from screening.names.arrays import Bits, Floats, Ids, IndexArrays, stretches
from screening.names.gather import weight_table
from screening.names.keys import letter_mask
from screening.names.similarity import edit_budget
from screening.names.slates import Slates
from screening.names.variants import MOST_OWNERS, Variants

MOST_ALIKE_UNSUGGESTED = np.float32(0.89)
"""Two edits of a word of twenty letters; what is more alike, a key has suggested."""

UNFORGIVEN_COST = 0.5
"""Least that a word costs that only one side has, unless the rest of the names is forgiven for it."""

_UNFORGIVEN_MORE = np.float32(UNFORGIVEN_COST / SURPLUS_COST - 1.0)
_PLACES = np.arange(MOST_OWNERS)
_BITS = (1 << _PLACES).astype(np.uint8)

Choice = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of each name: the score by the variants known (0 to 1), and the score if its other words were alike, too."""

    found: Floats
    hoped: Floats


class Words:
    """The words of several names, one name after another, and how each is met by the query's variants."""

    __slots__ = ("begins", "lengths", "shares", "tokens")

    def __init__(self, tokens: Ids, shares: Floats, lengths: npt.NDArray[np.int64]) -> None:
        self.tokens, self.shares, self.lengths = tokens, shares, lengths
        self.begins = lengths.cumsum() - lengths

    @classmethod
    def read(cls, arrays: IndexArrays, slates: Slates, variants: Variants, names: Ids) -> "Words":
        first = arrays.name_token_offset[names].astype(np.int64)
        lengths = arrays.name_token_offset[names + 1] - first
        tokens = arrays.name_token[stretches(first, lengths)[0]]
        # A token that may stand for two of the query's counts as the one that it is most like.
        order = variants.shares.argsort()
        known = variants.ids[order]
        try:
            slates.shares[known] = variants.shares[order]
            shares = slates.shares[tokens]
        finally:
            slates.shares[known] = 0.0
        return cls(tokens, shares, lengths)

    def of(self, chosen: Choice) -> "Words":
        """The words of some of the names."""
        within = chosen.repeat(self.lengths)
        return Words(self.tokens[within], self.shares[within], self.lengths[chosen])

    def summed(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        sums: npt.NDArray[Any] = np.add.reduceat(values, self.begins)
        return sums


def bounds(arrays: IndexArrays, variants: Variants, owners: Bits, words: Words) -> Bounds:
    weights = arrays.token_weight[words.tokens]
    met = words.shares > 0.0
    agreeing = words.summed(weights * words.shares)
    shared = words.summed(weights * met)
    alone_listed = words.summed(weights) - shared
    owned = weight_table(variants.owner_weights)
    alone_query = (owned[-1] - owned)[owners]
    facing = np.minimum(alone_listed, alone_query)
    surplus = np.abs(alone_listed - alone_query) * np.float32(SURPLUS_COST)
    whole = shared + facing
    hoped = (agreeing + facing * MOST_ALIKE_UNSUGGESTED) / (whole + surplus)
    # A word that stands for one of the query's is met; one that is spelled in two halves is met by both.
    several = np.maximum(np.bitwise_count(owners), words.summed(met.view(np.int8))) > 1
    unforgiven = ~(several & (shared >= AGREEMENT_NEEDED))
    found = agreeing / (whole + surplus + unforgiven * surplus * _UNFORGIVEN_MORE)
    return Bounds(found, hoped)


def has_similar_word(arrays: IndexArrays, variants: Variants, owners: Bits, words: Words) -> Choice:
    """Which names have a word, not met yet, that is like a token of the query that they do not share yet."""
    missed = (words.shares <= 0.0).nonzero()[0]
    tokens = words.tokens[missed]
    free = owners.repeat(words.lengths)[missed] & _BITS[: len(variants.owning), None] == 0
    of_query, of_names = (_could_be(arrays, variants.owning, tokens) & free).nonzero()
    similar = np.zeros(len(words.tokens), dtype=np.bool_)
    ends = of_query.searchsorted(_PLACES[: len(variants.owning)], side="right").tolist()
    for token, begin, end in zip(variants.owning, [0, *ends], ends, strict=False):
        if end > begin:
            at = of_names[begin:end]
            shares = alike(arrays, token, tokens[at].tolist())
            similar[missed[at]] |= np.array(shares) > 0.0
    found: Choice = np.logical_or.reduceat(similar, words.begins)
    return found


def _could_be(arrays: IndexArrays, owning: tuple[str, ...], tokens: Ids) -> Choice:
    """For each token of the query the words whose letters and length allow that they are a misspelling or an
    initial of it, or it of them.
    """
    letters, sizes = arrays.token_letters[tokens], arrays.token_length[tokens]
    masks = np.array([letter_mask([token]) for token in owning], dtype=np.uint32)[:, None]
    lengths = np.array([len(token) for token in owning], dtype=np.int8)[:, None]
    budgets = np.array([max(edit_budget(len(token) + 1), 1) for token in owning], dtype=np.int8)[:, None]
    longer_by = np.abs(sizes - lengths)
    apart = np.bitwise_count(letters ^ masks)
    near: Choice = (apart <= 2 * budgets - longer_by) & (longer_by <= budgets)
    shortest = np.minimum(sizes, lengths) == 1
    if shortest.any():
        near |= shortest & (letters & masks != 0)
    return near
