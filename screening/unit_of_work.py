"""One database transaction of the decision path: in one round trip it begins, waits its turn and reads; in another it
writes and commits.

Customers are taken one transaction after the other through advisory locks that end with the transaction, so that of
40 payments at once the velocity rule sees 1, 2, ... 40, while nobody else's customer waits.
"""

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.pq import TransactionStatus

from ratel.pipeline import Command, run
from ratel.statements import Write, commands_of, driver_connection
from teams.principal import TeamFacts

_SETTINGS = b"SELECT set_config('ratel.organisation', %s, true), set_config('ratel.teams', %s, true)"
_WAIT_FOR_ONE = _SETTINGS + b", pg_advisory_xact_lock(%s::bigint)"
_TRY_MANY = (
    _SETTINGS + b", ARRAY(SELECT k FROM unnest(%s::bigint[]) AS u(k) WHERE pg_try_advisory_xact_lock(k))"
)


class UnitOfWork:
    """Reads and writes of one decision; commits when the block ends well, rolls back when it does not."""

    def __init__(self, team: TeamFacts, *, wait_for: int | None = None, attempt: Sequence[int] = ()) -> None:
        """The first read waits until whoever holds `wait_for` has ended. The locks of `attempt` are never waited for,
        so two batches cannot block each other: after the first read, `held_elsewhere` are those that were not to be had.
        """
        self._team = team
        self._wait_for = wait_for
        self._attempt = attempt
        self._waiting: list[Write] = []
        self._has_begun = False
        self.held_elsewhere: frozenset[int] = frozenset()
        # Until then a failure has changed nothing for certain, and deciding again is safe.
        self.has_sent_commit = False

    def __enter__(self) -> Self:
        self._connection = driver_connection()
        return self

    def read(self, sql: bytes, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows of a query that sees every write queued so far."""
        is_first = not self._has_begun
        found = run(self._connection, [*self._queued(), (sql, parameters)], reads=1 + is_first)
        if is_first and self._attempt:
            self.held_elsewhere = frozenset(self._attempt).difference(found[0][0][2])
        return found[-1]

    def write(self, writes: Iterable[Write]) -> None:
        """Queues writes until the next read or the end."""
        self._waiting.extend(writes)

    def _queued(self) -> Iterator[Command]:
        """What has to go before the next read: the beginning, once, and the writes so far."""
        if not self._has_begun:
            self._has_begun = True
            yield b"BEGIN", ()
            yield self._beginning()
        yield from commands_of(self._waiting)
        self._waiting = []

    def _beginning(self) -> Command:
        """The settings that row-level security reads, and the locks: a statement before the read, which sees what
        whoever held them has committed."""
        tenant = (str(self._team.organisation_id), self._team.as_setting)
        if self._wait_for is not None:
            return _WAIT_FOR_ONE, (*tenant, self._wait_for)
        return (_TRY_MANY, (*tenant, self._attempt)) if self._attempt else (_SETTINGS, tenant)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            try:
                self._commit()
            except BaseException:
                self._abandon()
                raise
        else:
            self._abandon()

    def _commit(self) -> None:
        self.has_sent_commit = True
        run(self._connection, [*self._queued(), (b"COMMIT", ())])

    def _abandon(self) -> None:
        """Rolls back, or drops a connection that cannot be."""
        try:
            if self._connection.info.transaction_status != TransactionStatus.IDLE:
                self._connection.execute("ROLLBACK")
        except psycopg.Error:
            self._connection.close()
