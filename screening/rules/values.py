"""Constants in a rule document: numbers exact, text within limits and in the letter case of its field.

It must never interpret text as code, and never let a binary fraction into a comparison of money.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from screening.rules.fields import TIER_NAMES, Field
from screening.rules.nodes import Scalar
from screening.rules.problems import LONGEST_LIST, LONGEST_STRING, Review, shortened

LARGEST_NUMBER: Final = Decimal(10) ** 18
_WRITTEN_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")
MOST_DECIMAL_PLACES: Final = 12
MOST_DIGITS_OF_FRACTION: Final = 15
LARGEST_FACTOR: Final = Decimal(10) ** 9
WATCHLIST_KINDS: Final = frozenset({"sanctions", "pep", "internal", "adverse_media"})


def number(value: Any) -> Decimal | None:
    """An exact number from JSON: an integer, a decimal string, or a float by its shortest text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, str) and not _WRITTEN_NUMBER.fullmatch(value):
        return None
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        return None
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return None
    return exact if _within_limits(exact) else None


def _within_limits(exact: Decimal) -> bool:
    if not exact.is_finite() or abs(exact) > LARGEST_NUMBER:
        return False
    exponent = exact.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MOST_DECIMAL_PLACES


def scalar(
    value: Any, field: Field | None, review: Review, path: str, *, ordering: bool = False
) -> Scalar | None:
    """A constant that fits the field (None: an aggregate's number). Problems are noted and None returned."""
    kind = "decimal" if field is None else field.type
    if kind in ("decimal", "integer") or (kind == "any" and ordering):
        return _number(value, review, path)
    if kind == "boolean":
        return _boolean(value, review, path)
    if kind == "any":
        return _any(value, review, path)
    return _text(value, field, review, path)


def _number(value: Any, review: Review, path: str) -> Decimal | None:
    exact = number(value)
    if exact is None:
        review.refuse(path, "must be a number (at most 18 digits before and 12 after the point)")
    return exact


def _boolean(value: Any, review: Review, path: str) -> bool | None:
    if isinstance(value, bool):
        return value
    review.refuse(path, "must be true or false")
    return None


def _any(value: Any, review: Review, path: str) -> Scalar | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, None, review, path)
    exact = number(value)
    if exact is None or (
        exact != exact.to_integral_value() and len(exact.as_tuple().digits) > MOST_DIGITS_OF_FRACTION
    ):
        review.refuse(path, "must be text, true or false, or a number of at most 15 digits")
        return None
    return exact


def _text(value: Any, field: Field | None, review: Review, path: str) -> str | None:
    if not isinstance(value, str):
        review.refuse(path, "must be text")
        return None
    if len(value) > LONGEST_STRING:
        review.refuse(path, f"longer than {LONGEST_STRING} characters")
        return None
    if not storable(value):
        review.refuse(path, "holds characters that cannot be stored")
        return None
    return value if field is None else _in_field_form(value, field, review, path)


def storable(text: str) -> bool:
    """Whether PostgreSQL keeps the text: no null character, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _in_field_form(value: str, field: Field, review: Review, path: str) -> str | None:
    if field.letter_case == "lower":
        value = value.strip().lower()
    elif field.letter_case == "upper":
        value = value.strip().upper()
    if field.name == "kycTier":
        value = TIER_NAMES.get(value, value)
    if field.name == "matchedLists" and value.lower() in WATCHLIST_KINDS:
        value = value.lower()
    if field.choices and value not in field.choices:
        review.refuse(path, f"must be one of {', '.join(sorted(field.choices))}")
        return None
    if field.form is not None and not field.form.fullmatch(value):
        review.refuse(path, f"must be {field.form_sentence}")
        return None
    return value


def scalars(value: Any, field: Field | None, review: Review, path: str) -> tuple[Scalar, ...] | None:
    """A list of constants of one type."""
    if not isinstance(value, list | tuple) or not value:
        review.refuse(path, "must be a list of at least one value")
        return None
    if len(value) > LONGEST_LIST:
        review.refuse(path, f"a list may have at most {LONGEST_LIST} values")
        return None
    items = [scalar(item, field, review, f"{path}[{index}]") for index, item in enumerate(value)]
    present = tuple(item for item in items if item is not None)
    if len(present) < len(items):
        return None
    if len({type(item) for item in present}) > 1:
        review.refuse(path, "the values must all be of one type")
        return None
    return present


def factor(document: Mapping[str, Any], review: Review, path: str) -> Decimal | None:
    """The `times` of a side, when it has one."""
    if document.get("times") is None:
        return None
    exact = number(document["times"])
    if exact is None or not 0 < exact <= LARGEST_FACTOR:
        review.refuse(f"{path}.times", f"must be a number above 0 and at most {LARGEST_FACTOR}")
        return None
    return exact


def known_word(value: Any, known: tuple[str, ...], review: Review, path: str) -> str | None:
    """One word out of a closed set."""
    if isinstance(value, str) and value in known:
        return value
    found = f", not {shortened(value)!r}" if isinstance(value, str) and value.isidentifier() else ""
    review.refuse(path, f"must be one of {', '.join(known)}{found}")
    return None
