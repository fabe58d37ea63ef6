"""What the database keeps of a bank, table by table: to say that something has changed, and where."""

from functools import cache
from typing import Final

from django.db import connection

from ratel.tenancy import set_tenant, tenant
from teams.models import Team
from tests.cast import Bank

# What changes by itself, or with any call: who is signed in and when they were seen, and what calls of keys count up.
BESIDE: Final = frozenset({"django_session", "teams_signin", "teams_keyusage", "webhooks_heartbeat"})
VOLATILE: Final = {"teams_apikey": "last_used_at"}
_TABLES: Final = (
    "SELECT relname, EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'organisation_id')"
    " FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
    " AND has_table_privilege(oid, 'SELECT') ORDER BY 1"
)


def kept_of(bank: Bank, pack: str = "us") -> dict[str, str]:
    """A digest of the rows of every table that belong to the bank's team, to its sandbox, or to everybody."""
    with tenant(bank.id), connection.cursor() as cursor:
        own = bank.teams[pack].id
        set_tenant(bank.id, [own, *Team.objects.filter(sandbox_of_id=own).values_list("id", flat=True)])
        cursor.execute(_digests(), {"organisation": bank.id})
        return dict(cursor.fetchall())


def changed_between(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The names of the tables that differ."""
    return sorted(name for name in before if before[name] != after[name])


@cache
def _digests() -> str:
    """One statement over all tables."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        tables = [(name, has_owner) for name, has_owner in cursor.fetchall() if name not in BESIDE]
    # Whoever signed in earlier in the same transaction may be visible in it too.
    mine = "WHERE organisation_id = %(organisation)s OR organisation_id IS NULL"
    return " UNION ALL ".join(_digest(name, mine if has_owner else "") for name, has_owner in tables)


def _digest(table: str, condition: str) -> str:
    line = f"(to_jsonb(one) - '{VOLATILE[table]}')::text" if table in VOLATILE else "one::text"
    digest = f"count(*) || ' ' || coalesce(sum(hashtextextended({line}, 0)), 0)"
    return f"SELECT '{table}', {digest} FROM \"{table}\" AS one {condition}"  # noqa: S608 - tables of our own
