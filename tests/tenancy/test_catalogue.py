"""The catalogue of the database, walked: no table with a tenant's rows is without row-level security."""

import os

import psycopg
import pytest

from ratel.settings import RATEL_APPLICATION_ROLE

# Tables that are not under row-level security, each with its reason. A new table fails until it is isolated or named.
OPEN = {
    "auth_group": "Django's own; empty, rights come from memberships",
    "auth_group_permissions": "Django's own; empty",
    "auth_permission": "Django's own: names of models",
    "django_content_type": "Django's own: names of models",
    "django_migrations": "names of migrations; the application may read it only",
    "django_session": "signed contents under a random key, found by whoever holds the key",
    "teams_configurationstamp": "ids and counters, read before any tenant is known",
    "webhooks_heartbeat": "when background work last ran: names of our own code and times",
}
TENANT_COLUMNS = {"organisation_id", "team_id", "person_id", "customer_id"}
VERBS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


@pytest.fixture(scope="module")
def catalogue(django_db_setup: None) -> psycopg.Connection:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection


def tables(catalogue: psycopg.Connection) -> dict[str, tuple[bool, bool]]:
    rows = catalogue.execute(
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    return {name: (enabled, forced) for name, enabled, forced in rows.fetchall()}


def test_every_table_is_under_row_level_security_or_named_with_a_reason(
    catalogue: psycopg.Connection,
) -> None:
    unprotected = {name for name, (enabled, forced) in tables(catalogue).items() if not (enabled and forced)}
    assert unprotected - set(OPEN) == set(), "isolate the table in a migration (ratel/row_level_security.py)"
    assert set(OPEN) <= set(tables(catalogue)), "a table of the list is gone"
    assert set(OPEN) <= unprotected, "a table of the list is isolated by now"


def test_no_table_outside_of_row_level_security_has_a_tenants_column(catalogue: psycopg.Connection) -> None:
    rows = catalogue.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    )
    found = {
        (table, column) for table, column in rows.fetchall() if table in OPEN and column in TENANT_COLUMNS
    }
    assert found == {("teams_configurationstamp", "organisation_id")}


def test_every_isolated_table_has_one_policy_for_each_verb(catalogue: psycopg.Connection) -> None:
    rows = catalogue.execute(
        "SELECT c.relname, p.polcmd::text, p.polpermissive, p.polqual IS NOT NULL, p.polwithcheck IS NOT NULL,"
        " p.polroles = '{0}' FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    )
    policies: dict[str, dict[str, tuple[bool, ...]]] = {}
    for table, verb, *facts in rows.fetchall():
        assert verb in VERBS, f"a policy of {table} is for all verbs at once"
        assert verb not in policies.setdefault(table, {}), f"two policies of {table} for {VERBS[verb]} add up"
        policies[table][verb] = tuple(facts)
    expected = {
        # permissive, has a condition for rows that are there, has one for rows that are written, for everybody
        "r": (True, True, False, True),
        "a": (True, False, True, True),
        "w": (True, True, True, True),
        "d": (True, True, False, True),
    }
    isolated = set(tables(catalogue)) - set(OPEN)
    assert policies == dict.fromkeys(isolated, expected)


def test_every_policy_names_the_tenant(catalogue: psycopg.Connection) -> None:
    rows = catalogue.execute(
        "SELECT polrelid::regclass::text, polname, COALESCE(pg_get_expr(polqual, polrelid), '')"
        " || COALESCE(pg_get_expr(polwithcheck, polrelid), '') FROM pg_policy"
    )
    for table, name, text in rows.fetchall():
        assert "ratel." in text, f"{name} of {table} asks for no tenant"


def test_the_application_neither_owns_tables_nor_passes_row_level_security_by(
    catalogue: psycopg.Connection,
) -> None:
    (role,) = catalogue.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = %s",
        [RATEL_APPLICATION_ROLE],
    ).fetchall()
    assert role == (False, False, False, False, False)
    owned = catalogue.execute(
        "SELECT relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = %s",
        [RATEL_APPLICATION_ROLE],
    ).fetchall()
    assert owned == []
    powers = catalogue.execute(
        "SELECT r.rolname FROM pg_roles r WHERE r.rolname <> %s AND pg_has_role(%s, r.oid, 'MEMBER')",
        [RATEL_APPLICATION_ROLE, RATEL_APPLICATION_ROLE],
    ).fetchall()
    assert powers == []


def test_the_application_may_neither_truncate_nor_refer_to_nor_trigger_on_any_table(
    catalogue: psycopg.Connection,
) -> None:
    """TRUNCATE passes row-level security by; so do foreign keys and triggers of one's own."""
    rows = catalogue.execute(
        "SELECT relname, privilege FROM pg_class, unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        " AND has_table_privilege(%s, oid, privilege)",
        [RATEL_APPLICATION_ROLE],
    )
    assert rows.fetchall() == []


def test_the_application_may_make_nothing_in_the_schema(catalogue: psycopg.Connection) -> None:
    (row,) = catalogue.execute(
        "SELECT has_schema_privilege(%s, 'public', 'CREATE')", [RATEL_APPLICATION_ROLE]
    ).fetchall()
    assert row == (False,)


def test_nothing_runs_with_the_rights_of_its_owner(catalogue: psycopg.Connection) -> None:
    """A view or a function with its owner's rights would see through row-level security."""
    views = catalogue.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
    )
    assert views.fetchall() == []
    functions = catalogue.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert functions.fetchall() == []
