"""What every list reader shares: the record of a bad entry, the refusal of a whole file, limits, and small
parsers.

It never guesses: what cannot be read is left out or reported, not invented.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from screening.names.entity import ListedEntity, ListedName, NameQuality

MAXIMUM_FILE_BYTES = 2_000_000_000
MAXIMUM_RECORDS = 5_000_000
MAXIMUM_NAMES = 300
MAXIMUM_NAME_CHARACTERS = 512
MAXIMUM_REMARK_CHARACTERS = 2_000
MAXIMUM_REFERENCE_CHARACTERS = 128
MAXIMUM_VALUES = 100


class ListRefused(Exception):
    """The file as a whole must not replace what is loaded; `reason` is a sentence for an operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that was skipped: file and line or element, and why. It quotes no personal data."""

    location: str
    reason: str


class BadValueError(Exception):
    """A record holds something that must not be guessed; the text says what and quotes nobody."""


Record = ListedEntity | BadRecord

_ALSO_KNOWN = re.compile(
    r"[\s,;]*\(?\b(?:(?:also|formerly|now|previously) known as|[afn][./]?\s?k[./]?\s?a\b\.?)"
    r"[\s:]+([^()]+)\)?",
    re.IGNORECASE,
)
_DATE_FORMATS = (
    ("%Y-%m-%d", "YYYY-MM-DD"),
    ("%d %b %Y", "YYYY-MM-DD"),
    ("%d %B %Y", "YYYY-MM-DD"),
    ("%d/%m/%Y", "YYYY-MM-DD"),
    ("%b %Y", "YYYY-MM"),
    ("%B %Y", "YYYY-MM"),
    ("%Y-%m", "YYYY-MM"),
    ("%Y", "YYYY"),
)
_ISO_DATE = re.compile(r"\d{4}(?:-\d\d){0,2}")
_YEARS = re.compile(r"\b(?:1[89]|20)\d\d\b")
_WIDEST_YEAR_SPAN = 15


def tidy(text: str | None, most: int = MAXIMUM_NAME_CHARACTERS) -> str:
    """The text with single spaces, cut to a limit; empty for None."""
    return " ".join(text.split())[:most].strip() if text else ""


def unique(values: Iterable[str], most: int = MAXIMUM_VALUES) -> tuple[str, ...]:
    """The non-empty values once each, in their order."""
    return tuple(value for value in dict.fromkeys(values) if value)[:most]


def listed_names(primary: str, aliases: Iterable[tuple[str, NameQuality]]) -> tuple[ListedName, ...]:
    """The primary name, what it says it is also known as, and the aliases; each spelling once."""
    first, also = split_also_known(primary)
    names = {first: ListedName(first, "primary")} if first else {}
    for text in also:
        names.setdefault(text, ListedName(text, "alias"))
    for text, quality in aliases:
        kept, more = split_also_known(text)
        for alias in (kept, *more):
            if alias:
                names.setdefault(alias, ListedName(alias, quality))
    return tuple(names.values())[:MAXIMUM_NAMES]


def split_also_known(text: str) -> tuple[str, list[str]]:
    """`X (also known as Y)` is `X` and `[Y]`."""
    text = tidy(text, 4 * MAXIMUM_NAME_CHARACTERS)
    also = [tidy(found) for found in _ALSO_KNOWN.findall(text)]
    name = tidy(_ALSO_KNOWN.sub(" ", text)) if also else tidy(text)
    if not name and also:
        name, *also = also
    return name, also


def birth_dates(text: str | None) -> tuple[str, ...]:
    """Dates as YYYY, YYYY-MM or YYYY-MM-DD; a span of years is every year of it; nothing when it cannot be
    read.
    """
    return _read_dates(text[:200]) if text else ()


@lru_cache(maxsize=65_536)
def _read_dates(text: str) -> tuple[str, ...]:
    """Remembered, because a large list has the same dates again and again and reading one is slow."""
    text = re.sub(r"\b(circa|approximately|born|in|about)\b", " ", tidy(text, 200), flags=re.IGNORECASE)
    dates: list[str] = []
    for part in re.split(r"\bor\b|;|,", text, flags=re.IGNORECASE):
        dates += _dates_of(tidy(part))
    return unique(dates)


def _dates_of(part: str) -> list[str]:
    if _ISO_DATE.fullmatch(part):
        with suppress(ValueError):
            date.fromisoformat(f"{part}-01-01"[:10])
            return [part]
    for read, written in _DATE_FORMATS:
        with suppress(ValueError):
            day = datetime.strptime(part[:24], read).replace(tzinfo=UTC)
            return [f"{day.year:04}-{day:%m-%d}"[: len(written)]]
    years = [int(year) for year in _YEARS.findall(part)]
    if len(years) == 2 and 0 <= years[1] - years[0] <= _WIDEST_YEAR_SPAN:
        return [str(year) for year in range(years[0], years[1] + 1)]
    return [str(year) for year in years[:1]]


def text_lines(path: Path) -> Iterator[str]:
    """The file's lines as text: UTF-8 where it is, else Latin-1. Refuses markup, which is what an error
    page is.
    """
    check_size(path)
    with path.open("rb") as file:
        start = file.read(1024)
    if not start.strip():
        raise ListRefused(f"{path.name} is empty")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ListRefused(f"{path.name} is markup such as an HTML page, not delimited text")
    if b"\x00" in start:
        raise ListRefused(f"{path.name} is not text")
    with path.open(encoding=_encoding(path), newline="") as file:
        yield from file


def check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ListRefused(f"{path.name} cannot be read") from error
    if not path.is_file():
        raise ListRefused(f"{path.name} is not a file")
    if size > MAXIMUM_FILE_BYTES:
        raise ListRefused(f"{path.name} is larger than {MAXIMUM_FILE_BYTES} bytes")


def _encoding(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            while file.read(1_048_576):
                pass
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"
