"""The owner of the tables in tests: may look at everything, and change what the application may not.

Row-level security binds the owner too (FORCE), so it names a tenant, or lifts the force for one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tests.cast import Bank


def act_for(connection: psycopg.Connection, bank: Bank) -> psycopg.Connection:
    """The connection, from now on seeing (and able to change) all rows of one bank."""
    teams = "{" + ",".join(str(team.id) for team in bank.teams.values()) + "}"
    connection.execute(
        "SELECT set_config('ratel.organisation', %s, false), set_config('ratel.teams', %s, false)",
        [str(bank.id), teams],
    )
    return connection


def tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    )
    return [row[0] for row in rows.fetchall()]


@contextmanager
def everything_visible(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A transaction that sees the rows of every organisation, and is rolled back."""
    with connection.transaction(force_rollback=True):
        for table in tables(connection):
            connection.execute(
                sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(table))
            )
        yield connection
