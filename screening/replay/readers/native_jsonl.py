"""Lines of JSON, each a body of the native dialect, with an optional `label` beside its fields.

The label is taken off before anything else happens and must never be sent. What else a line holds goes out as
it is: judging it is the server's work.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from screening.replay.item import BadRow, ReadOptions, ReplayItem, RowRefusedError
from screening.replay.readers.source import LONGEST_LINE_CHARACTERS, lines, open_text

CODE = "native"
BEGINNING = datetime.min.replace(tzinfo=UTC)


def recognises(first_line: str) -> bool:
    return first_line.lstrip("\ufeff \t").startswith("{")


def read(path: Path, options: ReadOptions) -> Iterator[ReplayItem | BadRow]:
    """Payments in the order of the file; one without a time keeps its place behind the line before it."""
    previous = BEGINNING
    with open_text(path, "utf-8-sig") as stream:
        for number, line in enumerate(lines(stream), start=1):
            if not line.strip():
                continue
            try:
                item = payment(line, number, previous, options)
            except RowRefusedError as problem:
                yield BadRow(number, str(problem))
            else:
                if options.account_to_account and not item.payload.get("counterpartyAccount"):
                    continue
                previous = item.occurred_at
                yield item


def payment(line: str, number: int, previous: datetime, options: ReadOptions) -> ReplayItem:
    """One line as a payment; raises RowRefusedError when it is none."""
    body = decode(line)
    label = body.pop("label", None)
    if label not in (None, True, False):
        raise RowRefusedError("the label is neither true nor false")
    if "externalId" not in body:
        # Digest and line number together: the same at each reading, and no other file's line has it.
        body["externalId"] = f"native-{hashlib.sha256(line.encode()).hexdigest()[:16]}-{number}"
    if options.currency and "amountIdr" not in body:
        body["currency"] = options.currency
    if not options.names:
        body.pop("customerName", None)
        body.pop("counterpartyName", None)
    occurred_at = moment(body.get("occurredAt")) or previous
    return ReplayItem(
        body, str(body.get("customerId", "")), occurred_at, None if label is None else bool(label), number
    )


def decode(line: str) -> dict[str, object]:
    """The line's object, whole numbers exact whatever their length."""
    if len(line) > LONGEST_LINE_CHARACTERS:
        raise RowRefusedError("longer than one MiB")
    try:
        body = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise RowRefusedError("not JSON") from None
    if not isinstance(body, dict):
        raise RowRefusedError("not a JSON object")
    return body


def moment(value: object) -> datetime | None:
    """The time for sorting, None where there is none that can be read; without offset it counts as UTC."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
