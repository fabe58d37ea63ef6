"""Publishes what is due: claim, render, send, settle. At least once: after a kill a message may come again, never not.

A message is the framl answer to its caller, made from the stored evaluation, so each attempt sends the same bytes. The
rows are the truth; whoever finds them leased goes on to the next.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
import structlog
from django.utils import timezone

from ratel.identifiers import show
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.answer import Evaluated
from screening.dialects import framl
from screening.publications.producer import Message, Producer
from screening.replays import open_evaluation, open_transaction
from screening.rulesets import rule_names
from teams.principal import TeamFacts

MOST_AT_ONCE: Final = 100
LEASE: Final = timedelta(seconds=60)
# The waits of webhooks, then every ten minutes; what was not taken in a week is given up, and said so in the log.
WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 30, 120, 600))
GIVEN_UP_AFTER: Final = timedelta(days=7)
KEPT: Final = timedelta(days=1)

log = structlog.get_logger(__name__)


class Due(NamedTuple):
    id: UUID
    evaluation_id: UUID
    topic: str
    version: str
    attempts: int
    created_at: datetime
    sealed_evaluation: bytes
    transaction_id: UUID
    sealed_transaction: bytes


def publish(team: TeamFacts, producer: Producer) -> int:
    """Everything of the team that is due now; how many messages the brokers took."""
    taken = 0
    while due := _claim(team, timezone.now()):
        outcomes = producer.send([_message(team, one) for one in due])
        _settle(team, due, outcomes)
        taken += outcomes.count("")
        if len(due) < MOST_AT_ONCE:
            break
    return taken


def _claim(team: TeamFacts, now: datetime) -> list[Due]:
    with tenant(team.organisation_id, [team.id]):
        rows = (
            driver_connection()
            .execute(
                "WITH chosen AS (SELECT id FROM screening_publication WHERE team_id = %(team)s AND state = 'waiting'"
                " AND next_attempt_at <= %(now)s ORDER BY next_attempt_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED)"
                " UPDATE screening_publication p SET next_attempt_at = %(until)s, attempts = p.attempts + 1"
                " FROM chosen, screening_evaluation e, screening_transaction t"
                " WHERE p.id = chosen.id AND e.id = p.evaluation_id AND t.id = e.transaction_id"
                " RETURNING p.id, p.evaluation_id, p.topic, p.version, p.attempts, p.created_at, e.sealed_detail,"
                " t.id, t.sealed_input",
                {"team": team.id, "now": now, "until": now + LEASE, "most": MOST_AT_ONCE},
            )
            .fetchall()
        )
    return sorted([Due(*row) for row in rows], key=lambda one: one.id)


def _message(team: TeamFacts, due: Due) -> Message:
    evaluation = open_evaluation(due.evaluation_id, bytes(due.sealed_evaluation))
    transaction = open_transaction(due.transaction_id, due.sealed_transaction)
    document = framl.render(
        Evaluated(evaluation),
        rule_names(team, evaluation.ruleset_id),
        transaction_key=transaction.external_id,
        version=due.version,
    )
    headers = {
        "ratel-message-id": show("msg", due.id).encode(),
        "ratel-evaluation-id": show("evl", due.evaluation_id).encode(),
    }
    key = (transaction.external_id or str(due.evaluation_id)).encode()
    return Message(due.topic, key, orjson.dumps(document), headers)


def _settle(team: TeamFacts, due: Sequence[Due], outcomes: Sequence[str]) -> None:
    now = timezone.now()
    rows = [_settled(one, outcome, now) for one, outcome in zip(due, outcomes, strict=True)]
    with tenant(team.organisation_id, [team.id]), driver_connection().cursor() as cursor:
        cursor.executemany(
            "UPDATE screening_publication SET state = %s, next_attempt_at = %s, last_error = %s, settled_at = %s"
            " WHERE id = %s AND state = 'waiting'",
            rows,
        )


def _settled(due: Due, outcome: str, now: datetime) -> tuple[Any, ...]:
    if not outcome:
        return ("published", now, "", now, due.id)
    if now - due.created_at > GIVEN_UP_AFTER:
        log.error("publication_given_up", publication=show("msg", due.id), error=outcome)
        return ("given_up", now, outcome, now, due.id)
    wait = WAITS[min(due.attempts, len(WAITS)) - 1]
    return ("waiting", now + wait, outcome, None, due.id)


def purge(team: TeamFacts, *, now: datetime) -> int:
    """Removes what was published a day ago, and what was given up a week ago."""
    with tenant(team.organisation_id, [team.id]):
        return (
            driver_connection()
            .execute(
                "DELETE FROM screening_publication WHERE team_id = %s AND ((state = 'published' AND settled_at < %s)"
                " OR (state = 'given_up' AND settled_at < %s))",
                (team.id, now - KEPT, now - GIVEN_UP_AFTER),
            )
            .rowcount
        )
