"""What lists are asked for and how they are cut: filters out of the query string, pages by cursor.

A cursor names the last item of a page, nothing else: new items shift no page and none is seen twice. This module
knows no table; filters are refused by name, never ignored, because an ignored filter shows too much.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest

from ratel.identifiers import read, show
from ratel.problem import Invalid, Problem

Item = TypeVar("Item")
LARGEST_PAGE: Final = 200
USUAL_PAGE: Final = 50
LONGEST_VALUE: Final = 128
CURSOR: Final = "cur"
# Read by the authentication of a signed-in person on any address.
_TEAM: Final = "team"
_OFFSET_WITH_BLANK: Final = re.compile(r" (\d\d(?::?\d\d)?)$")


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted: at most `limit` items that come after the item `after`."""

    limit: int
    after: UUID | None

    def cut(self, items: Sequence[Item], identify: Callable[[Item], UUID]) -> tuple[list[Item], str | None]:
        """The page and the cursor of the next one (None at the end), out of up to `limit` + 1 items."""
        shown = list(items[: self.limit])
        return shown, show(CURSOR, identify(shown[-1])) if len(items) > self.limit else None


class Query:
    """Reads the parameters of a list; `finish` raises Invalid with every problem and its path."""

    def __init__(self, request: HttpRequest, *names: str) -> None:
        try:
            self._given: Mapping[str, str] = {name: str(request.GET[name]) for name in request.GET}
        except SuspiciousOperation:
            raise Invalid("There are too many parameters") from None
        known = {*names, "cursor", "limit", _TEAM}
        self.problems = [
            Problem(name[:LONGEST_VALUE], "is not a filter of this list")
            for name in self._given
            if name not in known
        ]

    def text(self, name: str) -> str | None:
        """1 to 128 characters, or None where the parameter is absent."""
        value = self._given.get(name)
        if value is None:
            return None
        if not 1 <= len(value) <= LONGEST_VALUE or "\x00" in value:
            self.problems.append(
                Problem(name, f"must have 1 to {LONGEST_VALUE} characters, none of them null")
            )
            return None
        return value

    def choice(self, name: str, known: Collection[str]) -> str | None:
        value = self._given.get(name)
        if value is not None and value not in known:
            self.problems.append(Problem(name, f"must be one of {', '.join(known)}"))
            return None
        return value

    def moment(self, name: str, *, is_end: bool = False) -> datetime | None:
        """A time with its offset, or a day in UTC: its first instant, with `is_end` its last."""
        value = self._given.get(name)
        if value is None:
            return None
        moment = _moment(value, is_end=is_end)
        if moment is None:
            self.problems.append(
                Problem(name, "must be an ISO 8601 date, or a time with its offset from UTC")
            )
        return moment

    def whole_number(self, name: str, *, smallest: int, largest: int, usual: int) -> int:
        text = self._given.get(name, str(usual))
        is_number = text.isascii() and text.isdigit() and len(text) <= 6
        if not is_number or not smallest <= int(text) <= largest:
            self.problems.append(Problem(name, f"must be a whole number from {smallest} to {largest}"))
            return usual
        return int(text)

    def page(self) -> Page:
        limit = self.whole_number("limit", smallest=1, largest=LARGEST_PAGE, usual=USUAL_PAGE)
        cursor = self._given.get("cursor")
        after = read(CURSOR, cursor) if cursor is not None else None
        if cursor is not None and after is None:
            self.problems.append(Problem("cursor", "must be the nextCursor of an earlier answer"))
        return Page(limit, after)

    def finish(self) -> None:
        if self.problems:
            raise Invalid(errors=self.problems)


def _moment(text: str, *, is_end: bool) -> datetime | None:
    try:
        if len(text) <= 10:
            start = datetime.combine(date.fromisoformat(text), time.min, UTC)
            return start + timedelta(days=1, microseconds=-1) if is_end else start
        # A plus sign that nobody escaped arrives as a blank.
        moment = datetime.fromisoformat(_OFFSET_WITH_BLANK.sub(r"+\1", text))
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def listed(data: list[dict[str, Any]], next_cursor: str | None) -> dict[str, Any]:
    """The answer of every list."""
    return {"ok": True, "data": data, "nextCursor": next_cursor}
