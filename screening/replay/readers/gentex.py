"""Payments of a simulated bank: a CSV with a header, and its accounts in a second file beside it.

The sender is the customer (debit); a source of income is no account, so there its receiver is (credit).
`is_sar` and `pattern_id` label a payment and must never be sent.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from screening.replay.item import BadRow, FileRefusedError, ReadOptions, ReplayItem, RowRefusedError
from screening.replay.readers.source import exact_amount, exact_time, file_beside, open_text

CODE = "gentex"
COLUMNS = ["id", "occurred_at", "sender", "receiver", "amount", "type", "is_sar", "pattern_id"]
ACCOUNT_COLUMNS = ["account", "name", "country", "kyc_status", "kyc_tier", "opened"]
ACCOUNTS_FILE = "gentex_accounts.csv"
LABELS = {"0": False, "1": True}


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the simulated bank."""

    name: str
    country: str
    kyc_status: str
    kyc_tier: str
    opened: str


def recognises(first_line: str) -> bool:
    return first_line.lstrip("\ufeff").split(",")[:4] == COLUMNS[:4]


def read(path: Path, options: ReadOptions) -> Iterator[ReplayItem | BadRow]:
    """Payments in the order of the file."""
    accounts = read_accounts(file_beside(path, ACCOUNTS_FILE))
    with open_text(path, "utf-8-sig") as stream:
        rows = csv.reader(stream)
        if next(rows, None) != COLUMNS:
            raise FileRefusedError(f"{path.name} does not start with the columns {','.join(COLUMNS)}")
        for row in rows:
            if not row or (options.account_to_account and not between_accounts(row, accounts)):
                continue
            try:
                yield payment(row, accounts, options, rows.line_num)
            except RowRefusedError as problem:
                yield BadRow(rows.line_num, str(problem))


def read_accounts(path: Path) -> dict[str, Account]:
    """Every account by its number."""
    with open_text(path, "utf-8-sig") as stream:
        rows = csv.reader(stream)
        if next(rows, None) != ACCOUNT_COLUMNS:
            raise FileRefusedError(f"{path.name} does not start with the columns {','.join(ACCOUNT_COLUMNS)}")
        return {row[0]: Account(*row[1:]) for row in rows if len(row) == len(ACCOUNT_COLUMNS)}


def between_accounts(row: list[str], accounts: dict[str, Account]) -> bool:
    return len(row) == len(COLUMNS) and row[2] in accounts and row[3] in accounts


def payment(row: list[str], accounts: dict[str, Account], options: ReadOptions, line: int) -> ReplayItem:
    """One row as a payment; raises RowRefusedError when it is none."""
    if len(row) != len(COLUMNS):
        raise RowRefusedError("not 8 columns")
    identifier, moment, sender, receiver, amount, kind, label, _pattern = row
    if label not in LABELS:
        raise RowRefusedError("the label is neither 0 nor 1")
    is_debit = sender in accounts
    customer, other = (sender, receiver) if is_debit else (receiver, sender)
    if customer not in accounts:
        raise RowRefusedError("neither party is an account of the file")
    payload: dict[str, object] = {
        "externalId": identifier,
        "occurredAt": moment,
        "direction": "debit" if is_debit else "credit",
        "amount": exact_amount(amount),
        "currency": options.currency or options.default_currency,
        **kind_of(kind, is_debit),
        **customer_fields(customer, accounts[customer], options),
        **counterparty_fields(accounts[customer], other, accounts.get(other), options),
    }
    return ReplayItem(payload, customer, exact_time(moment), LABELS[label], line)


def kind_of(kind: str, is_debit: bool) -> dict[str, object]:
    """Cash goes over the counter, anything else is a transfer."""
    if kind != "cash":
        return {"type": "transfer", "channel": "transfer"}
    return {"type": "cash_withdrawal" if is_debit else "cash_deposit", "channel": "cash"}


def customer_fields(customer: str, account: Account, options: ReadOptions) -> dict[str, object]:
    fields: dict[str, object] = {
        "customerId": customer,
        "customerSince": account.opened,
        "kycStatus": account.kyc_status,
        "kycTier": account.kyc_tier,
    }
    return fields | {"customerName": account.name} if options.names else fields


def counterparty_fields(
    customer: Account, other: str, account: Account | None, options: ReadOptions
) -> dict[str, object]:
    """The other party where it is an account; SPENDING and INCOME are nobody one could name."""
    if account is None:
        return {}
    fields: dict[str, object] = {
        "counterpartyAccount": other,
        "country": account.country,
        "isCrossBorder": account.country != customer.country,
    }
    return fields | {"counterpartyName": account.name} if options.names else fields
