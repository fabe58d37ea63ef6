"""Writes of the decision path as data: stages and sinks say which rows go where, one place sends them.

The statements of one decision go to PostgreSQL in one round trip (a pipeline) and commit together. One row is sent
as VALUES, many as arrays through unnest. Every value of a column travels with the same type whether it is null or
not, small or large: otherwise the driver would prepare a statement anew for each combination.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, LiteralString, cast

import psycopg
from django.db import connection

# Sent as text of unknown type, which PostgreSQL reads as the column's: null and not null then look alike.
_AS_TEXT: Final = ("int", "bigint", "smallint")


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if value is True or value is False:
        return "t" if value else "f"
    return "\\x" + value.hex() if isinstance(value, bytes) else str(value)


def array_text(values: Iterable[Any]) -> str:
    """PostgreSQL's text form of an array of numbers, ids or plain words; None becomes NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


@dataclass(frozen=True, eq=False)
class InsertInto:
    """An INSERT: `columns` maps each column to its PostgreSQL type, ending in "?" where it may be null.

    Array columns take the text of `array_text`; `on_conflict` is appended as it stands.
    """

    table: str
    columns: dict[str, str]
    on_conflict: str = ""
    row_sql: bytes = field(init=False)
    rows_sql: bytes = field(init=False)
    converters: tuple[Callable[[Any], Any] | None, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = ", ".join(self.columns)
        kinds = [kind.removesuffix("?") for kind in self.columns.values()]
        values = ", ".join(f"%s::{kind}" for kind in kinds)
        # Arrays of arrays would be flattened, so array columns travel as text and are cast afterwards.
        flat = ["text" if kind.endswith("[]") else kind for kind in kinds]
        arrays = ", ".join(f"%s::{kind}[]" for kind in flat)
        cast_columns = ", ".join(f"u.{name}::{kind}" for name, kind in zip(self.columns, kinds, strict=True))
        insert = f"INSERT INTO {self.table} ({names})"
        object.__setattr__(self, "row_sql", f"{insert} VALUES ({values}) {self.on_conflict}".encode())
        object.__setattr__(
            self,
            "rows_sql",
            f"{insert} SELECT {cast_columns} FROM unnest({arrays}) AS u({names}) {self.on_conflict}".encode(),  # noqa: S608 - names of our own tables
        )
        is_text = [kind.endswith("?") or kind in _AS_TEXT for kind in self.columns.values()]
        object.__setattr__(self, "converters", tuple(_text if text else None for text in is_text))

    def ready(self, row: Sequence[Any]) -> list[Any]:
        """The row's values as they are sent."""
        return [
            value if convert is None else convert(value)
            for value, convert in zip(row, self.converters, strict=True)
        ]


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


def read_rows(sql: LiteralString, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Rows of a read outside of any transaction, asked again once where the connection turns out to be gone."""
    try:
        return driver_connection().execute(sql, parameters).fetchall()
    except psycopg.OperationalError:
        if not is_connection_lost():
            raise
        return driver_connection().execute(sql, parameters).fetchall()


def server_cursor(database: psycopg.Connection[Any], *, binary: bool = False) -> psycopg.Cursor[Any]:
    """A cursor whose parameters travel apart from the text, so that statements are prepared once (Django's own
    cursors put them into the text)."""
    cursor = psycopg.RawCursor(database)
    cursor.format = psycopg.pq.Format.BINARY if binary else psycopg.pq.Format.TEXT
    return cursor


@lru_cache(maxsize=512)
def numbered(sql: bytes) -> bytes:
    """The statement with $1, $2, ... for its %s: the driver rewrites long texts anew at every call otherwise."""
    first, *rest = sql.split(b"%s")
    return first + b"".join([b"$%d%b" % (number, part) for number, part in enumerate(rest, start=1)])


def execute(cursor: psycopg.Cursor[Any], sql: bytes, parameters: Sequence[Any] = ()) -> None:
    """Executes a statement of the decision path, prepared once per connection."""
    cursor.execute(numbered(sql), parameters, prepare=True)


def send(cursor: psycopg.Cursor[Any], writes: Iterable[Write]) -> None:
    """Executes the writes on `cursor`, in order; inside a pipeline they are queued.

    Single rows for neighbouring tables travel as one statement: each one more costs more than what it inserts.
    """
    singles: list[tuple[InsertInto, tuple[Any, ...]]] = []
    for statement, rows in writes:
        if isinstance(statement, InsertInto) and len(rows) == 1:
            singles.append((statement, rows[0]))
        elif rows:
            _send_singles(cursor, singles)
            singles = []
            _send_rows(cursor, statement, rows)
    _send_singles(cursor, singles)


def _send_rows(
    cursor: psycopg.Cursor[Any], statement: InsertInto | Update, rows: Sequence[tuple[Any, ...]]
) -> None:
    if isinstance(statement, Update):
        for row in rows:
            execute(cursor, statement.sql, row)
    else:
        columns = zip(*[statement.ready(row) for row in rows], strict=True)
        execute(cursor, statement.rows_sql, [list(column) for column in columns])


def _send_singles(cursor: psycopg.Cursor[Any], singles: list[tuple[InsertInto, tuple[Any, ...]]]) -> None:
    if singles:
        sql = _joined(tuple([statement for statement, _ in singles]))
        execute(cursor, sql, [value for statement, row in singles for value in statement.ready(row)])


@lru_cache(maxsize=256)
def _joined(statements: tuple[InsertInto, ...]) -> bytes:
    """One statement that makes all the inserts: every one but the last as a common table expression."""
    *first, last = statements
    named = [b"w%d AS (%s)" % (position, statement.row_sql) for position, statement in enumerate(first)]
    return (b"WITH " + b", ".join(named) + b" " if named else b"") + last.row_sql


def insert(statement: InsertInto, *rows: tuple[Any, ...]) -> None:
    """Inserts rows in the current transaction, outside of the decision path."""
    with server_cursor(driver_connection()) as cursor:
        send(cursor, [(statement, rows)])
