"""The one place where the demo's past is told: a clock that is set back while the bank's history is made.

What is decided, alerted and worked on gets the times of the story, so that charts, deadlines and handling times have a
past to show. The audit trail and the use of keys do not: they are written with the true time, so that they say what
happened, namely that all of this was made when the demo was loaded. Works on one process that does nothing else, never
on a server.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from ratel import identifiers
from teams import audit, keys
from teams.audit import entries
from teams.principal import Principal

true_now: Final = timezone.now
_entry_row: Final = entries.entry_row
_note_use: Final = keys.note_use


class Clock:
    """Stands still at `moment`; None lets it show the true time."""

    def __init__(self) -> None:
        self.moment: datetime | None = None

    def now(self) -> datetime:
        return self.moment or true_now()

    def time_ns(self) -> int:
        """What identifiers begin with, so that they sort by the times of the story."""
        return time.time_ns() if self.moment is None else int(self.moment.timestamp() * 1_000_000_000)

    @contextmanager
    def true(self) -> Iterator[None]:
        moment, self.moment = self.moment, None
        try:
            yield
        finally:
            self.moment = moment

    def entry_row(self, **entry: Any) -> tuple[Any, ...]:
        with self.true():
            return _entry_row(**{**entry, "at": true_now()})

    def note_use(self, principal: Principal, address: str) -> None:
        with self.true():
            _note_use(principal, address)


@contextmanager
def set_back() -> Iterator[Clock]:
    """A clock that this process goes by until the block ends. Refused in production."""
    if settings.RATEL_ENVIRONMENT == "production":
        raise RuntimeError("no clock is set back in production")
    clock = Clock()
    with ExitStack() as stack:
        for owner, name, value in (
            (timezone, "now", clock.now),
            (identifiers, "time", clock),
            (entries, "entry_row", clock.entry_row),
            (audit, "entry_row", clock.entry_row),
            (keys, "note_use", clock.note_use),
        ):
            stack.enter_context(_replaced(owner, name, value))
        yield clock


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
