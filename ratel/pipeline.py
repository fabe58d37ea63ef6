"""The decision path's way to PostgreSQL: prepared statements in a pipeline, one wait per round trip.

The driver's own pipeline mode goes through several layers of generators and waits once per statement; under load
that costs more than the statements themselves. This module drives libpq (through psycopg's binding of it) directly:
everything is sent, then everything is received. Parameters travel as text and are cast in the statement, so a
statement is prepared once per connection whatever its values are.
"""

import select
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

Command = tuple[bytes, Sequence[Any]]
Wire = bytes | None
_TEXT, _BINARY = 0, 1
# How long one round trip may take before the connection is given up; statement_timeout is shorter.
WAIT_SECONDS: Final = 30


def _boolean(value: bool) -> bytes:
    return b"t" if value else b"f"


_ENCODE: Final[dict[type, Callable[[Any], bytes]]] = {
    str: str.encode,
    bytes: bytes,
    UUID: lambda value: value.hex.encode(),
    int: lambda value: b"%d" % value,
    bool: _boolean,
    Decimal: lambda value: str(value).encode(),
    datetime: lambda value: value.isoformat().encode(),
    date: lambda value: value.isoformat().encode(),
}


def _quoted(value: str | bytes) -> str:
    """A text or bytes as one element of an array."""
    if isinstance(value, bytes):
        return '"\\\\x' + value.hex() + '"'
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


# Elements whose text has nothing that an array's text would have to quote.
_PLAIN: Final[dict[type, Callable[[Any], str]]] = {
    UUID: lambda value: value.hex,
    int: str,
    Decimal: str,
    bool: lambda value: "t" if value else "f",
    datetime: datetime.isoformat,
    date: date.isoformat,
}


def array_text(values: Sequence[Any]) -> bytes:
    """PostgreSQL's text form of an array of values of one type; None becomes NULL."""
    first = next((value for value in values if value is not None), None)
    show = _PLAIN.get(type(first), _quoted)
    shown = ["NULL" if value is None else show(value) for value in values]
    return ("{" + ",".join(shown) + "}").encode()


def wire(value: Any) -> Wire:
    """A value as it is sent: text, but bytes as they are."""
    if value is None:
        return None
    encode = _ENCODE.get(type(value))
    if encode is not None:
        return encode(value)
    if isinstance(value, list | tuple):
        return array_text(value)
    return next(encode for kind, encode in _ENCODE.items() if isinstance(value, kind))(value)


@lru_cache(maxsize=512)
def numbered(sql: bytes) -> bytes:
    """The statement with $1, $2, ... for its %s."""
    first, *rest = sql.split(b"%s")
    return first + b"".join([b"$%d%b" % (number, part) for number, part in enumerate(rest, start=1)])


class _Prepared:
    """What one connection has prepared, and how it waits."""

    def __init__(self, database: psycopg.Connection[Any]) -> None:
        self.names: dict[bytes, bytes] = {}
        self.numbers = count()
        self.transformer = Transformer(database)
        self.poll = select.poll()
        self.poll.register(database.pgconn.socket, select.POLLIN | select.POLLERR | select.POLLHUP)


_connections: Final[WeakKeyDictionary[psycopg.Connection[Any], _Prepared]] = WeakKeyDictionary()


def run(
    database: psycopg.Connection[Any], commands: Sequence[Command], *, rows: bool = False
) -> list[tuple[Any, ...]]:
    """Executes the commands in one round trip; with `rows`, returns those of the last one.

    Raises the first error, as psycopg would; what follows it in the pipeline was not executed.
    """
    state = _connections.get(database)
    if state is None:
        state = _connections[database] = _Prepared(database)
    connection = database.pgconn
    connection.enter_pipeline_mode()
    expected = _send(connection, state, commands)
    last, error = _receive(connection, state, expected)
    connection.exit_pipeline_mode()
    if error is not None:
        raise error_from_result(error, encoding="utf-8")
    if not rows or last is None:
        return []
    state.transformer.set_pgresult(last, set_loaders=True)
    return state.transformer.load_rows(0, last.ntuples, tuple)


def _send(
    connection: pq.abc.PGconn, state: _Prepared, commands: Sequence[Command]
) -> list[tuple[bytes, bytes] | None]:
    """Queues everything and flushes; returns what each result to come is of: a preparation, or (None) an execution."""
    expected: list[tuple[bytes, bytes] | None] = []
    for sql, parameters in commands:
        name = state.names.get(sql)
        if name is None:
            name = b"ratel_%d" % next(state.numbers)
            connection.send_prepare(name, numbered(sql))
            expected.append((sql, name))
        formats = [_BINARY if isinstance(value, bytes) else _TEXT for value in parameters]
        connection.send_query_prepared(
            name, [wire(value) for value in parameters], param_formats=formats, result_format=_BINARY
        )
        expected.append(None)
    connection.pipeline_sync()
    while connection.flush():
        # The server's answers must be read for it to read on.
        state.poll.poll(10)
        connection.consume_input()
    return expected


def _receive(
    connection: pq.abc.PGconn, state: _Prepared, expected: Sequence[tuple[bytes, bytes] | None]
) -> tuple[pq.abc.PGresult | None, pq.abc.PGresult | None]:
    """The last result and the first error, after all results up to the pipeline's end have been read."""
    waiting = iter(expected)
    last = error = None
    while True:
        while connection.is_busy():
            if not state.poll.poll(WAIT_SECONDS * 1000):
                connection.finish()
                raise psycopg.OperationalError("the database did not answer in time")
            connection.consume_input()
        result = connection.get_result()
        if result is None:
            continue
        status = result.status
        if status == pq.ExecStatus.PIPELINE_SYNC:
            return last, error
        prepared = next(waiting, None)
        if status == pq.ExecStatus.FATAL_ERROR:
            error = error or result
            if connection.status == pq.ConnStatus.BAD:
                raise error_from_result(error, encoding="utf-8")
        elif status != pq.ExecStatus.PIPELINE_ABORTED:
            last = result
            if prepared is not None:
                state.names[prepared[0]] = prepared[1]
