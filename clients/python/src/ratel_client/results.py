"""Typed results. Fields that a newer server adds are kept in `raw`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a request: where and what."""

    path: str
    message: str


@dataclass(frozen=True)
class Hit:
    """A rule that triggered, and its points."""

    rule_id: str
    rule_code: str
    rule_name: str
    severity: str
    score_contribution: int

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            rule_id=document["ruleId"],
            rule_code=document["ruleCode"],
            rule_name=document["ruleName"],
            severity=document["severity"],
            score_contribution=document["scoreContribution"],
        )


@dataclass(frozen=True)
class Evaluation:
    """A decision: `pass`, `review` or `escalate` (`blocked` tells a block); the hits' points add up to the score."""

    decision: str
    risk_score: Decimal
    alert_id: str | None
    blocked: bool
    hits: tuple[Hit, ...]
    idempotent: bool
    external_id: str | None
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def may_go_on(self) -> bool:
        return self.decision == "pass"

    @classmethod
    def read(cls, document: Mapping[str, Any], external_id: str | None) -> Self:
        data = document["data"]
        return cls(
            decision=data["decision"],
            risk_score=Decimal(str(data["riskScore"])),
            alert_id=data.get("alertId"),
            blocked=data.get("blocked", False),
            hits=tuple(Hit.read(one) for one in data["hits"]),
            idempotent=document.get("idempotent", False),
            external_id=external_id,
            raw=data,
        )


@dataclass(frozen=True)
class Item:
    """One element of a batch: an evaluation, or the problems that it was refused for."""

    evaluation: Evaluation | None
    code: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Screening:
    """A decision of the entity-based dialect: `APPROVE`, `REVIEW` or `DECLINE`, with what led to it."""

    decision: str
    risk_score: Decimal
    risk_level: str
    primary_factors: tuple[str, ...]
    case_id: str | None
    replayed: bool
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, document: Mapping[str, Any], *, replayed: bool = False) -> Self:
        return cls(
            decision=document["decision"],
            risk_score=Decimal(str(document["risk_score"])),
            risk_level=document["risk_level"],
            primary_factors=tuple(document["explanation"]["primary_factors"]),
            case_id=document["case_id"],
            replayed=replayed,
            raw=document,
        )


@dataclass(frozen=True)
class BatchResult:
    """What came of one payment of a batch: a screening, or the code and problems that it was refused for."""

    transaction_id: str | None
    screening: Screening | None
    code: str
    message: str
    problems: tuple[Problem, ...]
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        is_refused = "error" in document
        return cls(
            transaction_id=document["transaction_id"],
            screening=None if is_refused else Screening.read(document),
            code=document.get("error", ""),
            message=document.get("message", ""),
            problems=tuple(Problem(one["path"], one["message"]) for one in document.get("details", ())),
            raw=document,
        )


@dataclass(frozen=True)
class BatchStatus:
    """How far a batch is: PROCESSING, COMPLETED, CANCELLED or FAILED. `results` are there once it is over."""

    batch_id: str
    status: str
    processed: int
    total: int
    failed: int
    results: tuple[BatchResult, ...] = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def is_over(self) -> bool:
        return self.status != "PROCESSING"

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            batch_id=document["batch_id"],
            status=document["status"],
            processed=document.get("processed", 0),
            total=document.get("total", 0),
            failed=document.get("failed", 0),
            results=tuple(BatchResult.read(one) for one in document.get("results", ())),
            raw=document,
        )


@dataclass(frozen=True)
class EntityRisk:
    """What is known of an entity: its score, its level and the factors behind them."""

    entity_id: str
    risk_score: Decimal
    risk_level: str
    factors: Mapping[str, Any]
    last_updated: str | None
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            entity_id=document["entity_id"],
            risk_score=Decimal(str(document["risk_score"])),
            risk_level=document["risk_level"],
            factors=document["factors"],
            last_updated=document.get("last_updated"),
            raw=document,
        )


@dataclass(frozen=True)
class Alert:
    """What waits for an analyst. Times are ISO 8601 as the server writes them; `hits` are those that this key may see."""

    id: str
    status: str
    severity: str
    risk_score: Decimal
    customer_id: str | None
    transaction_id: str | None
    evaluation_id: str | None
    screening_id: str | None
    trigger: str
    lane: str
    hits: tuple[Hit, ...]
    count: int
    case_id: str | None
    assigned_to_id: str | None
    disposition: str | None
    due_at: str | None
    created_at: str
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            id=document["id"],
            status=document["status"],
            severity=document["severity"],
            risk_score=Decimal(str(document["riskScore"])),
            customer_id=document["customerId"],
            transaction_id=document["transactionId"],
            evaluation_id=document["evaluationId"],
            screening_id=document["screeningId"],
            trigger=document["trigger"],
            lane=document["lane"],
            hits=tuple(Hit.read(one) for one in document["hits"]),
            count=document["count"],
            case_id=document["caseId"],
            assigned_to_id=document["assignedToId"],
            disposition=document["disposition"],
            due_at=document["dueAt"],
            created_at=document["createdAt"],
            raw=document,
        )


@dataclass(frozen=True)
class AlertPage:
    """Some alerts, the newest first; `next_cursor` asks for those after them, None at the end."""

    alerts: tuple[Alert, ...]
    next_cursor: str | None

    def __iter__(self) -> Iterator[Alert]:
        return iter(self.alerts)

    def __len__(self) -> int:
        return len(self.alerts)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        return cls(tuple(Alert.read(one) for one in document["data"]), document.get("nextCursor"))
