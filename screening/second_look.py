"""The second, slower look at a JSON body that its struct refused: each field by itself, so that all problems are named.

A struct stops at its first mistake. What does convert is handed back here, so that the readers of values go on with it:
nobody mends one thing to be told of the next. No accepted body comes here.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import FieldInfo

from ratel.problem import Invalid, Problem

# More than any body has fields: what is left out are names nobody knows, or attributes.
MOST_PROBLEMS: Final = 300
LONGEST_PATH: Final = 256
NO_BLANKS: Final[Mapping[str, Any]] = {}
_REST: Final = Problem("", f"has more than {MOST_PROBLEMS} problems: the others are not listed")
Found = TypeVar("Found", bound=Hashable)


def convert_by_field(
    document: Any,
    fields: Mapping[str, FieldInfo],
    hints: Mapping[str, str],
    problems: list[Problem],
    prefix: str = "",
    *,
    blanks: Mapping[str, Any] = NO_BLANKS,
) -> dict[str, Any]:
    """The values of a struct by field. In place of one that is missing or does not convert, which is a problem, there is
    its blank (None unless `blanks` has another): something that the readers of values find nothing wrong with."""
    if not isinstance(document, Mapping):
        problems.append(Problem(prefix.rstrip("."), "must be a JSON object"))
        return {name: blanks.get(name) for name, field in fields.items() if field.required}
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in document:
            try:
                values[name] = msgspec.convert(document[name], field.type)
            except msgspec.ValidationError as error:
                values[name] = blanks.get(name)
                message = hints.get(name) or _readable(str(error))
                problems.append(Problem(prefix + name + _inner_path(str(error)), message))
        elif field.required:
            values[name] = blanks.get(name)
            problems.append(Problem(prefix + name, "is required"))
    return values


def invalid(problems: Iterable[Problem]) -> Invalid:
    """The refusal that lists them, each once and in their order. It never refuses without a word."""
    cut = (Problem(one.path[:LONGEST_PATH], one.message) for one in problems)
    return Invalid(errors=each_once(cut, _REST) or [Problem("", "is not valid")])


def each_once(found: Iterable[Found], rest: Found) -> list[Found]:
    """In their order, each once; `rest` stands for those beyond what anybody reads."""
    named = list(dict.fromkeys(found))
    return named if len(named) <= MOST_PROBLEMS else [*named[:MOST_PROBLEMS], rest]


def _inner_path(message: str) -> str:
    _, found, path = message.partition(" - at `$")
    return path.rstrip("`") if found else ""


def _readable(message: str) -> str:
    """The decoder's sentence without its path. It quotes types and limits, never values."""
    sentence = message.partition(" - at `")[0].replace("`", "")
    return sentence[:1].lower() + sentence[1:]
