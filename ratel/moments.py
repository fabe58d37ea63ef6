"""Times that callers write: ISO 8601 with an offset."""

from datetime import UTC, datetime
from typing import Any, Final

LONGEST: Final = 40


def moment_in(value: Any, *, longest: int | None = LONGEST) -> datetime | None:
    """The moment in UTC, because the database knows fewer offsets than the calendar; None where the value names none.

    `longest` is how many characters are read at most.
    """
    if not isinstance(value, str) or (longest is not None and len(value) > longest):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
