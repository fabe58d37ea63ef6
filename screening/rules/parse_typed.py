"""The typed form: named checks such as AMOUNT_GREATER_THAN, joined by AND and OR.

It is rewritten into the tree form; a name that is not in the table below must never be guessed.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from screening.rules import nodes
from screening.rules.nodes import Node
from screening.rules.parse_tree import Reader
from screening.rules.problems import Review, join, shortened

Written = Callable[[Any], dict[str, Any]]


def _compare(field: str, operator: str) -> Written:
    return lambda value: {"field": field, "operator": operator, "value": value}


def _either_name(operator: str) -> Written:
    names = ("counterpartyName", "customerName")
    return lambda value: {"any": [{"field": name, "operator": operator, "value": value} for name in names]}


TYPES: Final[Mapping[str, Written]] = {
    "AMOUNT_GREATER_THAN": _compare("amount", ">"),
    "AMOUNT_LESS_THAN": _compare("amount", "<"),
    "NAME_CONTAINS": _either_name("contains"),
    "NAME_EXACT": _either_name("=="),
    "CHANNEL_EQUALS": _compare("channel", "=="),
    "TYPE_EQUALS": _compare("type", "=="),
    "EXTERNAL_WATCHLIST": _compare("matchedLists", "contains"),
    "REGEX_MATCH": _compare("narration", "match"),
}


def is_typed(document: Mapping[str, Any]) -> bool:
    """Whether an object is of the typed form; the compact form has no entries called conditions or value."""
    return "conditions" in document or ("type" in document and "value" in document)


def typed_node(document: Any, reader: Reader, path: str, depth: int = 1) -> Node | None:
    """One typed check or a group of them."""
    if not isinstance(document, Mapping):
        reader.review.refuse(path, "must be an object with type and value")
        return None
    return (
        _group(document, reader, path, depth)
        if "conditions" in document
        else _check(document, reader, path, depth)
    )


def _group(document: Mapping[str, Any], reader: Reader, path: str, depth: int) -> Node | None:
    reader.review.unknown_keys(document, frozenset({"operator", "conditions"}), path)
    if not reader.review.enter(path, depth):
        return None
    joint, children, place = document.get("operator", "AND"), document["conditions"], join(path, "conditions")
    if joint not in ("AND", "OR"):
        reader.review.refuse(join(path, "operator"), "must be AND or OR")
    if not isinstance(children, list | tuple) or not children:
        reader.review.refuse(place, "must be a list of at least one check")
        return None
    found = [
        typed_node(child, reader, f"{place}[{index}]", depth + 1) for index, child in enumerate(children)
    ]
    kept = tuple(child for child in found if child is not None)
    if len(kept) < len(found):
        return None
    return nodes.AnyOf(kept) if joint == "OR" else nodes.AllOf(kept)


def _check(document: Mapping[str, Any], reader: Reader, path: str, depth: int) -> Node | None:
    reader.review.unknown_keys(document, frozenset({"type", "value"}), path)
    name = document.get("type")
    written = TYPES.get(name) if isinstance(name, str) else None
    if written is None:
        found = f", not {shortened(name)!r}" if isinstance(name, str) else ""
        reader.review.refuse(join(path, "type"), f"must be one of {', '.join(TYPES)}{found}")
        return None
    if "value" not in document:
        reader.review.refuse(join(path, "value"), "missing")
        return None
    return _rewritten(written(document["value"]), reader, path, depth)


def _rewritten(tree: dict[str, Any], reader: Reader, path: str, depth: int) -> Node | None:
    """Read the tree form of a check; whatever is wrong with it is wrong with its value."""
    quiet = Reader(Review(nodes=reader.review.nodes), reader.country_lists)
    node = quiet.node(tree, path, depth)
    reader.review.nodes = quiet.review.nodes
    for message in dict.fromkeys(problem.message for problem in quiet.review.problems):
        reader.review.refuse(join(path, "value"), message)
    return node
