"""The risk of an entity as it is shown, kept in process for five minutes.

Processes keep their own, so `last_updated` of two answers can differ by that much; the tag follows from everything else.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from ratel.json import encode
from screening.entity_risk.facts import facts_of
from screening.entity_risk.score import Facts, Network, score
from teams.principal import TeamFacts

KEPT_SECONDS: Final = 300
MOST_KEPT: Final = 10_000


@dataclass(frozen=True)
class Shown:
    """An answer, its tag, and for how many seconds more it is good."""

    document: dict[str, Any]
    tag: str
    max_age_seconds: int


@dataclass(frozen=True)
class _Kept:
    document: dict[str, Any]
    tag: str
    until: float


_kept: OrderedDict[tuple[UUID, str, bool], _Kept] = OrderedDict()
_lock = threading.Lock()


def risk_of(team: TeamFacts, entity_id: str, *, sees_reports: bool) -> Shown | None:
    """At most five minutes old; None for an unknown entity, which is not remembered."""
    key = (team.id, entity_id, sees_reports)
    now = time.monotonic()
    with _lock:
        found = _kept.get(key)
    if found is None or found.until <= now:
        made = _made(team, entity_id, sees_reports)
        if made is None:
            return None
        found = _Kept(made, _tag(made), now + KEPT_SECONDS)
        with _lock:
            _kept[key] = found
            _kept.move_to_end(key)
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return Shown(found.document, found.tag, max(int(found.until - now), 0))


def forget() -> None:
    """Nothing is kept from now on."""
    with _lock:
        _kept.clear()


def _made(team: TeamFacts, entity_id: str, sees_reports: bool) -> dict[str, Any] | None:
    now = timezone.now()
    facts = facts_of(team, entity_id, now)
    if facts is None:
        return None
    scored = score(facts)
    return {
        "entity_id": entity_id,
        "risk_score": scored.score,
        "risk_level": scored.level,
        "factors": _factors(team, facts, sees_reports),
        "contributions": [
            {
                "factor": one.factor.name,
                "points": one.points,
                "most_points": one.factor.most_points,
                "why": one.factor.why,
            }
            for one in scored.contributions
        ],
        "last_updated": now,
    }


def _factors(team: TeamFacts, facts: Facts, sees_reports: bool) -> dict[str, Any]:
    return {
        **({"historical_sars": facts.reports} if sees_reports else {}),
        "avg_transaction_size": facts.average_amount,
        "currency": team.currency,
        "velocity_90d": facts.payments,
        "velocity_7d": facts.payments_recent,
        "network_centrality": facts.network.centrality if facts.network else None,
        "network": _network(facts.network) if facts.network else None,
        "counterparties": facts.counterparties,
        "countries": list(facts.countries),
        "cross_border_payments": facts.cross_border,
        "cash_payments": facts.cash,
        "worst_decision_90d": facts.worst_decision,
        "highest_score_90d": facts.highest_score,
        "alerts_90d": facts.alerts,
        "last_alert": facts.last_alert,
    }


def _network(network: Network) -> dict[str, Any]:
    return {
        "in_degree": network.in_degree,
        "out_degree": network.out_degree,
        "page_rank": network.page_rank,
        "component_size": network.component_size,
        "computed_at": network.computed_at,
    }


def _tag(document: dict[str, Any]) -> str:
    said = {name: value for name, value in document.items() if name != "last_updated"}
    return f'W/"{hashlib.sha256(encode(said)).hexdigest()[:32]}"'
