"""Which alert a decision belongs to: a new one, or one that is open about the same customer and the same thing.

A burst must not flood the queue, and nothing may be dropped: each evaluation stays linked to the alert that it joins.
Pure: the open alerts are what the customer's row says (`cases` writes it), under the customer's lock.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from screening.decide import ordered_hits
from screening.layers import LayerResult

# What `alertKey` begins with: a rule's id, a list entry's id, or a layer's name follows.
RULE: Final = "rule:"
ENTRY: Final = "entry:"
LAYER: Final = "layer:"


class AlertOfDecision(NamedTuple):
    """The alert's id, what it is about, and whether it is open already."""

    id: UUID
    key: str
    is_joined: bool


def alert_key(layers: Mapping[str, LayerResult]) -> str:
    """What an alert is about: the listed person of a name match, else the rule with the most points, else a layer."""
    names = layers["sanctions"]
    if names.answered and names.score > 0:
        return ENTRY + _best_entry(names.evidence or {})
    hits = ordered_hits(layers.values())
    if hits:
        return RULE + hits[0].rule_id
    return LAYER + max(layers.values(), key=lambda layer: layer.score).name


def _best_entry(evidence: Mapping[str, Any]) -> str:
    matches = [match for party in evidence.get("parties", ()) for match in party["matches"]]
    best = max(matches, key=lambda match: match["score"], default=None)
    return str(best["entryId"]) if best else ""


def open_alert(known: str | None, key: str, now: datetime, within: timedelta) -> UUID | None:
    """The open alert about `key` that began no longer than `within` ago; `known` is the customer's `open_alerts`."""
    if known is None:
        return None
    found = orjson.loads(known).get(key)
    if found is None or datetime.fromisoformat(found["since"]) <= now - within:
        return None
    return UUID(found["id"])


def as_known(alert_id: UUID, key: str, since: datetime) -> str:
    """The part of a customer's `open_alerts` that tells of one alert."""
    return orjson.dumps({key: {"id": str(alert_id), "since": since.isoformat()}}).decode()
