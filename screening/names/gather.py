"""The listed names that share anything with a query. Reading is bounded whatever the query.

Tokens are read rarest first: a name that shares a rare one is kept for that alone, a name that shares only
common ones when it shares several, "muhammad ali" for instance.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from screening.names.arrays import Bits, Ids, IndexArrays, stretches
from screening.names.slates import Slates
from screening.names.variants import NO_IDS, Variants

MOST_POSTINGS = 3000
MOST_COMMON_POSTINGS = 200_000
MOST_SHARING_SEVERAL = 4000

Places = npt.NDArray[np.int64]
Choice = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sharing:
    """Names, each once and in order, and which of the query's owning tokens each shares."""

    names: Ids
    owners: Bits


NOTHING = Sharing(NO_IDS, np.empty(0, dtype=np.uint8))


def gather(arrays: IndexArrays, slates: Slates, variants: Variants) -> Sharing:
    """The names that share a rare token of the query or several common ones."""
    looking = variants.owners.nonzero()[0]
    if not len(looking):
        return NOTHING
    ids, owners = variants.ids[looking], variants.owners[looking]
    first = arrays.posting_offset[ids].astype(np.int64)
    lengths = arrays.posting_offset[ids + 1] - first
    alone = None
    if lengths.sum() > MOST_POSTINGS:
        chosen, alone = _rarest_first(lengths)
        first, lengths, owners = first[chosen], lengths[chosen], owners[chosen]
    places, begins = stretches(first, lengths)
    read = arrays.posting[places]
    slate = slates.owners
    try:
        _mark(slate, read, owners, begins)
        wanted = None if alone is None else alone.repeat(lengths) | (np.bitwise_count(slate[read]) > 1)
        names = _each_once(read if wanted is None else read[wanted])
        sharing = Sharing(names, slate[names])
    finally:
        slate[read] = 0
    return sharing if alone is None else _bounded(sharing, variants)


def _rarest_first(lengths: Places) -> tuple[Places, Choice]:
    """Which tokens to read at all, and which of those are rare enough to be kept for themselves."""
    order = lengths.argsort(kind="stable")
    read = lengths[order].cumsum()
    rare = read <= MOST_POSTINGS
    rare[0] = lengths[order[0]] <= MOST_COMMON_POSTINGS
    count = max(int(read.searchsorted(MOST_COMMON_POSTINGS, side="right")), 1)
    places = np.sort(order[:count])
    is_rare = np.zeros(len(lengths), dtype=np.bool_)
    is_rare[order[rare]] = True
    return places, is_rare[places]


def _mark(slate: Bits, names: Ids, owners: Bits, begins: Places) -> None:
    """Add each token's bits to its names; tokens with the same bits stand together, so a name is not marked
    twice at once with different ones.
    """
    changes = [0, *((owners[1:] != owners[:-1]).nonzero()[0] + 1).tolist()]
    for this, following in zip(changes, [*changes[1:], None], strict=True):
        end = None if following is None else begins[following]
        stretch = names[begins[this] : end]
        slate[stretch] |= owners[this]


def _each_once(names: Ids) -> Ids:
    names = np.sort(names)
    if len(names) < 2:
        return names
    different = np.empty(len(names), dtype=np.bool_)
    different[0] = True
    np.not_equal(names[1:], names[:-1], out=different[1:])
    return names[different]


def _bounded(sharing: Sharing, variants: Variants) -> Sharing:
    """Of names that share several tokens only so many: those whose shared tokens weigh most."""
    several = np.bitwise_count(sharing.owners) > 1
    if np.count_nonzero(several) <= MOST_SHARING_SEVERAL:
        return sharing
    weight = weight_table(variants.owner_weights)[sharing.owners]
    least = -np.partition(-weight[several], MOST_SHARING_SEVERAL)[MOST_SHARING_SEVERAL]
    kept = ~several | (weight > least)
    return Sharing(sharing.names[kept], sharing.owners[kept])


def weight_table(weights: tuple[float, ...]) -> npt.NDArray[np.float32]:
    """For each combination of owning tokens the sum of their weights."""
    sums = [0.0]
    for weight in weights:
        sums += [weight + others for others in sums]
    return np.array(sums, dtype=np.float32)
