"""Who may write to lists, and one loader at a time. It must never hold a transaction open while files are read or indexes
are built: the audit trail is linked only up to the oldest transaction that writes.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from ratel.statements import driver_connection
from ratel.tenancy import tenant

Progress = Callable[[str], None]
_LOADER_LOCK: Final = 0x52A7_E102
_LOOK_AGAIN_SECONDS: Final = 0.5


@contextmanager
def writing(organisation_id: UUID | None) -> Iterator[None]:
    """A transaction that may write the public lists (None), or those of one organisation."""
    if organisation_id is not None:
        with tenant(organisation_id):
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('ratel.loads_public_lists', 'on', true)")
        yield


@contextmanager
def reading(organisation_id: UUID | None) -> Iterator[None]:
    """A transaction for long reads of lists, which may take as long as they need."""
    with writing(organisation_id):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield


@contextmanager
def the_only_loader(organisation_id: UUID | None, progress: Progress) -> Iterator[None]:
    """Waits until nobody else loads lists of the same owner. The lock is the connection's: it ends with the process."""
    scope = 0 if organisation_id is None else organisation_id.int & 0x7FFF_FFFF
    told = False
    while not _locked("SELECT pg_try_advisory_lock(%s, %s)", scope):
        if not told:
            progress("waiting for another load to end")
            told = True
        time.sleep(_LOOK_AGAIN_SECONDS)
    try:
        yield
    finally:
        if not driver_connection().closed:
            _locked("SELECT pg_advisory_unlock(%s, %s)", scope)


def _locked(sql: str, scope: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, [_LOADER_LOCK, scope])
        row = cursor.fetchone()
    return bool(row and row[0])
