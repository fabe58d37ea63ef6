"""Typed results. Fields that a newer server adds are kept in `raw`."""

from collections.abc import Mapping
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
            hits=tuple(
                Hit(
                    one["ruleId"], one["ruleCode"], one["ruleName"], one["severity"], one["scoreContribution"]
                )
                for one in data["hits"]
            ),
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
class BatchStatus:
    """How far a batch is: PROCESSING, COMPLETED, CANCELLED or FAILED."""

    batch_id: str
    status: str
    processed: int
    total: int
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
