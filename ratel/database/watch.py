"""Notices within a second that the database has stopped answering, and frees everybody who waits for it.

A server that was killed is noticed by itself: its connections end. One that hangs, or a network that swallows packets,
is not: a thread would wait until the driver's own limits, and payments with it. So while some connection has been
waiting for an answer, one thread of the process asks the server something that needs no lock and no disk, over a
connection of its own. Where even that is not answered, all connections are cut: whoever waits fails now, and new
connections are refused without an attempt until the server answers again. A statement that is merely slow is never cut.
"""

import os
import select
import socket
import threading
import time
import weakref
from contextlib import suppress
from typing import Any, Final

import psycopg
import structlog
from psycopg import pq

from ratel.database.reach import ANSWER_SECONDS, require_answer

log = structlog.get_logger(__name__)
TICK_SECONDS: Final = 0.1
SILENCE_SECONDS: Final = 0.3
# If this thread itself was kept from running for so long, one missing answer says nothing about the server; two do.
OWN_DELAY_SECONDS: Final = 0.25
# What a server answers with, that is there but does not want another connection.
_TOO_MANY: Final = "53300"


class Watch:
    """The watch of one process. Its thread starts with the first connection, anew after a fork."""

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._sockets: weakref.WeakKeyDictionary[Any, socket.socket] = weakref.WeakKeyDictionary()
        self._thread: threading.Thread | None = None
        self._parameters: dict[str, Any] = {}
        self._own: psycopg.Connection[Any] | None = None
        self._doubts = 0
        self._silent_until = 0.0
        self.is_away = False

    def refuse_while_away(self) -> None:
        """Raises OperationalError while the database is known not to answer."""
        if self.is_away or time.monotonic() < self._silent_until:
            raise psycopg.OperationalError("the database has stopped answering")

    def note_silence(self) -> None:
        """Somebody has just asked in vain: whoever tries again at once would wait as long once more."""
        self._silent_until = time.monotonic() + SILENCE_SECONDS

    def add(self, connection: psycopg.Connection[Any], parameters: dict[str, Any]) -> None:
        """Watches over a connection from now until it ends; `parameters` are what it was made with."""
        # A second handle on the socket: the number of the first could be somebody else's by the time it is cut.
        handle = socket.socket(fileno=os.dup(connection.pgconn.socket))
        weakref.finalize(connection, handle.close)
        with self._lock:
            self._sockets[connection] = handle
            self._parameters = parameters
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="database-watch", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        waiting: set[int] = set()
        while True:
            time.sleep(TICK_SECONDS)
            waited, waiting = waiting, self._waiting()
            if self.is_away or waited & waiting:
                self._judge()

    def _waiting(self) -> set[int]:
        """Connections that wait for an answer at this moment."""
        with self._lock:
            connections = list(self._sockets)
        return {
            id(connection)
            for connection in connections
            if connection.pgconn.transaction_status == pq.TransactionStatus.ACTIVE
        }

    def _judge(self) -> None:
        started = time.monotonic()
        if self._answers():
            self._doubts = 0
            if self.is_away:
                self.is_away = False
                log.warning("database_back")
            return
        self._doubts += 1
        was_prompt = time.monotonic() - started < ANSWER_SECONDS + OWN_DELAY_SECONDS
        if not self.is_away and (was_prompt or self._doubts > 1):
            self.is_away = True
            log.error("database_away")
            self._cut()

    def _cut(self) -> None:
        """Ends every connection, so that whoever waits on one fails now and nobody begins to wait on another."""
        with self._lock:
            handles = list(self._sockets.values())
        for handle in handles:
            with suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)

    def _answers(self) -> bool:
        """Whether the server answers over the connection of this thread, or over a new one where that has ended."""
        if self._own is not None:
            answer = self._ask(self._own)
            if answer is not None:
                return answer
        try:
            self._own = self._connect()
        except psycopg.Error as error:
            return error.sqlstate == _TOO_MANY
        return bool(self._ask(self._own))

    def _connect(self) -> psycopg.Connection[Any]:
        require_answer(self._parameters)
        wanted = {name: self._parameters[name] for name in _ADDRESS if name in self._parameters}
        return psycopg.connect(**wanted, autocommit=True, connect_timeout=2)

    def _ask(self, connection: psycopg.Connection[Any]) -> bool | None:
        """True with an answer, False without one in time, None where the connection has ended; then it is dropped."""
        server = connection.pgconn
        deadline = time.monotonic() + ANSWER_SECONDS
        answer: bool | None = None
        try:
            server.send_query(b"SELECT 1")
            poll = select.poll()
            poll.register(server.socket, select.POLLIN)
            server.flush()
            while server.is_busy():
                if not poll.poll(max(deadline - time.monotonic(), 0) * 1000):
                    answer = False
                    break
                server.consume_input()
            else:
                answer = _was_answered(server)
        except psycopg.Error:
            answer = None
        if not answer:
            server.finish()
            self._own = None
        return answer


# What of the parameters of a connection names the server and the login.
_ADDRESS: Final = (
    "host",
    "port",
    "dbname",
    "user",
    "password",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
)


def _was_answered(server: pq.abc.PGconn) -> bool | None:
    """Whether the answer was a good one; None for an error, such as that of a server that is going down."""
    was_good = False
    while (result := server.get_result()) is not None:
        was_good = was_good or result.status == pq.ExecStatus.TUPLES_OK
    return was_good or None


WATCH: Final = Watch()
