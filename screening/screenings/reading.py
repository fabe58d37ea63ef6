"""Small JSON bodies read through msgspec structs: quick where all is well, else every problem with its path."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec

from ratel.problem import Problem
from screening import codes
from screening.second_look import convert_by_field

_BIRTH_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
_EARLIEST_BIRTH: Final = 1850
# A day is named without a place: somewhere it is tomorrow already.
TOMORROW: Final = timedelta(days=1)


def problems_of(document: Any, kind: type[msgspec.Struct], path: str = "") -> Iterator[Problem]:
    """The second, slower look at what a struct refused: each field by itself, what is missing, what is not known."""
    problems: list[Problem] = []
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    convert_by_field(document, fields, {}, problems, path)
    yield from problems
    if isinstance(document, Mapping):
        for name in document:
            if name not in fields:
                yield Problem(path + str(name)[:128], "is not a field here")


def text_problems(document: Mapping[str, Any], path: str = "") -> Iterator[Problem]:
    """Null characters, which no text column can hold."""
    for name, value in document.items():
        if isinstance(value, str) and "\x00" in value:
            yield Problem(path + name, "must not contain a null character")


def birth_date(text: str | None, path: str, now: datetime, problems: list[Problem]) -> str | None:
    """YYYY, YYYY-MM or YYYY-MM-DD, not in the future."""
    if text is None:
        return None
    if not _BIRTH_DATE.fullmatch(text) or not _is_past(text, now):
        problems.append(Problem(path, "must be a date of birth: YYYY-MM-DD, YYYY-MM or YYYY, from 1850 on"))
    return text


def _is_past(text: str, now: datetime) -> bool:
    try:
        first = date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return first.year >= _EARLIEST_BIRTH and first <= (now + TOMORROW).date()


def code_of_country(text: str | None, path: str, problems: list[Problem]) -> str | None:
    if text is None:
        return None
    code = text.upper()
    if code not in codes.countries():
        problems.append(Problem(path, "is not an ISO 3166-1 country"))
    return code
