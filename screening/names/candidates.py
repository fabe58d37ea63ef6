"""Which listed names are worth aligning: those whose best possible score is high enough, best first.

It only proposes. Everything is sized: what is read, what is handed on; no query can exceed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screening.names.arrays import Ids, IndexArrays
from screening.names.bounds import Words, bounds, has_similar_word
from screening.names.build import KIND_SHIFT, KINDS
from screening.names.gather import Sharing, gather
from screening.names.keys import identifier_key, squashed_key
from screening.names.slates import Slates
from screening.names.variants import NO_IDS, Variants

MOST_ALIGNED = 40
MOST_ALIGNED_TOKENS = 320
MOST_SURE = 40
SANCTIONED = KINDS.index("sanctions")


@dataclass(frozen=True, slots=True)
class Candidates:
    """Names worth aligning, most promising first, and how many shared anything at all."""

    names: tuple[int, ...]
    seen: int


def find_candidates(
    arrays: IndexArrays, slates: Slates, variants: Variants, identifiers: Sequence[str], minimum: float
) -> Candidates:
    """The names to align; `minimum` is a share of 1. The same name and the same identifier always come along."""
    sure = arrays.squashed_names(squashed_key(variants.tokens), MOST_SURE) + _identified(arrays, identifiers)
    sharing = gather(arrays, slates, variants)
    promising = _promising(arrays, slates, variants, sharing, minimum)
    if len(promising) > 1:
        most = min(MOST_ALIGNED, MOST_ALIGNED_TOKENS // len(variants.tokens))
        promising = _fitting(arrays, promising, most)
    names = tuple(dict.fromkeys([*sure, *promising.tolist()]))
    return Candidates(names, seen=max(len(sharing.names), len(names)))


def _identified(arrays: IndexArrays, identifiers: Sequence[str]) -> list[int]:
    names: list[int] = []
    for folded in identifiers:
        for entity in arrays.identified_entities(identifier_key(folded), MOST_SURE):
            names += arrays.names_of(entity)
    return names[:MOST_SURE]


def _promising(
    arrays: IndexArrays, slates: Slates, variants: Variants, sharing: Sharing, minimum: float
) -> Ids:
    """Names whose best possible score reaches the minimum, best first; where none does, the one most alike."""
    if not len(sharing.names):
        return NO_IDS
    words = Words.read(arrays, slates, variants, sharing.names)
    limits = bounds(arrays, variants, sharing.owners, words)
    worth = limits.found >= minimum
    unsure = ~worth & (limits.hoped >= minimum)
    if unsure.any():
        worth[unsure] = has_similar_word(arrays, variants, sharing.owners[unsure], words.of(unsure))
    chosen = worth.nonzero()[0]
    if not len(chosen):
        best = int(limits.found.argmax())
        return sharing.names[best : best + 1]
    ranked: Ids = sharing.names[chosen[(-limits.found[chosen]).argsort(kind="stable")]]
    return ranked


def _fitting(arrays: IndexArrays, names: Ids, most: int) -> Ids:
    """The most promising names; half of the places are kept for sanctioned ones, which no crowd may hide."""
    if len(names) <= most:
        return names
    sanctioned = (arrays.name_class[names] >> KIND_SHIFT) == SANCTIONED
    kept = sanctioned.nonzero()[0][: most // 2]
    others = np.setdiff1d(np.arange(len(names)), kept)[: most - len(kept)]
    fitting: Ids = names[np.sort(np.concatenate((kept, others)))]
    return fitting
