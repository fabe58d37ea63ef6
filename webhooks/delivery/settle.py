"""Writes down what came of attempts: delivered, tried again later, or in its last wait; and how the endpoint is doing.

All answers of one organisation are settled by one transaction. A delivery that somebody else has claimed meanwhile
(this process was stopped for longer than a lease) keeps its new owner; the attempt is in the log all the same.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from django.conf import settings

from ratel.breakers import OPEN_SECONDS, Breaker
from ratel.identifiers import new_id, show
from ratel.pipeline import array_text
from ratel.sealing import seal
from ratel.statements import InsertInto, driver_connection, insert
from teams import audit
from webhooks.delivery.claim import breaker_of
from webhooks.delivery.letter import Answer
from webhooks.delivery.schedule import Step, after_failure, after_success
from webhooks.delivery.tenants import Tenant

ATTEMPT_INSERT: Final = InsertInto(
    "webhooks_attempt",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "delivery_id": "uuid",
        "number": "int",
        "is_by_hand": "boolean",
        "started_at": "timestamptz",
        "duration_ms": "int",
        "status_code": "int",
        "error": "text",
        "sealed_response": "bytea",
    },
)
NOTICE_INSERT: Final = InsertInto(
    "webhooks_notice",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "endpoint_id": "uuid",
        "kind": "text",
        "created_at": "timestamptz",
    },
)
log = structlog.get_logger(__name__)


@dataclass
class Health:
    """How one endpoint is doing, while the answers of one batch are counted."""

    id: UUID
    team_id: UUID
    status: str
    failing_since: datetime | None
    last_success_at: datetime | None
    breaker: Breaker
    is_paused_now: bool = False

    def count(self, answer: Answer, pause_after: timedelta) -> None:
        at = answer.finished_at
        if answer.is_success:
            self.breaker.succeeded(at.timestamp())
            self.failing_since, self.last_success_at = None, at
            return
        self.breaker.failed(at.timestamp())
        self.failing_since = self.failing_since or at
        is_hopeless = self.breaker.phase != "closed" and at - self.failing_since >= pause_after
        if is_hopeless and self.status == "active":
            self.status, self.is_paused_now = "paused", True

    @property
    def breaker_until(self) -> datetime | None:
        """While the breaker is open: when it may be probed."""
        if self.breaker.phase != "open":
            return None
        return datetime.fromtimestamp(self.breaker.since + OPEN_SECONDS, tz=UTC)


def settle(
    tenant: Tenant,
    answers: Sequence[Answer],
    *,
    owner: UUID,
    draw: Callable[[], float] = random.random,
) -> int:
    """How many of the answers were still this owner's to settle."""
    steps = [(answer, step_after(answer, draw)) for answer in answers]
    with tenant.seen():
        endpoints = _lock_health(answers)
        kept = _update_deliveries(steps, owner)
        insert(ATTEMPT_INSERT, *[_attempt_row(answer) for answer in answers])
        _count_health(endpoints, answers)
    return kept


def step_after(answer: Answer, draw: Callable[[], float]) -> Step:
    letter = answer.letter
    if answer.is_success:
        return after_success(attempts_spent=letter.attempts_spent, now=answer.finished_at)
    return after_failure(
        schedule=letter.schedule,
        attempts_spent=letter.attempts_spent,
        now=answer.finished_at,
        resumes_at=letter.resumes_at,
        retry_after_seconds=answer.retry_after_seconds,
        random=draw,
    )


def response_context(attempt_id: UUID) -> bytes:
    """What the kept beginning of a response is sealed under."""
    return b"webhook response" + attempt_id.bytes


def _lock_health(answers: Sequence[Answer]) -> dict[UUID, Health]:
    rows = (
        driver_connection()
        .execute(
            # A callback's address is never paused: nobody would resume it, and its jobs end as dead letters.
            "SELECT id, team_id, CASE WHEN is_callback THEN 'callback' ELSE status END, failing_since, last_success_at,"
            " breaker_detail::text FROM webhooks_endpoint WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            (list({answer.letter.endpoint_id for answer in answers}),),
        )
        .fetchall()
    )
    return {
        identifier: Health(identifier, team_id, status, failing_since, last_success_at, breaker_of(detail))
        for identifier, team_id, status, failing_since, last_success_at, detail in rows
    }


