"""Sequence numbers of deliveries: one count per endpoint, without gaps.

The outbox's own numbers would tell a receiver that something happened which it was not told of, and of a report to the
regulator nobody may know. Numbers are taken in the transaction that makes the deliveries, so none is lost.
"""

from collections.abc import Mapping
from uuid import UUID

from ratel.statements import driver_connection


def take_numbers(wanted: Mapping[UUID, int]) -> dict[UUID, int]:
    """By endpoint the first of as many numbers as are wanted; the endpoints stay locked until the transaction ends."""
    if not wanted:
        return {}
    # In one order for everybody who takes numbers, so that two cannot wait for each other.
    rows = (
        driver_connection()
        .execute(
            "WITH locked AS (SELECT e.id, w.wanted FROM webhooks_endpoint e"
            " JOIN unnest(%s::uuid[], %s::int[]) AS w(id, wanted) ON w.id = e.id ORDER BY e.id FOR UPDATE OF e)"
            " UPDATE webhooks_endpoint e SET last_sequence = e.last_sequence + locked.wanted FROM locked"
            " WHERE e.id = locked.id RETURNING e.id, e.last_sequence - locked.wanted + 1",
            (list(wanted), list(wanted.values())),
        )
        .fetchall()
    )
    return dict(rows)
