"""Opens files of payments, plain or gzip, and reads the exact amounts in them.

Nothing here may load a whole file, and a line has a limit.
"""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TextIO

from screening.replay.item import FileRefusedError, RowRefusedError

GZIP_MAGIC = b"\x1f\x8b"
LONGEST_LINE_CHARACTERS = 1024 * 1024


@contextmanager
def open_text(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """The file as text, unpacked when it is gzip."""
    with path.open("rb") as probe:
        is_gzip = probe.read(2) == GZIP_MAGIC
    if is_gzip:
        with gzip.open(path, "rt", encoding=encoding, newline="") as packed:
            yield packed
    else:
        with path.open(encoding=encoding, newline="") as plain:
            yield plain


def lines(stream: TextIO) -> Iterator[str]:
    """Lines without their end; one longer than the limit comes cut just behind it, to be refused."""
    while line := stream.readline(LONGEST_LINE_CHARACTERS + 1):
        rest = line
        while not rest.endswith("\n") and (rest := stream.readline(LONGEST_LINE_CHARACTERS + 1)):
            continue
        yield line.rstrip("\r\n")


def first_line(path: Path) -> str:
    """The first line that is not blank, "" when there is none."""
    with open_text(path, "latin-1") as stream:
        return next((line for line in lines(stream) if line.strip()), "")


def file_beside(path: Path, name: str) -> Path:
    """The file `name` (or `name.gz`) in the same folder."""
    for candidate in (path.with_name(name), path.with_name(name + ".gz")):
        if candidate.is_file():
            return candidate
    raise FileRefusedError(f"{path.name} needs {name} (or {name}.gz) in the same folder")


def exact_amount(text: str) -> str:
    """The amount as it will be sent: the file's own decimal digits, never through a float."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise RowRefusedError("the amount is not a number") from None
    if not amount.is_finite():
        raise RowRefusedError("the amount is not a number")
    return f"{amount:f}"


def exact_time(text: str) -> datetime:
    """An ISO 8601 time that says its offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RowRefusedError("the time is not ISO 8601") from None
    if moment.tzinfo is None:
        raise RowRefusedError("the time has no offset")
    return moment
