"""Token alignment: the best one-to-one pairing of two token lists, and a score from 0 to 1 with every pair
explained.

Order means nothing, a token is used once, numbers must agree. It sees tokens and weights only, never an
entity.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from screening.names.keys import joins
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

    __slots__ = ("free_listed", "free_query", "listed", "memory", "pairs", "query")

    def __init__(self, query: Weighted, listed: Weighted, memory: dict[tuple[str, str], Likeness]) -> None:
        self.query, self.listed, self.memory = query, listed, memory
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

    def pair_joined(self, most_edits: int) -> None:
        """Two or three adjacent tokens of one side written as one on the other."""
        if len(self.free_query) > 1 and self.free_listed:
            self._join(self.query.tokens, self.free_query, self.listed.tokens, self.free_listed, most_edits)
        if len(self.free_listed) > 1 and self.free_query:
            self._join(self.listed.tokens, self.free_listed, self.query.tokens, self.free_query, most_edits)

    def _join(
        self,
        many: Sequence[str],
        free_many: list[int],
        one: Sequence[str],
        free_one: list[int],
        most_edits: int,
    ) -> None:
        for group in _adjacent(free_many):
            whole = "".join([many[position] for position in group])
            target = _same_word(whole, one, free_one, most_edits)
            if target is None or not set(group) <= set(free_many):
                continue
            similarity = JOIN_SIMILARITY if one[target] == whole else MISSPELLED_JOIN_SIMILARITY
            if free_many is self.free_query:
                self._take(group, (target,), JOINED, similarity)
            else:
                self._take((target,), group, JOINED, similarity)

    def pair_similar(self) -> None:
        found: list[tuple[float, int, int, Likeness]] = []
        for position in self.free_query:
            token = self.query.tokens[position]
            for other in self.free_listed:
                near = self._likeness(token, self.listed.tokens[other])
                if near[1] > 0.0:
                    found.append((near[1], position, other, near))
        found.sort(key=lambda item: -item[0])
        for similarity, position, other, near in found:
            if position in self.free_query and other in self.free_listed:
                self._take((position,), (other,), near[0], similarity)

    def pair_joined_again(self) -> None:
        """Joins come before exact pairs: the "al" of "al shabaab" may have gone to another "al"."""
        asked, listed = set(joins(self.query.tokens)), set(joins(self.listed.tokens))
        if asked.isdisjoint(self.listed.tokens) and listed.isdisjoint(self.query.tokens):
            return
        self.pairs.clear()
        self.free_query = list(range(len(self.query.tokens)))
        self.free_listed = list(range(len(self.listed.tokens)))
        self.pair_joined(most_edits=0)
        self.pair_exact()

    def _likeness(self, one: str, other: str) -> Likeness:
        key = (one, other)
        near = self.memory.get(key)
        if near is None:
            near = self.memory[key] = likeness(one, other)
        return near

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


def _same_word(whole: str, tokens: Sequence[str], free: Sequence[int], most_edits: int) -> int | None:
    length = len(whole)
    for position in free:
        token = tokens[position]
        if token == whole:
            return position
        similar_length = most_edits and length > 6 and abs(length - len(token)) <= most_edits
        if similar_length and OSA.distance(whole, token, score_cutoff=most_edits) <= most_edits:
            return position
    return None


def align(query: Weighted, listed: Weighted, memory: dict[tuple[str, str], Likeness]) -> Alignment:
    """Pair the tokens, surest first. `memory` keeps token similarities between the candidates of one
    search.
    """
    pairing = _Pairing(query, listed, memory)
    pairing.pair_exact()
    if pairing.free_query and pairing.free_listed:
        pairing.pair_joined_again()
        pairing.pair_similar()
        pairing.pair_joined(most_edits=1)
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
    certain = [
        pair for pair in pairing.pairs if pair.weight >= SUBSTANTIVE_WEIGHT and pair.rule in (EXACT, JOINED)
    ]
    if any(len(pair.query) > 1 for pair in certain):
        return False
    return words < 2 or any(pair.rule == INITIAL for pair in pairing.pairs)


def _numbers_differ(pairing: _Pairing) -> bool:
    alone = [pairing.query.tokens[position] for position in pairing.free_query]
    alone += [pairing.listed.tokens[position] for position in pairing.free_listed]
    return not all(map(str.isalpha, alone))
