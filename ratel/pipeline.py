"""The decision path's way to PostgreSQL: prepared statements in a pipeline, one wait per round trip.

The driver's own pipeline mode goes through several layers of generators and waits once per statement; under load
that costs more than the statements themselves. This module drives libpq (through psycopg's binding of it) directly:
everything is sent, then everything is received. Parameters travel as text and are cast in the statement, so a
statement is prepared once per connection whatever its values are.
"""

import select
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

Command = tuple[bytes, Sequence[Any]]
Wire = bytes | None
_TEXT, _BINARY = 0, 1
# How long one round trip may take before the connection is given up; statement_timeout is shorter.
WAIT_SECONDS: Final = 30
# A connection keeps this many statements; each team's enrichment is one of them.
MOST_PREPARED: Final = 200
# The server does not know, or no longer wants, a statement that was prepared: after a migration, behind a pooler.
_STALE: Final = frozenset({b"0A000", b"26000"})
_ATTRIBUTE: Final = "_ratel_prepared"
_Preparation = tuple[bytes, bytes]
_Encoded = tuple[bytes, list[Wire], list[int]]


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


def _texts(values: Sequence[str]) -> bytes:
    """An array of texts; hardly ever has one of them a character that must be escaped."""
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values])
    return ('{"' + joined + '"}').encode()


def array_text(values: Sequence[Any]) -> bytes:
    """PostgreSQL's text form of an array of values of one type; None becomes NULL."""
    first = next((value for value in values if value is not None), None)
    if isinstance(first, str) and None not in values:
        return _texts(values)
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
    """What one connection has prepared, and how it waits. It lives and dies with the connection that carries it."""

    def __init__(self, database: psycopg.Connection[Any]) -> None:
        self.names: OrderedDict[bytes, bytes] = OrderedDict()
        self.numbers = count()
        self.transformer = Transformer(database)
        self.poll = select.poll()
        self.poll.register(database.pgconn.socket, select.POLLIN | select.POLLERR | select.POLLHUP)

    def surplus(self) -> list[bytes]:
        """Names that were not used for longest, beyond MOST_PREPARED; they are forgotten with this call."""
        return [self.names.popitem(last=False)[1] for _ in range(len(self.names) - MOST_PREPARED)]


def _state(database: psycopg.Connection[Any]) -> _Prepared:
    state: _Prepared | None = getattr(database, _ATTRIBUTE, None)
    if state is None:
        state = _Prepared(database)
        setattr(database, _ATTRIBUTE, state)
    return state


def run(
    database: psycopg.Connection[Any], commands: Sequence[Command], *, reads: int = 0
) -> list[list[tuple[Any, ...]]]:
    """Executes the commands in one round trip and returns the rows of the last `reads` of them.

    Raises the first error, as psycopg would; what follows it in the pipeline was not executed. A connection whose
    state is not certain any more is closed.
    """
    state, connection = _state(database), database.pgconn
    # Before anything is sent: a value that has no wire form must not leave half a pipeline behind.
    encoded = [
        (
            sql,
            [wire(value) for value in values],
            [_BINARY if isinstance(value, bytes) else _TEXT for value in values],
        )
        for sql, values in commands
    ]
    deadline = time.monotonic() + WAIT_SECONDS
    try:
        connection.enter_pipeline_mode()
        expected = _send(connection, state, encoded, deadline)
        results, error = _receive(connection, state, expected, deadline)
        connection.exit_pipeline_mode()
    except BaseException:
        connection.finish()
        raise
    if error is not None:
        if error.error_field(pq.DiagnosticField.SQLSTATE) in _STALE:
            state.names.clear()
        raise error_from_result(error, encoding="utf-8")
    return [_rows(state, result) for result in results[len(results) - reads :]]


def _rows(state: _Prepared, result: pq.abc.PGresult) -> list[tuple[Any, ...]]:
    state.transformer.set_pgresult(result, set_loaders=True)
    return state.transformer.load_rows(0, result.ntuples, tuple)


def _send(
    connection: pq.abc.PGconn, state: _Prepared, encoded: Sequence[_Encoded], deadline: float
) -> list[_Preparation | None]:
    """Queues everything and flushes; returns what each result to come is of: a preparation, or (None) an execution."""
    expected: list[_Preparation | None] = []
    preparing: dict[bytes, bytes] = {}
    for name in state.surplus():
        connection.send_query_params(b"DEALLOCATE " + name, None)
        expected.append(None)
    for sql, values, formats in encoded:
        known = state.names.get(sql)
        if known is not None:
            state.names.move_to_end(sql)
        name = known or preparing.get(sql, b"")
        if not name:
            name = preparing[sql] = b"ratel_%d" % next(state.numbers)
            connection.send_prepare(name, numbered(sql))
            expected.append((sql, name))
        connection.send_query_prepared(name, values, param_formats=formats, result_format=_BINARY)
        expected.append(None)
    connection.pipeline_sync()
    while connection.flush():
        # The server's answers must be read for it to read on.
        _wait(state, deadline, at_most_ms=10)
        connection.consume_input()
    return expected


def _wait(state: _Prepared, deadline: float, *, at_most_ms: int | None = None) -> None:
    left_ms = (deadline - time.monotonic()) * 1000
    is_ready = state.poll.poll(max(min(left_ms, at_most_ms or left_ms), 0))
    if not is_ready and time.monotonic() >= deadline:
        raise psycopg.OperationalError("the database did not answer in time")


def _receive(
    connection: pq.abc.PGconn,
    state: _Prepared,
    expected: Sequence[_Preparation | None],
    deadline: float,
) -> tuple[list[pq.abc.PGresult], pq.abc.PGresult | None]:
    """The results of the executions and the first error, after everything up to the pipeline's end has been read."""
    waiting = iter(expected)
    results: list[pq.abc.PGresult] = []
    error = None
    while True:
        while connection.is_busy():
            _wait(state, deadline)
            connection.consume_input()
        result = connection.get_result()
        if result is None:
            continue
        status = result.status
        if status == pq.ExecStatus.PIPELINE_SYNC:
            return results, error
        prepared = next(waiting, None)
        if status == pq.ExecStatus.FATAL_ERROR:
            error = error or result
            if connection.status == pq.ConnStatus.BAD:
                raise error_from_result(error, encoding="utf-8")
        elif status != pq.ExecStatus.PIPELINE_ABORTED:
            if prepared is None:
                results.append(result)
            else:
                state.names[prepared[0]] = prepared[1]
