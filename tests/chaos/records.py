"""What the three witnesses of a run say: the clients, the tables, the receiver. Data only; `checker.py` compares them."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Told:
    """What clients were told: by external id, the `data` of every answer 200; and refusals that should not be."""

    answers: dict[str, list[dict[str, Any]]]
    refused: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StoredEvaluation:
    """One row of evaluations with what hangs on it; ids as the API shows them."""

    id: str
    external_id: str
    decision: str
    risk_score: float
    alert_id: str | None
    case_id: str | None
    is_partial: bool
    drafts_sar: bool
    keys: int
    audit_entries: int
    transaction_id: str = ""
    # The alert that it is linked to, which several may share.
    linked_to: str | None = None
    # The partial evaluation that this one completes; nobody asked for it, so no external id leads to it.
    rescreens: str | None = None


@dataclass(frozen=True)
class StoredEvent:
    """One row of the outbox."""

    id: str
    event: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Stored:
    """What the tables hold at the end. `alerts` maps each alert to the evaluation that opened it."""

    evaluations: list[StoredEvaluation]
    alerts: dict[str, str]
    events: list[StoredEvent]
    transactions: int
    dead_letters: list[str] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Receipt:
    """One call to the receiver: which event, what it said, how it was answered."""

    event_id: str
    digest: str
    status: int
    is_signed: bool = True


@dataclass(frozen=True)
class Seen:
    """What the receiver saw, in order; None where no webhooks were part of the run."""

    receipts: list[Receipt]
