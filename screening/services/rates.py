"""Loading a team's exchange rates from the European Central Bank's reference files.

`Date, USD, JPY, ...` and a row per day, in units for one euro; `N/A` and empty cells are days without a rate. A file
that is not one is refused whole: nothing of it is written.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from ratel.tenancy import tenant
from screening.models import ExchangeRate
from teams import audit
from teams.configuration import STAMPS

LARGEST_FILE_BYTES: Final = 64 * 1024 * 1024
MOST_CURRENCIES: Final = 400
MOST_DAYS: Final = 50_000
ROWS_AT_ONCE: Final = 5_000
LARGEST_RATE: Final = Decimal(10) ** 15
_DECIMALS: Final = Decimal("0.0000000001")
_NO_RATE: Final = frozenset({"", "N/A", "-"})
_CODE: Final = re.compile(r"[A-Z]{3}")


class RatesRefused(Exception):
    """The file is not a table of rates; the message names the line."""


@dataclass(frozen=True)
class Rate:
    """Units of `currency` for one euro on `day`."""

    day: date
    currency: str
    per_euro: Decimal


@dataclass(frozen=True)
class RatesLoaded:
    """What a load left in the table."""

    rates: int
    currencies: int
    first_day: date
    last_day: date


def rates_load(*, team_id: UUID, path: Path, since: date = date.min) -> RatesLoaded:
    """Adds the rates of a file from a day on to a team's table, replacing those of the same days; raises RatesRefused."""
    found = [rate for rate in read_rates(path) if rate.day >= since]
    if not found:
        raise RatesRefused(f"the file has no rates since {since}")
    days = [rate.day for rate in found]
    loaded = RatesLoaded(len(found), len({rate.currency for rate in found}), min(days), max(days))
    organisation_id = _organisation_of(team_id)
    with tenant(organisation_id, [team_id]):
        _store(organisation_id, team_id, found)
        with connection.cursor() as cursor:
            # The table has no trigger: a stamp per row would be thousands for one change.
            cursor.execute(
                "UPDATE teams_configurationstamp SET value = value + 1 WHERE scope = %s", [team_id]
            )
        audit.record(
            organisation_id=organisation_id,
            team_id=team_id,
            actor=audit.system(),
            action="rates.loaded",
            subject=("team", str(team_id)),
            after={"rates": loaded.rates, "firstDay": loaded.first_day, "lastDay": loaded.last_day},
        )
        transaction.on_commit(STAMPS.forget)
    return loaded


def _store(organisation_id: UUID, team_id: UUID, rates: list[Rate]) -> None:
    ExchangeRate.objects.bulk_create(
        [
            ExchangeRate(
                organisation_id=organisation_id,
                team_id=team_id,
                day=rate.day,
                currency=rate.currency,
                per_euro=rate.per_euro,
            )
            for rate in rates
        ],
        batch_size=ROWS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["team_id", "currency", "day"],
        update_fields=["per_euro"],
    )


def _organisation_of(team_id: UUID) -> UUID:
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id FROM teams_configurationstamp WHERE scope = %s", [team_id])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise RatesRefused("there is no team with this id")
    organisation_id: UUID = row[0]
    return organisation_id


def read_rates(path: Path) -> list[Rate]:
    """Every rate of the file, each day and currency once."""
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise RatesRefused(f"the file is larger than {LARGEST_FILE_BYTES} bytes")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rates = {(rate.day, rate.currency): rate for rate in _rates(csv.reader(file))}
    except (UnicodeDecodeError, csv.Error):
        raise RatesRefused("the file is not a CSV file in UTF-8") from None
    if not rates:
        raise RatesRefused("the file has no rates")
    return list(rates.values())


def _rates(rows: Iterator[list[str]]) -> Iterator[Rate]:
    codes = _header(next(rows, []))
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if number > MOST_DAYS:
            raise RatesRefused(f"the file has more than {MOST_DAYS} days")
        day = _day(row[0].strip())
        if day is None:
            raise RatesRefused(f"line {number} does not begin with a date")
        if any(cell.strip() for cell in row[len(codes) + 1 :]):
            raise RatesRefused(f"line {number} has more cells than the header")
        for code, cell in zip(codes, row[1:], strict=False):
            if cell.strip() not in _NO_RATE:
                yield Rate(day, code, _rate(cell.strip(), number, code))


def _header(row: list[str]) -> list[str]:
    """The currencies, in the order of their columns; the line of the Bank's files ends in a comma."""
    names = [name.strip() for name in row]
    while names and not names[-1]:
        names.pop()
    codes = names[1:]
    is_header = names[:1] == ["Date"] and codes and all(_CODE.fullmatch(code) for code in codes)
    if not is_header or len(codes) > MOST_CURRENCIES or len(set(codes)) < len(codes):
        raise RatesRefused("line 1 is not a header such as Date, USD, JPY")
    return codes


def _day(text: str) -> date | None:
    """`2026-11-20`, or `20 November 2026` as in the file of one day."""
    for form in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    return None


def _rate(text: str, number: int, code: str) -> Decimal:
    try:
        rate = Decimal(text)
        rounded = rate.quantize(_DECIMALS) if rate.is_finite() and rate < LARGEST_RATE else Decimal(0)
    except InvalidOperation:
        rounded = Decimal(0)
    if rounded <= 0:
        raise RatesRefused(f"line {number} has no rate above 0 for {code}")
    return rounded
