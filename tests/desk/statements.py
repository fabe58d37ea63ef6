"""Counts the statements that a page sends to PostgreSQL, through Django's cursors and through the driver's own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

# Statements that only open a connection, name the tenant or mark a transaction's edges; and the look at the stamps, which
# each process takes every half second, whoever calls then.
FREE = (
    *("SET ROLE", "SELECT set_config", "SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT", "ROLLBACK"),
    "SELECT scope, value FROM teams_configurationstamp",
)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of this thread, first letters only, those that cost nothing left out."""
    seen: list[str] = []
    # Others flush usage or open lists meanwhile.
    ours = threading.get_ident()
    with pytest.MonkeyPatch.context() as patch:
        plain = psycopg.Cursor.execute

        def execute(self: Any, query: Any, *arguments: Any, **named: Any) -> Any:
            text = query.decode() if isinstance(query, bytes) else str(query)
            if threading.get_ident() == ours and not text.startswith(FREE):
                seen.append(text[:200])
            return plain(self, query, *arguments, **named)

        patch.setattr(psycopg.Cursor, "execute", execute)
        yield seen
