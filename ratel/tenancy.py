"""Whose data a database transaction may see: PostgreSQL enforces it by row-level security, this module names it.

The names are set with `set_config(..., true)`, so they end with the transaction; a session-level SET would leak to
the next request on the same connection. Nothing here checks rights: callers have authenticated already.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction


def array_literal(team_ids: Iterable[UUID]) -> str:
    """PostgreSQL's text form of a list of ids, as `ratel.teams` holds it."""
    return "{" + ",".join([str(team_id) for team_id in team_ids]) + "}"


def set_tenant(organisation_id: UUID, team_ids: Iterable[UUID]) -> None:
    """Names the organisation and the teams for the rest of the current transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('ratel.organisation', %s, true), set_config('ratel.teams', %s, true)",
            [str(organisation_id), array_literal(team_ids)],
        )


@contextmanager
def tenant(organisation_id: UUID, team_ids: Iterable[UUID] = ()) -> Iterator[None]:
    """A transaction that sees one organisation's rows and, of team rows, those of `team_ids`."""
    with transaction.atomic():
        set_tenant(organisation_id, team_ids)
        yield


@contextmanager
def visible(setting: str, value: str) -> Iterator[None]:
    """A transaction in which a row may be seen by whoever can name it: a key by its id, a person by e-mail or id."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [setting, value])
        yield
