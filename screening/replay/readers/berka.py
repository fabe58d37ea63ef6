"""Transactions of a real Czech bank from 1993 on: `;` separated, Latin-1, Czech codes; accounts beside.

The file dates a transaction to the day; the transactions of one day are spread evenly over it in the order of
the file, so the same file always gives the same times. Amounts are crowns: sent in another currency they are
taken as they are.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

from screening.replay.item import BadRow, FileRefusedError, ReadOptions, ReplayItem, RowRefusedError
from screening.replay.readers.source import exact_amount, file_beside, open_text

CODE = "berka"
ACCOUNTS_FILE = "berka_account.asc"
COLUMNS = [
    "trans_id",
    "account_id",
    "date",
    "type",
    "operation",
    "amount",
    "balance",
    "k_symbol",
    "bank",
    "account",
]
SECONDS_A_DAY = 86_400
DIRECTIONS = {"PRIJEM": "credit", "VYDAJ": "debit", "VYBER": "debit"}
# Operation: type and channel. An empty operation is the bank's own booking, such as interest.
OPERATIONS = {
    "VKLAD": ("cash_deposit", "cash"),
    "VYBER": ("cash_withdrawal", "cash"),
    "VYBER KARTOU": ("cash_withdrawal", "card"),
    "PREVOD Z UCTU": ("transfer", "transfer"),
    "PREVOD NA UCET": ("transfer", "transfer"),
    "": ("transfer", "transfer"),
}
PURPOSES = {
    "POJISTNE": "insurance",
    "SLUZBY": "statement fee",
    "UROK": "interest",
    "SANKC. UROK": "penalty interest",
    "SIPO": "household",
    "DUCHOD": "pension",
    "UVER": "loan",
}


def recognises(first_line: str) -> bool:
    return first_line.replace('"', "").split(";")[:4] == COLUMNS[:4]


def read(path: Path, options: ReadOptions) -> Iterator[ReplayItem | BadRow]:
    """Transactions in the order of the file. Every account is a customer; no party has a name here."""
    opened = read_opening_dates(file_beside(path, ACCOUNTS_FILE))
    with open_text(path, "latin-1") as stream:
        rows = csv.reader(stream, delimiter=";")
        if next(rows, None) != COLUMNS:
            raise FileRefusedError(f"{path.name} does not start with the columns {';'.join(COLUMNS)}")
        numbered = ((rows.line_num, row) for row in rows if row)
        for _date, day in groupby(numbered, key=lambda line: line[1][2:3]):
            yield from one_day(list(day), opened, options)


def read_opening_dates(path: Path) -> dict[str, str]:
    """When each account was opened, as an ISO date."""
    with open_text(path, "latin-1") as stream:
        rows = csv.DictReader(stream, delimiter=";")
        if not {"account_id", "date"} <= set(rows.fieldnames or ()):
            raise FileRefusedError(f"{path.name} has no columns account_id and date")
        return {row["account_id"]: midnight(row["date"]).date().isoformat() for row in rows}


def one_day(
    day: list[tuple[int, list[str]]], opened: dict[str, str], options: ReadOptions
) -> Iterator[ReplayItem | BadRow]:
    """The transactions of one day; the first at midnight, the others evenly behind it."""
    for place, (line, row) in enumerate(day):
        try:
            if options.account_to_account and not other_account(row):
                continue
            yield transaction(
                row, timedelta(seconds=place * SECONDS_A_DAY // len(day)), opened, options, line
            )
        except RowRefusedError as problem:
            yield BadRow(line, str(problem))


def transaction(
    row: list[str], after_midnight: timedelta, opened: dict[str, str], options: ReadOptions, line: int
) -> ReplayItem:
    """One row as a payment; raises RowRefusedError when it is none."""
    if len(row) != len(COLUMNS):
        raise RowRefusedError("not 10 columns")
    identifier, account, date, direction, operation, amount, _balance, symbol, _bank, _account = row
    if direction not in DIRECTIONS or operation not in OPERATIONS:
        raise RowRefusedError("an unknown type or operation")
    occurred_at = midnight(date) + after_midnight
    kind, channel = OPERATIONS[operation]
    payload: dict[str, object] = {
        "externalId": f"berka-{identifier}",
        "occurredAt": occurred_at.isoformat(),
        "customerId": account,
        "direction": DIRECTIONS[direction],
        "amount": exact_amount(amount),
        "currency": options.currency or options.default_currency,
        "type": kind,
        "channel": channel,
    }
    known = {
        "customerSince": opened.get(account),
        "counterpartyAccount": other_account(row),
        "narration": PURPOSES.get(symbol.strip()),
    }
    payload |= {field: value for field, value in known.items() if value}
    return ReplayItem(payload, account, occurred_at, None, line)


def midnight(date: str) -> datetime:
    """The beginning of a day written YYMMDD, in the twentieth century."""
    try:
        return datetime.strptime(f"19{date}", "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise RowRefusedError("the date is not YYMMDD") from None


def other_account(row: list[str]) -> str:
    """The other party as bank/account; "" where the file names none (it writes 0 for some cash)."""
    if len(row) != len(COLUMNS):
        raise RowRefusedError("not 10 columns")
    bank, account = row[8].strip(), row[9].strip()
    return f"{bank}/{account}" if bank and account.strip("0") else ""
