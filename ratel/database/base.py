"""The database engine of the settings: Django's own for PostgreSQL, with connections that the watch knows.

A connection is only attempted where somebody answers at the address within less than half a second: the driver's own
shortest limit is two seconds, which is longer than a payment may wait for a refusal. One that ended while nobody used
it is replaced before it is used, so that a server that was restarted costs nobody a failed request.
"""

import select
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import pq

from ratel.database.reach import Unanswered, require_answer
from ratel.database.watch import WATCH


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if settings.RATEL_DATABASE_ROLE == "owner":
            # Migrations may take their time, and must not be cut off half-way.
            return super().get_new_connection(conn_params)
        WATCH.refuse_while_away()
        try:
            require_answer(conn_params)
        except Unanswered:
            WATCH.note_silence()
            raise
        connection = super().get_new_connection(conn_params)
        WATCH.add(connection, conn_params)
        return connection

    def ensure_connection(self) -> None:
        if self.connection is not None and not self.in_atomic_block and self._has_ended():
            self.close()
        super().ensure_connection()

    def close_if_unusable_or_obsolete(self) -> None:
        """Between requests: one that has ended is only closed here, whoever needs it opens another."""
        if self.connection is not None and not self.in_atomic_block and self._has_ended():
            self.close()
        super().close_if_unusable_or_obsolete()

    def _has_ended(self) -> bool:
        """Whether an idle connection is closed, or the server said something unasked: that it ends."""
        server = self.connection.pgconn
        if server.status != pq.ConnStatus.OK:
            return True
        if server.transaction_status != pq.TransactionStatus.IDLE:
            return False
        poll = select.poll()
        poll.register(server.socket, select.POLLIN)
        return bool(poll.poll(0))
