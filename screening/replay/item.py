"""What a reader yields: one payment to send, or one row that cannot be sent.

The label stays beside the payload and must never be put into it.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReplayItem:
    """`payload` is a body of the native dialect; payments of one `customer` are sent one after the other.

    `label` says whether the file calls the payment suspicious (None: it does not say); `row` is its line in
    the file.
    """

    payload: dict[str, object]
    customer: str
    occurred_at: datetime
    label: bool | None
    row: int


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is not a payment, and why; `reason` never repeats what the line holds."""

    row: int
    reason: str


@dataclass(frozen=True)
class ReadOptions:
    """What to take from a file.

    `currency` replaces the file's own, `default_currency` stands where a format has none to tell, `names`
    sends the names of the parties, `account_to_account` leaves out payments whose other party is no account.
    """

    currency: str | None = None
    default_currency: str = "NGN"
    names: bool = True
    account_to_account: bool = False


class FileRefusedError(Exception):
    """The file as a whole cannot be replayed; the message says why and what would help."""


class RowRefusedError(Exception):
    """One line is not a payment; the message is our own sentence and never repeats what the line holds."""
