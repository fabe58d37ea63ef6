"""Migration operations that put tables under row-level security, so that a view that forgets its filter leaks nothing.

Every table with a tenant's rows gets exactly one of these; `tests/tenancy` walks the catalogue and fails on one without.
"""

from django.db.migrations import RunSQL

# The scalar sub-selects are evaluated once a statement rather than once a row.
_ORGANISATION = "(SELECT NULLIF(current_setting('ratel.organisation', true), '')::uuid)"
_TEAMS = "((SELECT COALESCE(NULLIF(current_setting('ratel.teams', true), ''), '{}'))::uuid[])"

BY_ORGANISATION = f"organisation_id = {_ORGANISATION}"
BY_TEAM = f"team_id = ANY {_TEAMS}"
ITSELF = f"id = {_ORGANISATION}"


def _named(setting: str) -> str:
    return f"(SELECT NULLIF(current_setting('{setting}', true), ''))"


def named(column: str, setting: str) -> str:
    """Rows whose `column` equals a setting: visible to whoever can name them."""
    return f"{column} = {_named(setting)}"


def isolate(table: str, *, rows: str, readable: str | None = None) -> RunSQL:
    """Rows may be written where `rows` holds, and read there and where `readable` holds."""
    read = f"({rows}) OR ({readable})" if readable else rows
    return RunSQL(
        sql=[
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant_read ON {table} FOR SELECT USING ({read})",
            f"CREATE POLICY tenant_insert ON {table} FOR INSERT WITH CHECK ({rows})",
            f"CREATE POLICY tenant_update ON {table} FOR UPDATE USING ({rows}) WITH CHECK ({rows})",
            f"CREATE POLICY tenant_delete ON {table} FOR DELETE USING ({rows})",
        ],
        reverse_sql=[
            *(f"DROP POLICY tenant_{verb} ON {table}" for verb in ("read", "insert", "update", "delete")),
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


def append_only(table: str) -> RunSQL:
    """The application's role may add rows and read them, never change or remove them."""
    return RunSQL(
        sql=f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM ratel_app",
        reverse_sql=f"GRANT UPDATE, DELETE ON {table} TO ratel_app",
    )
