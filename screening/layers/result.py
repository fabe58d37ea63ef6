"""What a layer answers: a score 0-100, an outcome, hits or reasons, the time it took, and whether it answered."""

from decimal import Decimal
from enum import IntEnum
from typing import Any, Final

import msgspec

from screening.rules.explain import Compared


class Outcome(IntEnum):
    """Decisions, ordered: a more severe one always wins."""

    PASS = 0
    REVIEW = 1
    ESCALATE = 2
    BLOCK = 3

    @property
    def code(self) -> str:
        return self.name.lower()


OF_ACTION: Final = {
    "alert": Outcome.PASS,
    "review": Outcome.REVIEW,
    "escalate": Outcome.ESCALATE,
    "block": Outcome.BLOCK,
}


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that triggered, with its points, the sentence that explains it, and what was compared."""

    rule_id: str
    rule_code: str
    rule_name: str
    rule_version: int
    layer: str
    severity: str
    action: str
    points: int
    line: str
    compared: tuple[Compared, ...]
    drafts: tuple[str, ...] = ()


class LayerResult(msgspec.Struct, frozen=True):
    """One layer's answer. `failure` names why a layer did not answer (an error's class, "deadline"), else ""."""

    name: str
    score: Decimal
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    states: str = ""
    duration_us: int = 0
    failure: str = ""
    version: str = ""
    evidence: dict[str, Any] | None = None

    @property
    def answered(self) -> bool:
        return not self.failure


def no_answer(name: str, failure: str, duration_us: int = 0) -> LayerResult:
    return LayerResult(name, Decimal(0), Outcome.PASS, duration_us=duration_us, failure=failure)