def _update_deliveries(steps: Sequence[tuple[Answer, Step]], owner: UUID) -> int:
    rows = [
        (
            answer.letter.delivery_id,
            step.state,
            step.attempts_spent,
            step.next_attempt_at,
            answer.status_code,
            answer.error,
            answer.finished_at if step.state == "done" else None,
        )
        for answer, step in steps
    ]
    columns = [array_text(column).decode() for column in zip(*rows, strict=True)]
    return (
        driver_connection()
        .execute(
            "UPDATE webhooks_delivery d SET state = u.state, attempts_spent = u.spent, next_attempt_at = u.next_at,"
            " last_status_code = u.status_code, last_error = u.error, completed_at = u.completed_at, resumes_at = NULL,"
            " lease_until = NULL, lease_owner = NULL"
            " FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::timestamptz[], %s::int[], %s::text[], %s::timestamptz[])"
            " AS u(id, state, spent, next_at, status_code, error, completed_at)"
            " WHERE d.id = u.id AND d.state = 'leased' AND d.lease_owner = %s",
            (*columns, owner),
        )
        .rowcount
    )


def _attempt_row(answer: Answer) -> tuple[Any, ...]:
    letter, identifier = answer.letter, new_id()
    return (
        identifier,
        letter.organisation_id,
        letter.team_id,
        letter.delivery_id,
        letter.attempt,
        letter.resumes_at is not None,
        answer.started_at,
        answer.duration_ms,
        answer.status_code,
        answer.error,
        seal(answer.response, response_context(identifier)) if answer.response else None,
    )


def _count_health(endpoints: Mapping[UUID, Health], answers: Sequence[Answer]) -> None:
    by_endpoint: dict[UUID, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_endpoint[answer.letter.endpoint_id].append(answer)
    pause_after = timedelta(hours=settings.RATEL_WEBHOOK_PAUSE_AFTER_HOURS)
    for endpoint_id, its in by_endpoint.items():
        health = endpoints.get(endpoint_id)
        if health is None:
            continue
        before = health.breaker.phase
        for answer in sorted(its, key=lambda one: one.finished_at):
            health.count(answer, pause_after)
        _update_endpoint(health, its[0].letter.organisation_id, its[-1].finished_at)
        if health.breaker.phase != before:
            log.warning(
                "webhook_breaker_changed", endpoint=show("whe", endpoint_id), after=health.breaker.phase
            )


def _update_endpoint(health: Health, organisation_id: UUID, now: datetime) -> None:
    driver_connection().execute(
        "UPDATE webhooks_endpoint SET failing_since = %s, last_success_at = %s, breaker = %s, breaker_until = %s,"
        " breaker_detail = %s::jsonb WHERE id = %s",
        (
            health.failing_since,
            health.last_success_at,
            health.breaker.phase,
            health.breaker_until,
            orjson.dumps(health.breaker.state.as_document()).decode(),
            health.id,
        ),
    )
    if health.is_paused_now:
        _pause(health, organisation_id, now)


def _pause(health: Health, organisation_id: UUID, now: datetime) -> None:
    """It has failed for long: its events wait from now on, the admins are told, and it is in the audit trail."""
    driver_connection().execute(
        "UPDATE webhooks_endpoint SET status = 'paused', pause_reason = 'failing', paused_at = %s WHERE id = %s",
        (now, health.id),
    )
    insert(NOTICE_INSERT, (new_id(), organisation_id, health.team_id, health.id, "endpoint_paused", now))
    audit.record(
        organisation_id=organisation_id,
        team_id=health.team_id,
        actor=audit.system(),
        action="webhook_endpoint.paused",
        subject=("webhook_endpoint", show("whe", health.id)),
        after={"pauseReason": "failing", "failingSince": health.failing_since},
    )
    log.error("webhook_endpoint_paused", endpoint=show("whe", health.id))
