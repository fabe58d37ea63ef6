"""What is handed over as a batch: a JSON document, or a CSV file whose columns name the fields of an item.

Items are not looked into here, whichever way they come: one that is not valid has its problems as its result. Only what
makes the whole of it senseless is refused.
"""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

from ratel.json import BATCH_BYTES, decode, encode
from ratel.problem import Invalid, NotJSON, Problem, TooLarge
from screening.batch_jobs.accept import MOST_ITEMS
from webhooks.egress import Refused, Targets, check_host, check_url

KNOWN: Final = ("transactions", "callback_url")
# Without these columns no line of a CSV file could be decided.
NEEDED_COLUMNS: Final = ("transaction_id", "amount", "sender.entity_id", "receiver.entity_id")
KNOWN_COLUMNS: Final = (
    *NEEDED_COLUMNS,
    *("currency", "timestamp", "sender.account_id", "sender.name", "receiver.account_id", "receiver.name"),
    *("metadata.channel", "metadata.type", "metadata.ip_address", "metadata.device_id"),
)
_PARTS: Final = ("sender", "receiver", "metadata")
_MOST_COLUMNS: Final = 64


def batch_in(document: Any) -> tuple[list[Any], str]:
    """The items and the callback's address; raises Invalid with every problem."""
    _check_nesting(document)
    if not isinstance(document, dict):
        raise Invalid(errors=[Problem("", "must be a JSON object")])
    problems = [Problem(key[:128], "is not a field of a batch") for key in document if key not in KNOWN]
    items = document.get("transactions")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        problems.append(Problem("transactions", f"must be a list of 1 to {MOST_ITEMS} transactions"))
    url = document.get("callback_url")
    if url is not None:
        problems += _problems_of_url(url)
    if problems:
        raise Invalid(errors=problems)
    return items or [], url or ""


def _check_nesting(document: Any) -> None:
    """What was read can be written again, which goes 254 levels deep; raises Invalid with the items that cannot."""
    if _can_be_kept(document):
        return
    items = document.get("transactions") if isinstance(document, dict) else None
    found = items if isinstance(items, list) else []
    deep = [f"transactions[{position}]" for position, item in enumerate(found) if not _can_be_kept([[item]])]
    raise Invalid(errors=[Problem(path, "nests too deep") for path in deep or [""]])


def _can_be_kept(value: Any) -> bool:
    try:
        encode(value)
    except TypeError:
        return False
    return True


def batch_in_file(name: str, content: bytes) -> tuple[list[Any], str]:
    """The same of a file: JSON as the API takes it (or its list of transactions alone), or CSV.

    Raises Invalid, NotJSON or TooLarge.
    """
    if len(content) > BATCH_BYTES:
        raise TooLarge(f"A file has at most {BATCH_BYTES // 1024 // 1024} MiB")
    if not content.strip():
        raise Invalid("The file is empty")
    if name.lower().endswith(".csv"):
        return batch_in({"transactions": _csv_items(content)})
    try:
        document = decode(content)
    except NotJSON as error:
        raise NotJSON(error.detail.replace("The body", "The file"), code=error.code) from None
    return batch_in({"transactions": document} if isinstance(document, list) else document)


def _csv_items(content: bytes) -> list[dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8 text") from None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [column.strip() for column in next(lines, [])]
        _check_header(header)
        items = []
        for line in lines:
            if any(cell.strip() for cell in line):
                items.append(_item(header, line, lines.line_num))
            if len(items) > MOST_ITEMS:
                break
    except csv.Error as error:
        raise Invalid(f"The file is not CSV: {error}, near line {lines.line_num}") from None
    return items


def _check_header(header: Sequence[str]) -> None:
    problems = [
        Problem(column, "is a column that the file needs")
        for column in NEEDED_COLUMNS
        if column not in header
    ]
    problems += [Problem(column, "comes twice") for column in KNOWN_COLUMNS if header.count(column) > 1]
    if len(header) > _MOST_COLUMNS:
        problems.append(Problem("", f"has more than {_MOST_COLUMNS} columns"))
    if problems:
        raise Invalid("The first line must name the columns", errors=problems)


def _item(header: Sequence[str], line: Sequence[str], number: int) -> dict[str, Any]:
    """One transaction; what is empty is absent, `sender.name` is the name of the sender."""
    if len(line) > len(header):
        raise Invalid(errors=[Problem(f"line {number}", "has more cells than the first line has columns")])
    item: dict[str, Any] = {}
    for column, cell in zip(header, line, strict=False):
        value = cell.strip()
        if not value or not column:
            continue
        part, dot, field = column.partition(".")
        if dot and part in _PARTS:
            item.setdefault(part, {})[field] = value
        else:
            item[column] = value
    return item


def _problems_of_url(url: Any) -> list[Problem]:
    targets = Targets.from_settings()
    try:
        check_host(check_url(url if isinstance(url, str) else "", targets), targets)
    except Refused as refused:
        return [Problem("callback_url", refused.reason)]
    return []
