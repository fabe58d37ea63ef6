"""How a dialect reads single values: exact amounts, times, codes, words, attributes, each with its limit.

Every reader takes a list to which it adds what is wrong, with its path, and goes on: all problems are named at once. No
reader ever puts a value into its message.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import ulp
from typing import Any, Final

from ratel.problem import Problem
from ratel.requests import is_address
from screening import codes

LARGEST_AMOUNT: Final = Decimal(10) ** 18
MOST_PLACES: Final = 8
_SMALLEST: Final = Decimal(1).scaleb(-MOST_PLACES)
# Digits that a binary fraction keeps: a JSON number with more of them may not mean what was written.
MOST_DIGITS_OF_FRACTION: Final = 15
FUTURE_ALLOWED: Final = timedelta(minutes=5)
# A day is named without a place: somewhere it is tomorrow already.
LATEST_DAY: Final = timedelta(days=1)
LONGEST_WORD: Final = 64
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
MOST_ATTRIBUTES: Final = 200
LONGEST_ATTRIBUTE_KEY: Final = 64
DEEPEST_ATTRIBUTE: Final = 8
# For `known_word`.
KYC_STATUSES: Final = {word: word for word in codes.KYC_STATUSES}
ENTITY_TYPES: Final = {word: word for word in ("individual", "business")}
_NO_NULL: Final = "must not contain a null character"


def amount_of_number(
    value: Any, path: str, problems: list[Problem], advice: str = "send it as a string"
) -> Decimal:
    """The same, for dialects whose amounts are JSON numbers: one with a fraction is taken as it was written, as long as
    its digits are few enough to be kept by a binary fraction. `advice` is what to do in this dialect if they are not."""
    if not isinstance(value, float):
        return exact_amount(value, path, problems)
    written = Decimal(repr(value))
    if len(written.as_tuple().digits) > MOST_DIGITS_OF_FRACTION and abs(value) < LARGEST_AMOUNT:
        written = _without_residue(written, value)
        digits, places = len(written.as_tuple().digits), -int(written.as_tuple().exponent)
        if digits > MOST_DIGITS_OF_FRACTION and places <= MOST_PLACES:
            problems.append(Problem(path, f"has more than {MOST_DIGITS_OF_FRACTION} digits: {advice}"))
            return Decimal(0)
    return exact_amount(format(written, "f"), path, problems)


def _without_residue(written: Decimal, value: float) -> Decimal:
    """Without what binary arithmetic leaves behind, such as the 4 of 0.30000000000000004: rounded to as many places as
    an amount may have, where the value is at most the float next to what this gives. Else as it was written."""
    rounded = written.quantize(_SMALLEST)
    return (rounded if abs(float(rounded) - value) <= ulp(value) else written).normalize()


def exact_amount(value: Any, path: str, problems: list[Problem]) -> Decimal:
    """An amount from an integer or a text; 0 beside a problem."""
    try:
        amount = Decimal(value) if not isinstance(value, str) or _is_plain_number(value) else None
    except InvalidOperation:
        amount = None
    exponent = amount.as_tuple().exponent if amount is not None else None
    if amount is None or not isinstance(exponent, int):
        problems.append(Problem(path, 'must be an exact decimal such as 1250000 or "9850.25"'))
    elif amount < 0:
        problems.append(Problem(path, "must not be negative"))
    elif amount >= LARGEST_AMOUNT:
        problems.append(Problem(path, "must be below 10^18"))
    elif exponent < -MOST_PLACES:
        problems.append(Problem(path, f"may have at most {MOST_PLACES} decimal places"))
    else:
        return amount
    return Decimal(0)


def _is_plain_number(text: str) -> bool:
    """Digits with at most one point and a sign: no exponents, spaces, underscores or words."""
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and not text.startswith(".") and not text.endswith(".")


def moment(text: str | None, path: str, now: datetime, problems: list[Problem]) -> datetime:
    """When something occurred, in UTC; `now` where nothing is said."""
    if text is None:
        return now
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        problems.append(
            Problem(path, "must be an ISO 8601 time with an offset, such as 2026-01-31T09:30:00+07:00")
        )
        return now
    if found.tzinfo is None:
        problems.append(Problem(path, "must carry its offset from UTC"))
        return now
    try:
        found = found.astimezone(UTC)
    except OverflowError:
        found = EARLIEST - timedelta(days=1)
    if found > now + FUTURE_ALLOWED:
        problems.append(Problem(path, "is more than 5 minutes in the future"))
    elif found < EARLIEST:
        problems.append(Problem(path, "is before 1900"))
    else:
        return found
    return now


def past_day(text: str | None, path: str, now: datetime, problems: list[Problem]) -> date | None:
    if text is None:
        return None
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        problems.append(Problem(path, "must be an ISO 8601 date"))
        return None
    if day > (now + LATEST_DAY).date():
        problems.append(Problem(path, "is in the future"))
    return day


def lower_word(word: str | None, path: str, problems: list[Problem]) -> str | None:
    """Lower case, which can be longer: U+0130 becomes two characters."""
    if word is None:
        return None
    lower = word.lower()
    if len(lower) > LONGEST_WORD:
        problems.append(Problem(path, f"must have at most {LONGEST_WORD} characters in lower case"))
    return lower


def upper_code(
    value: str | None, known: frozenset[str], path: str, message: str, problems: list[Problem]
) -> str | None:
    if value is None:
        return None
    code = value.upper()
    if code not in known:
        problems.append(Problem(path, message))
    return code


def known_word(value: str | None, known: Mapping[str, str], path: str, problems: list[Problem]) -> str | None:
    if value is None:
        return None
    word = known.get(value.lower())
    if word is None:
        problems.append(Problem(path, f"must be one of {', '.join(sorted(known))}"))
    return word


def check_address(text: str | None, path: str, problems: list[Problem]) -> None:
    if text and not is_address(text):
        problems.append(Problem(path, "must be an IPv4 or IPv6 address"))


def attributes_of(
    others: Mapping[str, Any], metadata: Mapping[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    """What a dialect does not name but keeps, so that rules may read it."""
    attributes = {**metadata, **others}
    allowed = f"must have a name of 1 to {LONGEST_ATTRIBUTE_KEY} characters"
    problems.extend(
        Problem(key[:LONGEST_ATTRIBUTE_KEY], allowed)
        for key in attributes
        if not 1 <= len(key) <= LONGEST_ATTRIBUTE_KEY
    )
    check_attributes(attributes, problems)
    return attributes


def check_attributes(attributes: Mapping[str, Any], problems: list[Problem]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        problems.append(Problem("attributes", f"may have at most {MOST_ATTRIBUTES} keys"))
    for key, value in attributes.items():
        if _is_deeper(value, DEEPEST_ATTRIBUTE):
            problems.append(Problem(f"attributes.{key}", f"may nest at most {DEEPEST_ATTRIBUTE} deep"))


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    children = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(child, levels - 1) for child in children)


def unstorable(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Null characters, which no text column can hold; of the attributes each one that has any is named."""
    for name, value in document.items():
        if isinstance(value, str):
            if "\x00" in value:
                yield Problem(name, _NO_NULL)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if "\x00" in key:
                    yield Problem(name, _NO_NULL)
                elif _has_null(inner):
                    yield Problem(f"{name}.{key}", _NO_NULL)


def _has_null(value: Any, levels: int = DEEPEST_ATTRIBUTE) -> bool:
    """What nests deeper is refused for that, and would be too deep to walk."""
    if isinstance(value, str):
        return "\x00" in value
    if levels == 0:
        return False
    if isinstance(value, dict):
        return any(_has_null(one, levels - 1) for pair in value.items() for one in pair)
    return isinstance(value, list) and any(_has_null(one, levels - 1) for one in value)
