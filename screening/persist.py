"""Stores a decision with everything that goes with it: one database transaction, committed before anyone is answered.

Screening's own rows are here; alerts, cases, reports and events are rows of the sinks that the settings list, called
in their order with the same decisions.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from ratel.identifiers import show
from ratel.sealing import seal
from ratel.statements import InsertInto, Update, Write, array_text
from screening import evaluation as evaluations
from screening.enrich import Enriched, SealedProfile
from screening.evaluation import Evaluation
from screening.profile import profile_after
from screening.request import EvaluateRequest
from screening.rule_trials.shadow import SHADOW_INSERT, shadow_rows
from screening.what_if.forces import forces_of
from teams import audit
from teams.principal import TeamFacts

HELD_FOR: Final = timedelta(hours=24)
# A dialect whose keys are held as long as the evaluation itself.
HELD_FOR_GOOD: Final = frozenset({"bank"})

TRANSACTION_INSERT: Final = InsertInto(
    "screening_transaction",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "customer_id": "uuid",
        "external_id": "text",
        "occurred_at": "timestamptz",
        "received_at": "timestamptz",
        "direction": "text",
        "amount": "numeric",
        "currency": "text",
        "base_amount": "numeric",
        "type": "text",
        "channel": "text",
        "is_cash": "boolean",
        "is_cross_border": "boolean",
        "country": "text",
        "counterparty_key": "bigint",
        "device_key": "bigint",
        "ip_key": "bigint",
        "sealed_input": "bytea",
    },
)
EVALUATION_INSERT: Final = InsertInto(
    "screening_evaluation",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "transaction_id": "uuid",
        "customer_id": "uuid",
        "dialect": "text",
        "decided_at": "timestamptz",
        "decision": "text",
        "risk_score": "numeric",
        "risk_level": "text",
        "ruleset_id": "uuid",
        "policy_version": "int",
        "list_generation": "text",
        "model_version": "text",
        "partial": "boolean",
        "missing_layers": "text[]",
        "layer_scores": "numeric[]",
        "hit_rules": "uuid[]",
        "hit_points": "int[]",
        "forces": "smallint",
        "rule_states": "text",
        "duration_us": "int",
        "alert_id": "uuid",
        "case_id": "uuid",
        "sealed_detail": "bytea",
    },
)
CUSTOMER_INSERT: Final = InsertInto(
    "screening_customer",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "reference": "text",
        "sealed_profile": "bytea",
        "kyc_status": "text",
        "kyc_tier": "text",
        "since": "date",
        "first_at": "timestamptz",
        "profile_at": "timestamptz",
        "entity_type": "text",
        "prior_alerts": "int",
        "prior_sars": "int",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
    },
)
CUSTOMER_UPDATE: Final = Update(
    b"UPDATE screening_customer SET sealed_profile = %s::bytea, kyc_status = %s::text,"
    b" kyc_tier = %s::text, since = %s::date, first_at = %s::timestamptz, profile_at = %s::timestamptz,"
    b" entity_type = %s::text, updated_at = %s::timestamptz"
    b" WHERE id = %s::uuid"
)
KEY_INSERT: Final = InsertInto(
    "screening_idempotencykey",
    {
        "team_id": "uuid",
        "key_hash": "uuid",
        "body_hash": "bytea",
        "evaluation_id": "uuid",
        "held_until": "timestamptz",
    },
)
# A plain INSERT must collide with a key that is held, and only with one that is.
KEY_EXPIRE: Final = Update(
    b"DELETE FROM screening_idempotencykey"
    b" WHERE team_id = %s::uuid AND key_hash = %s::uuid AND held_until <= %s::timestamptz"
)


@dataclass(frozen=True)
class Recorded:
    """A decision about to be stored, as sinks see it. `customer_id` exists already or is being inserted with it."""

    request: EvaluateRequest
    evaluation: Evaluation
    team: TeamFacts
    customer_id: UUID
    open_case_id: UUID | None
    now: datetime


Sink = Callable[[Sequence[Recorded]], list[Write]]


@lru_cache(maxsize=1)
def _sinks() -> tuple[Sink, ...]:
    return tuple(import_string(name) for name in settings.RATEL_DECISION_SINKS)


def writes_of(recorded: Sequence[Recorded], enriched: Sequence[Enriched], actor: audit.Actor) -> list[Write]:
    """Every write of these decisions, in order. Customers come first, for sinks that count on their row."""
    evaluation_rows, digests = zip(*[_evaluation_row(record) for record in recorded], strict=True)
    writes: list[Write] = [
        *_customers(recorded, enriched),
        (
            KEY_EXPIRE,
            [
                _expired_key(record)
                for record, known in zip(recorded, enriched, strict=True)
                if known.held_key_expired
            ],
        ),
        (TRANSACTION_INSERT, [_transaction_row(*pair) for pair in zip(recorded, enriched, strict=True)]),
        (EVALUATION_INSERT, list(evaluation_rows)),
        (
            SHADOW_INSERT,
            [row for record in recorded if record.evaluation.shadow for row in _shadow_rows(record)],
        ),
        # In one order for everybody, so that two batches cannot wait for each other's keys.
        (
            KEY_INSERT,
            sorted([_key_row(record) for record in recorded if record.request.key_hash], key=_by_key),
        ),
        (audit.AUDIT_INSERT, [_audit_row(*pair, actor) for pair in zip(recorded, digests, strict=True)]),
    ]
    for sink in _sinks():
        writes += sink(recorded)
    return writes


def _by_key(row: tuple[Any, ...]) -> UUID:
    key: UUID = row[1]
    return key


def _customers(recorded: Sequence[Recorded], enriched: Sequence[Enriched]) -> list[Write]:
    """New customers, and profiles of which this transaction knows something else than is stored."""
    inserts, updates = [], []
    for record, known in zip(recorded, enriched, strict=True):
        occurred_at, past = record.request.transaction.occurred_at, known.context.past
        profile, profile_at = profile_after(record.request.transaction, known)
        first_at = min(past.first_at or occurred_at, occurred_at)
        before = (known.context.profile, known.profile_at, past.first_at)
        if known.customer_id is not None and (profile, profile_at, first_at) == before:
            continue
        hidden = SealedProfile(profile.name, profile.account, profile.national_id, profile.kyb_status)
        sealed = seal(msgspec.json.encode(hidden), record.customer_id.bytes)
        shown = (
            profile.kyc_status,
            profile.kyc_tier,
            profile.since,
            first_at,
            profile_at,
            profile.entity_type,
        )
        if known.customer_id is None:
            ids = (record.customer_id, record.team.organisation_id, record.team.id)
            reference = record.request.transaction.customer_id
            inserts.append((*ids, reference, sealed, *shown, 0, 0, record.now, record.now))
        else:
            updates.append((sealed, *shown, record.now, record.customer_id))
    return [(CUSTOMER_INSERT, inserts), (CUSTOMER_UPDATE, updates)]


def _transaction_row(record: Recorded, known: Enriched) -> tuple[Any, ...]:
    transaction, evaluation, keys = record.request.transaction, record.evaluation, known.keys
    return (
        evaluation.transaction_id,
        record.team.organisation_id,
        record.team.id,
        record.customer_id,
        transaction.external_id,
        transaction.occurred_at,
        record.now,
        transaction.direction,
        transaction.amount,
        transaction.currency,
        evaluation.amount,
        transaction.type,
        transaction.channel,
        transaction.is_cash,
        transaction.is_cross_border,
        transaction.country,
        keys.counterparty,
        keys.device,
        keys.ip,
        seal(msgspec.json.encode(transaction), evaluation.transaction_id.bytes),
    )


def _evaluation_row(record: Recorded) -> tuple[tuple[Any, ...], bytes]:
    """The row, and the SHA-256 of what it says, which the audit entry keeps."""
    evaluation = record.evaluation
    detail, hits = evaluations.encode(evaluation), evaluation.hits
    row = (
        evaluation.id,
        record.team.organisation_id,
        record.team.id,
        evaluation.transaction_id,
        record.customer_id,
        evaluation.dialect,
        evaluation.decided_at,
        evaluation.decision,
        evaluation.risk_score,
        evaluation.risk_level,
        evaluation.ruleset_id,
        evaluation.policy_version,
        evaluation.list_generation,
        evaluation.model_version,
        evaluation.partial,
        array_text(evaluation.missing_layers),
        array_text(layer.score if layer.answered else None for layer in evaluation.layers),
        array_text(hit.rule_id for hit in hits),
        array_text(hit.points for hit in hits),
        forces_of(hits),
        evaluation.rule_states,
        evaluation.duration_us,
        evaluation.alert_id,
        evaluation.case_id,
        seal(detail, evaluation.id.bytes),
    )
    return row, hashlib.sha256(detail).digest()


def _shadow_rows(record: Recorded) -> list[tuple[Any, ...]]:
    one = record.evaluation
    return shadow_rows(record.team, one.id, one.shadow, one.decision, one.decided_at)


def _key_row(record: Recorded) -> tuple[Any, ...]:
    request = record.request
    held_until = None if request.dialect in HELD_FOR_GOOD else record.now + HELD_FOR
    return (record.team.id, request.key_hash, request.body_hash, record.evaluation.id, held_until)


def _expired_key(record: Recorded) -> tuple[Any, ...]:
    return (record.team.id, record.request.key_hash, record.now)


def _audit_row(record: Recorded, digest: bytes, actor: audit.Actor) -> tuple[Any, ...]:
    return audit.entry_row(
        organisation_id=record.team.organisation_id,
        team_id=record.team.id,
        actor=actor,
        action="evaluation.decided",
        subject=("evaluation", show("evl", record.evaluation.id)),
        content_digest=digest,
        at=record.now,
    )
