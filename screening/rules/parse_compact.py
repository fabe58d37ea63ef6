"""The compact form: one entry a field, `"OP:ARGUMENT"`, AND-joined, optionally with an occurrence count.

It is rewritten into the tree form and read there; problems keep the compact entry's own path. The small
reader of lists below is all there is: an argument must never reach Python as code.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from screening.rules import nodes
from screening.rules.aggregates import Aggregate, stored_fields
from screening.rules.fields import Field, find_field
from screening.rules.nodes import AggregateRef, Comparison, FieldRef, Node, Operator
from screening.rules.parse_aggregate import window
from screening.rules.parse_right_side import against_constant
from screening.rules.parse_tree import NUMBER, STORED_OPERATORS, Reader
from screening.rules.problems import LONGEST_LIST, LONGEST_STRING, Review, join, shortened
from screening.rules.readings import Side

WINDOW_KEY: Final = "occurrenceWindow"
THRESHOLD_KEY: Final = "occurrenceThreshold"
LONGEST_ENTRY: Final = LONGEST_LIST * 64
_PREFIX = re.compile(r"(==|!=|>=|<=|>|<|between|in|not_in|match|contains):(.*)", re.DOTALL)
_LOOKS_LIKE_OPERATOR = re.compile(r"([=<>!~]{1,3}|[a-z_]{2,16}:)")
# Each alternative reads a character once: the time stays linear in the length of the text.
_ITEM = re.compile(
    r"""(?:\s*'((?:[^'\\]|\\.)*)'\s*|\s*"((?:[^"\\]|\\.)*)"\s*|([^,'"\[\]]+))(,|$)""", re.DOTALL
)
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?")


def compact_node(document: Mapping[str, Any], reader: Reader, path: str) -> Node | None:
    """The compact entries as one tree."""
    entries = {key: value for key, value in document.items() if key not in (WINDOW_KEY, THRESHOLD_KEY)}
    if not reader.review.enter(path, 1):
        return None
    if not entries:
        reader.review.refuse(path, "needs at least one field")
    found = [_entry(key, value, reader, join(path, shortened(key))) for key, value in entries.items()]
    kept = tuple(node for node in found if node is not None)
    occurrence = _occurrence(document, kept, reader, path)
    if len(kept) < len(entries) or not kept:
        return None
    if WINDOW_KEY in document or THRESHOLD_KEY in document:
        return None if occurrence is None else nodes.AllOf((*kept, occurrence))
    return nodes.AllOf(kept) if len(kept) > 1 else kept[0]


def _entry(name: str, value: Any, reader: Reader, path: str) -> Node | None:
    field = find_field(name) if isinstance(name, str) else None
    if field is None:
        reader.review.refuse(path, "unknown field")
        return None
    split = _split(value, field, reader.review, path)
    if split is None:
        return None
    operator, argument = split
    quiet = Reader(Review(), reader.country_lists, reader.group_by)
    node = quiet.node({"field": name, "operator": operator, "value": argument}, path)
    reader.review.nodes += quiet.review.nodes
    for problem in quiet.review.problems:
        reader.review.refuse(path, problem.message)
    return node


def _split(value: Any, field: Field, review: Review, path: str) -> tuple[str, Any] | None:
    """Operator and argument of one entry; a bare literal means equal."""
    if isinstance(value, list | tuple | dict):
        review.refuse(path, "must be text such as in:['a','b'] or a single value")
        return None
    if not isinstance(value, str):
        return "==", value
    if len(value) > LONGEST_ENTRY:
        review.refuse(path, "too long")
        return None
    prefixed = _PREFIX.fullmatch(value)
    if prefixed is None:
        if _LOOKS_LIKE_OPERATOR.match(value):
            review.refuse(
                path, "unknown operator; use == != > >= < <= between in not_in match contains, then a colon"
            )
            return None
        return "==", _plain(value, field)
    return _argument(prefixed.group(1), prefixed.group(2), field, review, path)


def _argument(operator: str, text: str, field: Field, review: Review, path: str) -> tuple[str, Any] | None:
    if operator == "match":
        return operator, text
    if operator in ("in", "not_in", "between"):
        items = _items(text.strip(), field)
        if items is None:
            review.refuse(path, f"{operator} needs a list such as ['a','b'] or [1,2]")
            return None
        return operator, items
    quoted = _unquoted(text.strip())
    return (operator, quoted) if quoted is not None else (operator, _plain(text.strip(), field))


def _items(text: str, field: Field) -> list[Any] | None:
    if not (text.startswith("[") and text.endswith("]")):
        return None
    inside, position = text[1:-1].strip(), 0
    items: list[Any] = []
    while position < len(inside):
        found = _ITEM.match(inside, position)
        if found is None or len(items) > LONGEST_LIST:
            return None
        single, double, bare, comma = found.groups()
        quoted = single if single is not None else double
        if quoted is None and not bare.strip():
            return None
        items.append(_plain(bare.strip(), field) if quoted is None else _unescaped(quoted))
        position = found.end()
        if comma and position == len(inside):
            return None
    return items


def _unquoted(text: str) -> str | None:
    found = _ITEM.fullmatch(text) if text[:1] in ("'", '"') else None
    if found is None or found.group(4):
        return None
    quoted = found.group(1) if found.group(1) is not None else found.group(2)
    return None if quoted is None else _unescaped(quoted)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _plain(text: str, field: Field) -> Any:
    """Text without quotes as what the field needs: true and false for booleans, numbers for attributes."""
    if field.type in ("boolean", "any") and text in ("true", "false"):
        return text == "true"
    if field.type == "any" and len(text) <= LONGEST_STRING and _NUMBER.fullmatch(text):
        return int(text) if "." not in text else float(text)
    return text


def _occurrence(
    document: Mapping[str, Any], conditions: tuple[Node, ...], reader: Reader, path: str
) -> Comparison | None:
    """How often it happened: the count of stored transactions that satisfy the entries which are stored."""
    if WINDOW_KEY not in document and THRESHOLD_KEY not in document:
        return None
    for key in (WINDOW_KEY, THRESHOLD_KEY):
        if key not in document:
            reader.review.refuse(join(path, key), "occurrenceWindow and occurrenceThreshold come together")
    if not (WINDOW_KEY in document and THRESHOLD_KEY in document):
        return None
    threshold_path = join(path, THRESHOLD_KEY)
    seconds = window(document[WINDOW_KEY], reader.review, join(path, WINDOW_KEY))
    split = _split(document[THRESHOLD_KEY], NUMBER, reader.review, threshold_path)
    if seconds is None or split is None:
        return None
    stored = tuple(node for node in conditions if _is_stored(node))
    where = nodes.AllOf(stored) if len(stored) > 1 else (stored[0] if stored else None)
    room = [reader.review.enter(path, 1) for _ in range(len(stored) + 2)]
    left = AggregateRef(Aggregate("count", None, seconds, where, reader.group_by))
    return _counted(left, split, reader, threshold_path) if all(room) else None


def _counted(left: AggregateRef, split: tuple[str, Any], reader: Reader, path: str) -> Comparison | None:
    operator, argument = split
    if operator not in STORED_OPERATORS:
        reader.review.refuse(path, f"a count is compared with {' '.join(STORED_OPERATORS)}")
        return None
    node = against_constant(reader, Side(left, NUMBER), cast(Operator, operator), argument, path)
    return node if isinstance(node, Comparison) else None


def _is_stored(node: Node) -> bool:
    return (
        isinstance(node, Comparison)
        and isinstance(node.left, FieldRef)
        and node.left.name in stored_fields()
        and node.operator in STORED_OPERATORS
    )
