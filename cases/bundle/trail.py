"""Entries of the audit trail with the links that bind them into the organisation's chain, as they are checked offline."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from teams.audit import chain
from teams.principal import TeamFacts

AT_ONCE: Final = 2_000
_RANDOM_BITS: Final = 80
# Ids sort by the time that they were made at, give or take the clocks of several machines.
_SLACK_MS: Final = 60_000
_PATIENCE: Final = "SET LOCAL statement_timeout = '5min'"
_ENTRIES: Final = (
    f"SELECT {chain.COLUMNS}, l.height, l.previous_hash, l.hash FROM teams_auditentry e"  # noqa: S608 - our own names
    " LEFT JOIN teams_auditlink l ON l.entry_id = e.id"
    " WHERE e.organisation_id = %(organisation)s AND e.team_id = %(team)s AND e.id > %(after)s AND e.id <= %(last)s"
    " AND (%(all)s OR e.subject_id = ANY(%(subjects)s)) ORDER BY e.id LIMIT %(most)s"
)


def entries_about(
    team: TeamFacts, subjects: Sequence[str], since: datetime | None, until: datetime | None, *, is_all: bool
) -> Iterator[list[dict[str, Any]]]:
    """The team's entries about the subjects (with `is_all` about anything) from `since` on, some at a time."""
    # What is waiting is linked first, so that nothing of the bundle is without its link for long.
    chain.link(team.organisation_id)
    after, last = _id_at(since, -_SLACK_MS), _id_at(until or timezone.now(), _SLACK_MS)
    while True:
        asked = {
            "organisation": team.organisation_id,
            "team": team.id,
            "after": after,
            "last": last,
            "all": is_all,
            "subjects": list(subjects),
            "most": AT_ONCE,
        }
        with tenant(team.organisation_id, [team.id]):
            driver_connection().execute(_PATIENCE)
            rows = driver_connection().execute(_ENTRIES.encode(), asked).fetchall()
        if rows:
            yield [_entry(row) for row in rows]
        if len(rows) < AT_ONCE:
            return
        after = rows[-1][0]


def _entry(row: tuple[Any, ...]) -> dict[str, Any]:
    *entry, height, previous, current = row
    link = (
        {"height": height, "previousHash": bytes(previous).hex(), "hash": bytes(current).hex()}
        if height
        else None
    )
    return {"action": row[7], "canonical": chain.canonical(tuple(entry)).decode(), "link": link}


def _id_at(moment: datetime | None, slack_ms: int) -> UUID:
    """The smallest id that could have been made then."""
    if moment is None:
        return UUID(int=0)
    return UUID(int=max(int(moment.timestamp() * 1000) + slack_ms, 0) << _RANDOM_BITS)
