"""A rule document as the builder's form shows it: groups and comparisons with their choices, and what is wrong beside
each. Reads a document that may be half written; never says itself that something is wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ratel.problem import Problem
from screening.rules.aggregates import DISTINCT_SUBJECTS, FUNCTIONS, stored_fields
from screening.rules.fields import (
    ATTRIBUTE_PREFIX,
    COUNTERPARTY,
    CUSTOMER,
    SCREENING,
    TRANSACTION,
    find_field,
)
from screening.rules.wording import PHRASES
from screening.web.rules_form import (
    ANOTHER,
    ATTRIBUTE,
    CONSTANT,
    COUNTRY_LIST,
    LISTED,
    kind_of,
    length_of,
    operators_of,
    type_of,
)

KINDS: Final = (
    ("all", "All of these hold"),
    ("any", "At least one of these holds"),
    ("none", "None of these holds"),
    ("not_all", "Not all of these hold"),
)
_FUNCTION_LABELS: Final = {
    "count": "Number of transactions",
    "sum": "Sum of amounts",
    "average": "Average amount",
    "max": "Largest amount",
    "min": "Smallest amount",
    "distinct": "Number of different ...",
}
Choice = tuple[str, str]


def _fields(group: Iterable[Any]) -> tuple[Choice, ...]:
    return tuple((one.name, one.label[:1].upper() + one.label[1:]) for one in group)


_PAST: Final = tuple((name, _FUNCTION_LABELS[name]) for name in FUNCTIONS)
WHATS: Final[tuple[tuple[str, tuple[Choice, ...]], ...]] = (
    ("Transaction", _fields(TRANSACTION)),
    ("Counterparty", _fields(COUNTERPARTY)),
    ("Customer", _fields(CUSTOMER)),
    ("Name screening", _fields(SCREENING)),
    ("The customer's past", _PAST),
    ("Your own payload", ((ATTRIBUTE, "An attribute ..."),)),
)
STORED_WHATS: Final = (("Transaction", _fields(one for one in TRANSACTION if one.name in stored_fields())),)
SUBJECTS: Final = tuple(
    zip(DISTINCT_SUBJECTS, ("counterparties", "devices", "IP addresses", "countries"), strict=True)
)


@dataclass(frozen=True)
class Side:
    """One side of a comparison as fields of the form."""

    place: str
    what: str
    attribute: str
    of: str
    length: str
    unit: str
    times: str
    alias: str
    where: "Node | None"
    whats: Any
    is_aggregate: bool


@dataclass(frozen=True)
class Node:
    """A group (with `children`) or a comparison (with `left`)."""

    place: str
    kind: str
    problems: tuple[str, ...]
    depth: int
    is_filter: bool
    can_move_up: bool = False
    can_move_down: bool = False
    is_root: bool = False
    children: tuple["Node", ...] = ()
    left: Side | None = None
    operator: str = ""
    operators: tuple[Choice, ...] = ()
    right_kind: str = CONSTANT
    rights: tuple[Choice, ...] = ()
    value_type: str = "text"
    value: str = ""
    value2: str = ""
    choices: tuple[str, ...] = ()
    list_name: str = ""
    right: Side | None = None
    is_attribute: bool = False


@dataclass
class Problems:
    """What the validator found, taken up by the nodes that it is about; `rest` is what none took."""

    found: list[Problem] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    def at(self, path: str, *, below: bool) -> tuple[str, ...]:
        words = []
        for position, one in enumerate(self.found):
            is_here = one.path == path or (below and one.path.startswith((path + ".", path + "[")))
            if is_here and position not in self.taken:
                self.taken.add(position)
                inside = one.path[len(path) :].strip(".")
                words.append(f"{inside.replace('.', ' ')}: {one.message}" if inside else one.message)
        return tuple(words)

    @property
    def rest(self) -> list[Problem]:
        return [one for position, one in enumerate(self.found) if position not in self.taken]


def root(document: Any, place: str, path: str, problems: Problems) -> Node | None:
    """The tree at a root of the rule; a single comparison becomes a group of one."""
    if not isinstance(document, Mapping):
        return None
    if kind_of(document)[0] == "test":
        only = node(document, f"{place}.0", path, problems, depth=1, siblings=(0, 1))
        return Node(place, "all", (), 0, False, is_root=True, children=(only,))
    return node(document, place, path, problems, is_root=True)


def node(
    document: Any,
    place: str,
    path: str,
    problems: Problems,
    *,
    depth: int = 0,
    siblings: tuple[int, int] = (0, 1),
    is_filter: bool = False,
    is_root: bool = False,
) -> Node:
    given = document if isinstance(document, Mapping) else {}
    kind, children, inner = kind_of(given)
    shared: dict[str, Any] = {
        "place": place,
        "depth": depth,
        "is_filter": is_filter,
        "is_root": is_root,
        "can_move_up": siblings[0] > 0,
        "can_move_down": siblings[0] + 1 < siblings[1],
    }
    if kind == "test":
        return _comparison(given, path, problems, shared)
    is_only = inner == "not"
    shown = tuple(
        node(
            child,
            f"{place}.{position}",
            f"{path}.not" if is_only else f"{path}.{inner}[{position}]",
            problems,
            depth=depth + 1,
            siblings=(position, len(children)),
            is_filter=is_filter,
        )
        for position, child in enumerate(children)
    )
    own = problems.at(path, below=False) + problems.at(f"{path}.{inner}", below=False)
    return Node(kind=kind, problems=own, children=shown, **shared)


def _comparison(given: Mapping[str, Any], path: str, problems: Problems, shared: dict[str, Any]) -> Node:
    place, is_filter = shared["place"], shared["is_filter"]
    left = _side(given, place, path, problems, shared)
    value = given.get("value")
    operator = str(given.get("operator") or "")
    right_kind = CONSTANT
    right = None
    if isinstance(value, Mapping):
        right_kind = COUNTRY_LIST if "list" in value else ANOTHER
        right = None if "list" in value else _side(value, f"{place}.r", f"{path}.value", problems, shared)
    found = find_field(str(given.get("field", ""))) if "field" in given else None
    value_type = _value_type(given, value)
    first, second = _texts(value, operator)
    return Node(
        kind="test",
        problems=problems.at(path, below=True),
        left=left,
        operator=operator,
        operators=_operators(given, is_filter=is_filter),
        right_kind=right_kind,
        rights=_rights(given, operator, is_filter=is_filter),
        value_type=value_type,
        value=first,
        value2=second,
        choices=tuple(sorted(found.choices)) if found and operator not in LISTED else (),
        list_name=str(value.get("list", "")) if isinstance(value, Mapping) and "list" in value else "",
        right=right,
        is_attribute=bool(left.what == ATTRIBUTE),
        **shared,
    )


def _side(
    given: Mapping[str, Any], place: str, path: str, problems: Problems, shared: Mapping[str, Any]
) -> Side:
    aggregate = given.get("aggregate")
    is_aggregate = isinstance(aggregate, Mapping)
    asked: Mapping[str, Any] = aggregate if isinstance(aggregate, Mapping) else {}
    name = str(given.get("field") or "")
    is_attribute = name.startswith(ATTRIBUTE_PREFIX)
    length, unit = length_of(asked.get("window")) if is_aggregate else ("7", "days")
    where = asked.get("where")
    filtered = None
    if isinstance(where, Mapping):
        written = where if kind_of(where)[0] != "test" else {"all": [where]}
        filtered = node(
            written,
            f"{place}.w",
            f"{path}.aggregate.where",
            problems,
            depth=shared["depth"] + 1,
            is_filter=True,
            is_root=True,
        )
    return Side(
        place=place,
        what=str(asked.get("function") or "") if is_aggregate else ATTRIBUTE if is_attribute else name,
        attribute=name.removeprefix(ATTRIBUTE_PREFIX) if is_attribute else "",
        of=str(asked.get("of") or "counterparty"),
        length=length,
        unit=unit,
        times="" if given.get("times") is None else str(given["times"]),
        alias=str(asked.get("as") or ""),
        where=filtered,
        whats=STORED_WHATS if shared["is_filter"] else WHATS,
        is_aggregate=is_aggregate,
    )


def _operators(given: Mapping[str, Any], *, is_filter: bool) -> tuple[Choice, ...]:
    return tuple((name, PHRASES[name]) for name in operators_of(given, is_filter=is_filter))  # type: ignore[index]


def _rights(given: Mapping[str, Any], operator: str, *, is_filter: bool) -> tuple[Choice, ...]:
    kinds = [(CONSTANT, "a value" if operator not in LISTED else "these values")]
    found = find_field(str(given.get("field", ""))) if "field" in given else None
    if operator in LISTED and found is not None and found.type in ("string", "any"):
        kinds.append((COUNTRY_LIST, "a country list"))
    if not is_filter and operator not in (*LISTED, "between", "match"):
        kinds.append((ANOTHER, "another value"))
    return tuple(kinds)


def _value_type(given: Mapping[str, Any], value: Any) -> str:
    """How the constant is written; an attribute's is whatever it is now."""
    if not str(given.get("field", "")).startswith(ATTRIBUTE_PREFIX) or "times" in given:
        return type_of(given)
    sample = value[0] if isinstance(value, list) and value else value
    if isinstance(sample, bool):
        return "boolean"
    return "number" if isinstance(sample, int | float) else "text"


def _texts(value: Any, operator: str) -> tuple[str, str]:
    if isinstance(value, Mapping):
        return "", ""
    if isinstance(value, list):
        if operator == "between":
            ends = [*value, "", ""]
            return str(ends[0]), str(ends[1])
        return ", ".join(_text(item) for item in value), ""
    return _text(value), ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
