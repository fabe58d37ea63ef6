"""Whether the events that a test run has left in the outbox follow the catalogue: every one, whoever wrote it."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import jsonschema_rs
import psycopg

from webhooks.events import CATALOGUE

MOST_SHOWN = 20


def problems_in(connection: psycopg.Connection) -> list[str]:
    """One line for each way in which an event of this database breaks its schema. Needs the tables' owner."""
    # The owner too sees nothing of anybody's while row-level security is forced; the database is dropped next.
    connection.execute("ALTER TABLE webhooks_outboxevent NO FORCE ROW LEVEL SECURITY")
    rows = connection.execute("SELECT event, is_confidential, payload FROM webhooks_outboxevent")
    return sorted(set(problems_of(rows)))[:MOST_SHOWN]


def problems_of(rows: Iterable[tuple[Any, ...]]) -> Iterable[str]:
    """`rows` are name, whether it is marked confidential, and data."""
    for name, is_confidential, data in rows:
        event = CATALOGUE.get(name)
        if event is None:
            yield f"{name} is not in the catalogue"
            continue
        if is_confidential is not event.is_confidential:
            yield f"{name} is marked wrongly: confidential {is_confidential}"
        for error in _validator(name).iter_errors(data):
            yield f"{name}: {'.'.join(str(part) for part in error.instance_path)} {error.message}"


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.Draft202012Validator(CATALOGUE[name].data, validate_formats=True)
