"""Types of fields that the bodies of several dialects have, and what is said of a field that is not of its type."""

from typing import Annotated, Final

from msgspec import Meta

from screening.dialects.fields import LONGEST_WORD

Identifier = Annotated[str, Meta(min_length=1, max_length=128)]
Account = Annotated[str, Meta(max_length=64)]
Name = Annotated[str, Meta(max_length=500)]
Word = Annotated[str, Meta(min_length=1, max_length=LONGEST_WORD)]
# A pattern's $ also holds before a line's end, so each has its length too.
CurrencyCode = Annotated[str, Meta(pattern="^[A-Za-z]{3}$", max_length=3)]
CountryCode = Annotated[str, Meta(pattern="^[A-Za-z]{2}$", max_length=2)]
# Of dialects whose amounts may be JSON numbers with a fraction.
NumberOrText = (
    Annotated[int, Meta(ge=0)]
    | Annotated[float, Meta(ge=0)]
    | Annotated[str, Meta(min_length=1, max_length=40)]
)
COUNTRY_HINT: Final = "must be two letters (ISO 3166-1)"
CURRENCY_HINT: Final = "must be three letters (ISO 4217)"
NUMBER_HINT: Final = "must be a number of at least 0, or a string with an exact decimal"
