"""Laundering attempts of the AMLworld simulation: blocks of payments, all suspicious, no other traffic.

The sending account is the customer. A block's typology and the laundering column are labels and must never be
sent.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from screening.replay.item import BadRow, ReadOptions, ReplayItem, RowRefusedError
from screening.replay.readers.source import exact_amount, lines, open_text

CODE = "amlworld"
BEGIN = "BEGIN LAUNDERING ATTEMPT"
END = "END LAUNDERING ATTEMPT"
COLUMN_COUNT = 11
CURRENCIES = {
    "Australian Dollar": "AUD",
    "Brazil Real": "BRL",
    "Canadian Dollar": "CAD",
    "Euro": "EUR",
    "Mexican Peso": "MXN",
    "Ruble": "RUB",
    "Rupee": "INR",
    "Saudi Riyal": "SAR",
    "Shekel": "ILS",
    "Swiss Franc": "CHF",
    "UK Pound": "GBP",
    "US Dollar": "USD",
    "Yen": "JPY",
    "Yuan": "CNY",
}
CHANNELS = {
    "ACH": "transfer",
    "Wire": "transfer",
    "Cheque": "cheque",
    "Credit Card": "card",
    "Cash": "cash",
    "Reinvestment": "reinvestment",
    "Bitcoin": "bitcoin",
}


def recognises(first_line: str) -> bool:
    return first_line.startswith(BEGIN)


def read(path: Path, options: ReadOptions) -> Iterator[ReplayItem | BadRow]:
    """Payments attempt by attempt; attempts overlap in time, so this order is not the order of time."""
    attempt = row = 0
    inside = False
    with open_text(path) as stream:
        for number, line in enumerate(lines(stream), start=1):
            if line.startswith(BEGIN):
                attempt, row, inside = attempt + 1, 0, True
            elif line.startswith(END):
                inside = False
            elif line.strip():
                row += 1
                identifier = f"amlworld-{attempt}-{row}" if inside else ""
                yield one_row(line, identifier, options, number)


def one_row(line: str, identifier: str, options: ReadOptions, number: int) -> ReplayItem | BadRow:
    if not identifier:
        return BadRow(number, "outside of an attempt")
    try:
        return payment(next(csv.reader([line])), identifier, options, number)
    except RowRefusedError as problem:
        return BadRow(number, str(problem))


def payment(row: list[str], identifier: str, options: ReadOptions, number: int) -> ReplayItem:
    """One row as a payment; raises RowRefusedError when it is none. The amount is what the sender paid."""
    if len(row) != COLUMN_COUNT:
        raise RowRefusedError("not 11 columns")
    moment, from_bank, from_account, to_bank, to_account, _received, _in, paid, currency, form, _label = row
    occurred_at = minute(moment)
    customer = f"{from_bank}-{from_account}"
    payload: dict[str, object] = {
        "externalId": identifier,
        "occurredAt": occurred_at.isoformat(),
        "customerId": customer,
        "direction": "debit",
        "amount": exact_amount(paid),
        "currency": options.currency or iso_currency(currency),
        "channel": channel_of(form),
        "counterpartyAccount": f"{to_bank}-{to_account}",
    } | kind_of(form)
    return ReplayItem(payload, customer, occurred_at, True, number)


def minute(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y/%m/%d %H:%M").replace(tzinfo=UTC)
    except ValueError:
        raise RowRefusedError("the time is not YYYY/MM/DD HH:MM") from None


def iso_currency(words: str) -> str:
    if words not in CURRENCIES:
        raise RowRefusedError("its currency has no ISO 4217 code; --currency would replace it")
    return CURRENCIES[words]


def channel_of(form: str) -> str:
    if form not in CHANNELS:
        raise RowRefusedError("an unknown payment format")
    return CHANNELS[form]


def kind_of(form: str) -> dict[str, object]:
    return {"type": "cash_withdrawal"} if form == "Cash" else {"type": "transfer"}
