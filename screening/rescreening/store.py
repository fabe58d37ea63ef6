"""Stores full evaluations beside the partial ones that they complete, and tells of them, in one transaction each.

The row of the queue is the guarantee: whoever removes it stores the evaluation, once, however often the work is repeated.
Screening's own rows are here; alerts, cases and reports are rows of the sinks in RATEL_RESCREENING_SINKS.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from msgspec import structs

from ratel.identifiers import new_id, show
from ratel.pipeline import run
from ratel.sealing import blind_index, seal
from ratel.statements import Write, commands_of, driver_connection
from ratel.tenancy import tenant
from screening import evaluation as evaluations
from screening.as_decided import AsDecided
from screening.evaluation import Evaluation
from screening.layers.result import Outcome
from screening.models import Evaluation as StoredEvaluation
from screening.transaction import Transaction
from screening.what_if.forces import forces_of
from teams import audit
from teams.principal import TeamFacts
from webhooks.outbox import OUTBOX_INSERT, event_row

_TAKE: Final = "DELETE FROM screening_rescreening WHERE evaluation_id = ANY (%s) RETURNING evaluation_id"
_OPEN_CASE: Final = "SELECT open_case_id FROM screening_customer WHERE id = %s"


@dataclass(frozen=True)
class Rescreened:
    """A decision that was made again, as sinks see it: `first` is what was answered, `full` what every layer says."""

    first: Evaluation
    full: Evaluation
    team: TeamFacts
    transaction: Transaction
    customer_id: UUID
    open_case_id: UUID | None
    now: datetime

    @property
    def is_more_severe(self) -> bool:
        return Outcome[self.full.decision.upper()] > Outcome[self.first.decision.upper()]

    @property
    def new_drafts(self) -> tuple[tuple[str, str], ...]:
        """Reports that the first evaluation did not ask for, each with what asks for it now."""
        drafted = {report for report, _ in self.first.drafts}
        return tuple([draft for draft in self.full.drafts if draft[0] not in drafted])

    @property
    def concerns_people(self) -> bool:
        """Whether it leaves more than itself: an alert, a case, a report."""
        return self.is_more_severe or bool(self.new_drafts)


Sink = Callable[[Sequence[Rescreened]], list[Write]]


@lru_cache(maxsize=1)
def _sinks() -> tuple[Sink, ...]:
    return tuple(import_string(name) for name in settings.RATEL_RESCREENING_SINKS)


def rescreened(team: TeamFacts, first: AsDecided, full: Evaluation) -> Rescreened:
    return Rescreened(
        first.evaluation, full, team, first.transaction, first.customer_id, None, full.decided_at
    )


def store_quiet(team: TeamFacts, found: Sequence[Rescreened]) -> int:
    """Stores evaluations that concern nobody, all at once; returns how many were still to be stored."""
    with tenant(team.organisation_id, [team.id]):
        taken = _take([one.first.id for one in found])
        ours = [one for one in found if one.first.id in taken]
        _write(ours)
    return len(ours)


def store_with_alert(team: TeamFacts, found: Rescreened) -> int:
    """Stores one that people must be told of, in its customer's turn: counters and the open case are the customer's."""
    with tenant(team.organisation_id, [team.id]):
        turn = blind_index(team.id.bytes, found.transaction.customer_id)
        driver_connection().execute("SELECT pg_advisory_xact_lock(%s)", (turn,))
        if not _take([found.first.id]):
            return 0
        row = driver_connection().execute(_OPEN_CASE, (found.customer_id,)).fetchone()
        _write([_with_alert(found, row[0] if row else None)])
    return 1


def _with_alert(found: Rescreened, open_case_id: UUID | None) -> Rescreened:
    opens_case = found.is_more_severe and found.full.decision in {"escalate", "block"}
    full = structs.replace(
        found.full,
        alert_id=new_id() if found.is_more_severe else None,
        case_id=(open_case_id or new_id()) if opens_case else None,
    )
    return Rescreened(
        found.first,
        full,
        found.team,
        found.transaction,
        found.customer_id,
        open_case_id,
        found.now,
    )


def _take(identifiers: Sequence[UUID]) -> set[UUID]:
    return {row[0] for row in driver_connection().execute(_TAKE, (list(identifiers),))}


def _write(found: Sequence[Rescreened]) -> None:
    """The evaluations, their audit entries, what the sinks add, then the events that tell of the evaluations."""
    if not found:
        return
    encoded = [evaluations.encode(one.full) for one in found]
    StoredEvaluation.objects.bulk_create(
        [_row(one, detail) for one, detail in zip(found, encoded, strict=True)]
    )
    writes: list[Write] = [
        (audit.AUDIT_INSERT, [_audit_row(*pair) for pair in zip(found, encoded, strict=True)])
    ]
    for sink in _sinks():
        writes += sink(found)
    writes.append((OUTBOX_INSERT, [_event(one) for one in found]))
    run(driver_connection(), list(commands_of(writes)))


def _row(one: Rescreened, detail: bytes) -> StoredEvaluation:
    full, hits = one.full, one.full.hits
    return StoredEvaluation(
        id=full.id,
        organisation_id=one.team.organisation_id,
        team_id=one.team.id,
        transaction_id=full.transaction_id,
        customer_id=one.customer_id,
        dialect=full.dialect,
        decided_at=full.decided_at,
        decision=full.decision,
        risk_score=full.risk_score,
        risk_level=full.risk_level,
        ruleset_id=full.ruleset_id,
        policy_version=full.policy_version,
        list_generation=full.list_generation,
        model_version=full.model_version,
        partial=full.partial,
        missing_layers=list(full.missing_layers),
        layer_scores=[layer.score if layer.answered else None for layer in full.layers],
        hit_rules=[UUID(hit.rule_id) for hit in hits],
        hit_points=[hit.points for hit in hits],
        forces=forces_of(hits),
        rule_states=full.rule_states,
        duration_us=full.duration_us,
        alert_id=full.alert_id,
        case_id=full.case_id,
        sealed_detail=seal(detail, full.id.bytes),
        rescreens_id=one.first.id,
    )


def _audit_row(one: Rescreened, detail: bytes) -> tuple[Any, ...]:
    """The same action as for any decision, so that the same check holds it against what is stored."""
    return audit.entry_row(
        organisation_id=one.team.organisation_id,
        team_id=one.team.id,
        actor=audit.system(),
        action="evaluation.decided",
        subject=("evaluation", show("evl", one.full.id)),
        after={"rescreens": show("evl", one.first.id)},
        content_digest=hashlib.sha256(detail).digest(),
        at=one.now,
    )


def _event(one: Rescreened) -> tuple[Any, ...]:
    first, full, subject = one.first, one.full, show("evl", one.full.id)
    return event_row(
        "evaluation.rescreened",
        organisation_id=one.team.organisation_id,
        team_id=one.team.id,
        subject=subject,
        occurred_at=one.now,
        data={
            "evaluationId": subject,
            "originalEvaluationId": show("evl", first.id),
            "customerId": one.transaction.customer_id,
            "transactionId": show("txn", full.transaction_id),
            "externalId": one.transaction.external_id,
            "decision": full.decision,
            "previousDecision": first.decision,
            "riskScore": full.risk_score,
            "previousRiskScore": first.risk_score,
            "isMoreSevere": one.is_more_severe,
            "alertId": show("alt", full.alert_id) if full.alert_id else None,
        },
    )
