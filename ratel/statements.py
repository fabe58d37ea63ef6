"""Writes of the decision path as data: stages and sinks say which rows go where, one place sends them.

The statements of one decision go to PostgreSQL in one round trip (`ratel/pipeline.py`) and commit together. Single
rows of neighbouring tables travel as one statement, many rows as arrays through unnest.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, LiteralString, TypeVar, cast

import psycopg
from django.db import InterfaceError, OperationalError, connection

from ratel import pipeline
from ratel.pipeline import Command, run

Result = TypeVar("Result")


def array_text(values: Iterable[Any]) -> str:
    """The text that an array column takes (see InsertInto)."""
    return pipeline.array_text(list(values)).decode()


@dataclass(frozen=True, eq=False)
class InsertInto:
    """An INSERT: `columns` maps each column to its PostgreSQL type. Array columns take the text of `array_text`."""

    table: str
    columns: dict[str, str]
    row_sql: bytes = field(init=False)
    rows_sql: bytes = field(init=False)

    def __post_init__(self) -> None:
        names = ", ".join(self.columns)
        values = ", ".join(f"%s::{kind}" for kind in self.columns.values())
        # Arrays of arrays would be flattened, so array columns travel as text and are cast afterwards.
        arrays = ", ".join(
            "%s::text[]" if kind.endswith("[]") else f"%s::{kind}[]" for kind in self.columns.values()
        )
        columns = ", ".join(f"u.{name}::{kind}" for name, kind in self.columns.items())
        insert = f"INSERT INTO {self.table} ({names})"
        rows_sql = f"{insert} SELECT {columns} FROM unnest({arrays}) AS u({names})"  # noqa: S608 - our own names
        object.__setattr__(self, "row_sql", f"{insert} VALUES ({values})".encode())
        object.__setattr__(self, "rows_sql", rows_sql.encode())


@dataclass(frozen=True)
class Update:
    """Any other statement of the decision path, run once per row of parameters."""

    sql: bytes


Write = tuple[InsertInto | Update, Sequence[tuple[Any, ...]]]


def driver_connection() -> psycopg.Connection[Any]:
    """This thread's psycopg connection, opened by Django with its settings."""
    if connection.connection is None or connection.connection.closed:
        connection.close()
        connection.connect()
    return cast("psycopg.Connection[Any]", connection.connection)


def is_connection_lost() -> bool:
    """Whether this thread's connection is gone: the next use opens another one."""
    return connection.connection is None or bool(connection.connection.closed)


def again_if_lost(work: Callable[[], Result]) -> Result:
    """What `work` gives, tried once more where the connection turns out to be gone: it had ended while nobody used it.

    For what may be done twice and begins its own transaction; inside of one the loss is raised.
    """
    try:
        return work()
    except (psycopg.OperationalError, OperationalError, InterfaceError):
        if connection.in_atomic_block or not is_connection_lost():
            raise
        connection.close()
        return work()


def read_rows(sql: LiteralString, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Rows of a read outside of any transaction, asked again once where the connection turns out to be gone."""
    try:
        return driver_connection().execute(sql, parameters).fetchall()
    except psycopg.OperationalError:
        if not is_connection_lost():
            raise
        return driver_connection().execute(sql, parameters).fetchall()


def commands_of(writes: Iterable[Write]) -> Iterator[Command]:
    """The statements of the writes, in order.

    Single rows for neighbouring tables become one statement: each one more costs more than what it inserts.
    """
    singles: list[tuple[InsertInto, tuple[Any, ...]]] = []
    for statement, rows in writes:
        if isinstance(statement, InsertInto) and len(rows) == 1:
            singles.append((statement, rows[0]))
        elif rows:
            yield from _joined_command(singles)
            singles = []
            yield from _commands(statement, rows)
    yield from _joined_command(singles)


def _commands(statement: InsertInto | Update, rows: Sequence[tuple[Any, ...]]) -> Iterator[Command]:
    if isinstance(statement, Update):
        for row in rows:
            yield statement.sql, row
    else:
        yield statement.rows_sql, list(zip(*rows, strict=True))


def _joined_command(singles: list[tuple[InsertInto, tuple[Any, ...]]]) -> Iterator[Command]:
    if singles:
        sql = _joined(tuple([statement for statement, _ in singles]))
        yield sql, [value for _, row in singles for value in row]


@lru_cache(maxsize=256)
def _joined(statements: tuple[InsertInto, ...]) -> bytes:
    """One statement that makes all the inserts: every one but the last as a common table expression."""
    *first, last = statements
    named = [b"w%d AS (%s)" % (position, statement.row_sql) for position, statement in enumerate(first)]
    return (b"WITH " + b", ".join(named) + b" " if named else b"") + last.row_sql


def insert(statement: InsertInto, *rows: tuple[Any, ...]) -> None:
    """Inserts rows in the current transaction, outside of the decision path."""
    run(driver_connection(), list(commands_of([(statement, rows)])))
