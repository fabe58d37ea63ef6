"""The decision policy in words: what its fields are called at the desk, and what differs between two of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from screening.services.changes import differences

LABELS: Final[Mapping[str, str]] = {
    "aggregation": "Aggregation",
    "txReviewScore": "Review from",
    "txEscalateScore": "Escalate from",
    "txSarScore": "Report draft from",
    "bands.review": "Review band from",
    "bands.escalate": "Escalate band from",
    "bands.block": "Block band from",
    "weights.regulatory": "Weight of regulatory rules",
    "weights.kyc": "Weight of KYC",
    "weights.custom_rules": "Weight of the team's rules",
    "weights.sanctions": "Weight of names",
    "weights.decision_engine": "Weight of the risk score",
    "weights.behavioral": "Weight of behaviour",
    "thresholds.sanctions": "Sanctions names from",
    "thresholds.pep": "PEP names from",
    "thresholds.internal": "Private lists' names from",
    "thresholds.adverse_media": "Adverse media names from",
    "failClosed": "Reviewed when a layer is away",
    "fourEyes.policy": "Four eyes on the policy",
    "fourEyes.rules": "Four eyes on rules",
    "fourEyes.resolutions": "Four eyes on resolutions",
    "fourEyes.reports": "Four eyes on reports",
    "joinAlertsHours": "Repeated alerts join for hours",
}
AGGREGATION_WORDS: Final = {"sum": "sum of hits", "weighted_floor": "weighted average with a floor"}
LAYER_WORDS: Final = {
    "regulatory": "regulatory rules",
    "kyc": "KYC",
    "custom_rules": "the team's rules",
    "sanctions": "names",
    "decision_engine": "risk score",
    "behavioral": "behaviour",
}


@dataclass(frozen=True)
class Difference:
    """One field that two versions say differently, in words."""

    label: str
    before: str
    after: str


def differences_in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    found: list[Difference] = []
    old, new = differences(before, after)
    for key in new:
        if isinstance(old[key], Mapping) and isinstance(new[key], Mapping):
            was, is_now = differences(old[key], new[key])
            found += [_difference(f"{key}.{name}", was[name], is_now[name]) for name in is_now]
        else:
            found.append(_difference(key, old[key], new[key]))
    return found


def _difference(field: str, before: Any, after: Any) -> Difference:
    return Difference(LABELS.get(field, field), in_words(field, before), in_words(field, after))


def in_words(field: str, value: Any) -> str:
    if field == "aggregation":
        return AGGREGATION_WORDS.get(value, str(value))
    if field == "failClosed":
        return ", ".join(LAYER_WORDS.get(name, name) for name in value or ()) or "no layer"
    if isinstance(value, bool):
        return "on" if value else "off"
    return "nothing" if value is None else str(value)
