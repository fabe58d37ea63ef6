"""An aggregate in a rule document: function, window, filter and the name that explanations call it by.

It must never accept a filter that storage could not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from screening.rules import aggregates
from screening.rules.aggregates import Aggregate
from screening.rules.fields import find_field
from screening.rules.nodes import AggregateRef, Node
from screening.rules.problems import Review, join, shortened
from screening.rules.values import known_word

if TYPE_CHECKING:
    from screening.rules.parse_tree import Reader

_KEYS: Final = frozenset({"function", "of", "window", "where", "as"})
LONGEST_ALIAS: Final = 64


def aggregate_reference(document: Any, reader: Reader, path: str, depth: int) -> AggregateRef | None:
    """The aggregate, grouped by the rule's own keys."""
    review = reader.review
    if reader.stored_only:
        review.refuse(path, "an aggregate's where may not read another aggregate")
        return None
    if not isinstance(document, Mapping):
        review.refuse(path, "must be an object with function, of, window, where, as")
        return None
    review.unknown_keys(document, _KEYS, path)
    function = known_word(document.get("function"), aggregates.FUNCTIONS, review, join(path, "function"))
    seconds = window(document.get("window"), review, join(path, "window"))
    subject, fits = _subject(document.get("of"), function, review, join(path, "of"))
    where, refused = _where(document.get("where"), reader, join(path, "where"), depth)
    if function is None or seconds is None or not fits or refused:
        return None
    aggregate = Aggregate(cast(aggregates.Function, function), subject, seconds, where, reader.group_by)
    return AggregateRef(aggregate, alias=_alias(document.get("as"), aggregate, reader, join(path, "as")))


def window(text: Any, review: Review, path: str) -> int | None:
    """The seconds of a window within the limits."""
    seconds = aggregates.window_seconds(text) if isinstance(text, str) and len(text) <= 40 else None
    if seconds is None:
        review.refuse(path, "must be an ISO 8601 duration such as PT1H, P7D or rolling:P7D")
    elif not aggregates.SHORTEST_WINDOW_SECONDS <= seconds <= aggregates.LONGEST_WINDOW_SECONDS:
        review.refuse(path, "must be from PT1H to P90D")
        return None
    return seconds


def _subject(of: Any, function: str | None, review: Review, path: str) -> tuple[str | None, bool]:
    if function is None:
        return None, False
    if function == "count":
        if of is not None:
            review.refuse(path, "count takes no of")
        return None, of is None
    known = aggregates.DISTINCT_SUBJECTS if function == "distinct" else ("amount",)
    word = known_word(of, known, review, path)
    return word, word is not None


def _where(document: Any, reader: Reader, path: str, depth: int) -> tuple[Node | None, bool]:
    if document is None:
        return None, False
    node = reader.for_stored_fields().node(document, path, depth + 1)
    return node, node is None


def _alias(alias: Any, aggregate: Aggregate, reader: Reader, path: str) -> str | None:
    if alias is None:
        return None
    is_word = isinstance(alias, str) and alias.isidentifier() and alias.isascii()
    if not is_word or len(alias) > LONGEST_ALIAS:
        reader.review.refuse(path, "must be a word of letters, digits and _")
        return None
    if find_field(alias) is not None:
        reader.review.refuse(path, "is the name of a field")
    elif reader.aliases.setdefault(alias, aggregate) != aggregate:
        reader.review.refuse(path, f"{shortened(alias)!r} already names another aggregate")
    return str(alias)
