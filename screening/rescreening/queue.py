"""The queue of partial evaluations: rows are the truth, held by a lease while somebody is at work on them.

Only evaluations that lack a layer wait here. A rule that failed on its own would fail in the same way again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from ratel.statements import InsertInto, Write, array_text, driver_connection
from ratel.tenancy import tenant
from screening.persist import Recorded
from teams.principal import TeamFacts

log = structlog.get_logger(__name__)
# Longer than a claim's work may take; after that its worker is taken for dead.
LEASE: Final = timedelta(minutes=1)
FIRST_WAIT: Final = timedelta(seconds=5)
# Well under the five minutes in which everything is screened again once a layer is back.
LONGEST_WAIT: Final = timedelta(minutes=1)
GIVEN_UP_AFTER: Final = timedelta(days=7)

QUEUE_INSERT: Final = InsertInto(
    "screening_rescreening",
    {
        "evaluation_id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "missing_layers": "text[]",
        "queued_at": "timestamptz",
        "next_attempt_at": "timestamptz",
    },
)
_CLAIM: Final = (
    "UPDATE screening_rescreening SET lease_until = %s, attempts = attempts + 1 WHERE evaluation_id IN"
    " (SELECT evaluation_id FROM screening_rescreening WHERE team_id = %s AND given_up_at IS NULL"
    " AND next_attempt_at <= %s AND (lease_until IS NULL OR lease_until <= %s)"
    " ORDER BY next_attempt_at LIMIT %s FOR UPDATE SKIP LOCKED)"
    " RETURNING evaluation_id, missing_layers, attempts, queued_at"
)
_RELEASE: Final = (
    "UPDATE screening_rescreening SET lease_until = NULL, attempts = attempts - %s, next_attempt_at = %s"
    " WHERE evaluation_id = ANY (%s)"
)


@dataclass(frozen=True)
class Claim:
    """One waiting evaluation that is ours until the lease is over. `attempts` counts this one too."""

    evaluation_id: UUID
    missing_layers: tuple[str, ...]
    attempts: int
    queued_at: datetime


def queue_partial(recorded: Sequence[Recorded]) -> list[Write]:
    """A sink of decisions: whatever was decided without a layer waits from now on."""
    waiting = [record for record in recorded if record.evaluation.missing_layers]
    return [(QUEUE_INSERT, [_row(record) for record in waiting])] if waiting else []


def _row(record: Recorded) -> tuple[object, ...]:
    team, evaluation = record.team, record.evaluation
    layers = array_text(evaluation.missing_layers)
    return (evaluation.id, team.organisation_id, team.id, layers, record.now, record.now)


def teams_waiting(organisation_id: UUID, teams: Sequence[TeamFacts], now: datetime) -> list[TeamFacts]:
    """Those of an organisation's teams that have something to screen again now."""
    with tenant(organisation_id, [team.id for team in teams]):
        rows = driver_connection().execute(
            "SELECT DISTINCT team_id FROM screening_rescreening WHERE given_up_at IS NULL AND next_attempt_at <= %s",
            (now,),
        )
        waiting = {row[0] for row in rows}
    return [team for team in teams if team.id in waiting]


def claim(team: TeamFacts, now: datetime, limit: int) -> list[Claim]:
    """At most `limit` waiting evaluations, the longest waiting first; nobody else gets them until LEASE is over."""
    with tenant(team.organisation_id, [team.id]):
        rows = driver_connection().execute(_CLAIM, (now + LEASE, team.id, now, now, limit)).fetchall()
    claims = [Claim(row[0], tuple(row[1]), row[2], row[3]) for row in rows]
    return sorted(claims, key=lambda one: one.queued_at)


def release(team: TeamFacts, claims: Sequence[Claim], until: datetime) -> None:
    """Gives back what was not tried."""
    with tenant(team.organisation_id, [team.id]):
        driver_connection().execute(_RELEASE, (1, until, [one.evaluation_id for one in claims]))


def postpone(team: TeamFacts, one: Claim, now: datetime) -> None:
    """A layer is still away: tried again later, each time twice as late, at last every minute; given up after a week."""
    with tenant(team.organisation_id, [team.id]):
        if now - one.queued_at > GIVEN_UP_AFTER:
            driver_connection().execute(
                "UPDATE screening_rescreening SET given_up_at = %s, lease_until = NULL WHERE evaluation_id = %s",
                (now, one.evaluation_id),
            )
            log.error("rescreening_given_up", evaluation=str(one.evaluation_id))
        else:
            wait = min(FIRST_WAIT * 2 ** min(one.attempts - 1, 10), LONGEST_WAIT)
            driver_connection().execute(_RELEASE, (0, now + wait, [one.evaluation_id]))
