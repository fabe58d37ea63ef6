"""Token alignment: the best one-to-one pairing of two token lists, and a score from 0 to 1 with every pair
explained.

Order means nothing, a token is used once, numbers must agree. It sees tokens and weights only, never an
entity.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from screening.names.similarity import EXACT, INITIAL, JOINED, Likeness, likeness

SUBSTANTIVE_WEIGHT = 0.15
"""Tokens lighter than this (particles, titles, legal forms) prove nothing by agreeing."""

AGREEMENT_NEEDED = 1.0
"""Agreeing weight from which what one side has more of is forgiven for most of its weight."""

SURPLUS_COST = 0.2
MISMATCH_COST = 1.0
JOIN_SIMILARITY = 0.97
MISSPELLED_JOIN_SIMILARITY = 0.88
ONLY_EXACT_FACTOR = 0.75
"""What a likeness is worth where only equality may count: names of one word, initials beside nothing
certain.
"""


@dataclass(frozen=True, slots=True)
class Weighted:
    """Tokens of one name with their weights, in order."""

    tokens: tuple[str, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    listed: str
    query: str
    rule: str
    similarity: float
    weight: float


@dataclass(frozen=True, slots=True)
class Alignment:
    score: float
    pairs: tuple[Pair, ...]
    unmatched_listed: tuple[str, ...]
    unmatched_query: tuple[str, ...]

    def explain(self) -> tuple[str, ...]:
        """One line a pair: listed token = query token, rule, similarity; then what stayed alone."""
        lines = [
            f"'{pair.listed}' = '{pair.query}', {pair.rule}, {pair.similarity:.2f}" for pair in self.pairs
        ]
        lines += [f"'{token}' only in the listed name" for token in self.unmatched_listed]
        lines += [f"'{token}' only in the name asked for" for token in self.unmatched_query]
        return tuple(lines)


class _Pairing:
    """The working state of one alignment: which tokens are still free, which pairs were made."""

    __slots__ = ("free_listed", "free_query", "listed", "pairs", "query")

    def __init__(self, query: Weighted, listed: Weighted) -> None:
        self.query, self.listed = query, listed
        self.free_query = list(range(len(query.tokens)))
        self.free_listed = list(range(len(listed.tokens)))
        self.pairs: list[Pair] = []

    def pair_exact(self) -> None:
        listed_tokens = self.listed.tokens
        for position in tuple(self.free_query):
            token = self.query.tokens[position]
            for other in self.free_listed:
                if listed_tokens[other] == token:
                    self._take((position,), (other,), EXACT, 1.0)
                    break

    def pair_joined(self) -> None:
        """One token that the other side writes as two or three, wherever these stand.

        Comes before the exact pairs: the "al" of "al shabaab" must not have gone to another "al".
        """
        query, listed = self.query.tokens, self.listed.tokens
        for position, token in enumerate(query):
            # Nothing that is listed begins it: asked of all of them at once, which is nearly always the end of it.
            if token.startswith(listed) and (parts := _parts(token, listed, self.free_listed)):
                self._take((position,), parts, JOINED, JOIN_SIMILARITY)
        for position, token in enumerate(listed):
            if position in self.free_listed and token.startswith(query):
                parts = _parts(token, query, self.free_query)
                if parts:
                    self._take(parts, (position,), JOINED, JOIN_SIMILARITY)

    def pair_joined_misspelled(self) -> None:
        """Two or three adjacent tokens of one side that look like one on the other."""
        for group in _adjacent(self.free_query):
            target = _alike(group, self.query.tokens, self.free_query, self.listed.tokens, self.free_listed)
            if target is not None:
                self._take(group, (target,), JOINED, MISSPELLED_JOIN_SIMILARITY)
        for group in _adjacent(self.free_listed):
            target = _alike(group, self.listed.tokens, self.free_listed, self.query.tokens, self.free_query)
            if target is not None:
                self._take((target,), group, JOINED, MISSPELLED_JOIN_SIMILARITY)

    def pair_similar(self) -> None:
        found: list[tuple[float, int, int, Likeness]] = []
        for position in self.free_query:
            token = self.query.tokens[position]
            for other in self.free_listed:
                near = likeness(token, self.listed.tokens[other])
                if near[1] > 0.0:
                    found.append((near[1], position, other, near))
        found.sort(key=lambda item: -item[0])
        for similarity, position, other, near in found:
            if position in self.free_query and other in self.free_listed:
                self._take((position,), (other,), near[0], similarity)

    def _take(self, query: tuple[int, ...], listed: tuple[int, ...], rule: str, similarity: float) -> None:
        for position in query:
            self.free_query.remove(position)
        for position in listed:
            self.free_listed.remove(position)
        weights = self.listed.weights
        listed_text = " ".join(self.listed.tokens[position] for position in listed)
        query_text = " ".join(self.query.tokens[position] for position in query)
        weight = sum(weights[position] for position in listed)
        self.pairs.append(Pair(listed_text, query_text, rule, similarity, weight))


def _adjacent(free: Sequence[int]) -> list[tuple[int, ...]]:
    """Groups of three and two free positions that follow each other, longer groups first."""
    triples = [(place, place + 1, place + 2) for place in free if place + 1 in free and place + 2 in free]
    return [*triples, *((place, place + 1) for place in free if place + 1 in free)]


def _parts(whole: str, tokens: Sequence[str], free: Sequence[int], most: int = 3) -> tuple[int, ...] | None:
    """The two or three free tokens that spell `whole` end to end; None when `whole` itself is there."""
    if most == 3 and (len(whole) < 4 or whole in tokens):
        return None
    for position in free:
        token = tokens[position]
        if most < 3 and token == whole:
            return (position,)
        if most > 1 and len(token) < len(whole) and whole.startswith(token):
            others = [place for place in free if place != position]
            rest = _parts(whole[len(token) :], tokens, others, most - 1)
            if rest:
                return (position, *rest)
    return None


def _alike(
    group: tuple[int, ...],
    many: Sequence[str],
    free_many: Sequence[int],
    one: Sequence[str],
    free_one: Sequence[int],
) -> int | None:
    """The free token of the other side that the joined group looks like, if the group is still free."""
    if not set(group).issubset(free_many):
        return None
    length = sum([len(many[position]) for position in group])
    near = [position for position in free_one if abs(length - len(one[position])) < 3]
    if length < 5 or not near:
        return None
    whole = "".join([many[position] for position in group])
    return next((position for position in near if likeness(whole, one[position])[1] > 0.8), None)


def align(query: Weighted, listed: Weighted) -> Alignment:
    """Pair the tokens, surest first."""
    pairing = _Pairing(query, listed)
    pairing.pair_joined()
    pairing.pair_exact()
    if pairing.free_query and pairing.free_listed:
        pairing.pair_similar()
    if pairing.free_query and pairing.free_listed:
        pairing.pair_joined_misspelled()
    return Alignment(
        score=_score(pairing),
        pairs=tuple(pairing.pairs),
        unmatched_listed=tuple(listed.tokens[position] for position in pairing.free_listed),
        unmatched_query=tuple(query.tokens[position] for position in pairing.free_query),
    )


def _score(pairing: _Pairing) -> float:
    pairs = pairing.pairs
    if not pairs:
        return 0.0
    alone_listed = sorted(
        [pairing.listed.weights[position] for position in pairing.free_listed], reverse=True
    )
    alone_query = sorted([pairing.query.weights[position] for position in pairing.free_query], reverse=True)
    agreeing = sum([pair.weight * pair.similarity for pair in pairs])
    total = sum([pair.weight for pair in pairs])
    facing = min(len(alone_listed), len(alone_query))
    mismatch = 0.5 * sum(alone_listed[:facing] + alone_query[:facing])
    surplus = sum(alone_listed[facing:]) + sum(alone_query[facing:])
    words, weight = _agreement(pairs)
    forgiving = words >= 2 and weight >= AGREEMENT_NEEDED and not _numbers_differ(pairing)
    score = agreeing / (total + mismatch + (SURPLUS_COST if forgiving else MISMATCH_COST) * surplus)
    return score * ONLY_EXACT_FACTOR if _needs_equality(pairing, words) else score


def _agreement(pairs: Sequence[Pair]) -> tuple[int, float]:
    """How many substantive words agree, and their weight: forgiveness needs two that mean somebody
    together.
    """
    substantive = [pair for pair in pairs if _is_substantive(pair) and pair.similarity >= 0.75]
    return sum([1 + (pair.rule == JOINED) for pair in substantive]), sum(
        [pair.weight for pair in substantive]
    )


def _is_substantive(pair: Pair) -> bool:
    return pair.weight >= SUBSTANTIVE_WEIGHT and pair.rule != INITIAL and len(pair.query) > 1


def _needs_equality(pairing: _Pairing, words: int) -> bool:
    """A name of one word is found by that word only, and an initial proves nothing next to a word that is
    only alike.
    """
    for pair in pairing.pairs:
        certain = pair.rule == EXACT or (pair.rule == JOINED and pair.similarity >= JOIN_SIMILARITY)
        if certain and pair.weight >= SUBSTANTIVE_WEIGHT and len(pair.query) > 1:
            return False
    return words < 2 or any(pair.rule == INITIAL for pair in pairing.pairs)


def _numbers_differ(pairing: _Pairing) -> bool:
    alone = [pairing.query.tokens[position] for position in pairing.free_query]
    alone += [pairing.listed.tokens[position] for position in pairing.free_listed]
    return not all(map(str.isalpha, alone))
