"""The risk score of an entity: a table of factors, each with the most points it can give and why. Pure.

A factor turns what was counted into a share from 0 to 1; the score is the sum of points times shares, 0 to 100. To add
a factor, add its line to FACTORS and take its points from others: they add up to 100.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

DAYS: Final = 90
RECENT_DAYS: Final = 7
LEVELS: Final = ((75, "CRITICAL"), (50, "HIGH"), (25, "MEDIUM"), (0, "LOW"))
_WORST: Final = {"pass": 0.0, "review": 0.5, "escalate": 0.85, "block": 1.0}


@dataclass(frozen=True)
class Network:
    """Where the entity stood in the transaction graph at `computed_at`; `centrality` is the share of parties whose
    weighted page rank is not higher."""

    in_degree: int
    out_degree: int
    page_rank: float
    centrality: float
    component_size: int
    computed_at: datetime


@dataclass(frozen=True)
class Facts:
    """What was counted of an entity: payments by when they occurred, decisions of its newest payments. Amounts are in
    the team's currency. Reports are kept apart from what is scored."""

    payments: int = 0
    payments_recent: int = 0
    average_amount: float | None = None
    average_amount_recent: float | None = None
    cross_border: int = 0
    cash: int = 0
    counterparties: int = 0
    countries: tuple[str, ...] = ()
    worst_decision: str = "pass"
    highest_score: float = 0.0
    alerts: int = 0
    last_alert: datetime | None = None
    reports: int = 0
    network: Network | None = None


@dataclass(frozen=True)
class Factor:
    """`share` gives 0 to 1; `why` is shown to people."""

    name: str
    most_points: int
    why: str
    share: Callable[[Facts], float]


@dataclass(frozen=True)
class Contribution:
    factor: Factor
    points: float


@dataclass(frozen=True)
class Scored:
    score: float
    level: str
    contributions: tuple[Contribution, ...]


def score(facts: Facts) -> Scored:
    """The same facts always give the same score."""
    found = tuple(
        Contribution(factor, round(factor.most_points * _bounded(factor.share(facts)), 2))
        for factor in FACTORS
    )
    total = round(sum(one.points for one in found), 2)
    return Scored(total, next(name for least, name in LEVELS if total >= least), found)


def _bounded(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _per_payment(count: int, facts: Facts) -> float:
    return count / facts.payments if facts.payments else 0.0


def _burst(facts: Facts) -> float:
    """Nothing at the usual pace, all at five times as many payments a day."""
    usual = facts.payments / DAYS * RECENT_DAYS
    return (facts.payments_recent / max(usual, 1.0) - 1) / 4


def _growth(facts: Facts) -> float:
    if not facts.average_amount or facts.average_amount_recent is None:
        return 0.0
    return (facts.average_amount_recent / facts.average_amount - 1) / 4


def _top_tenth(facts: Facts) -> float:
    return (facts.network.centrality - 0.9) / 0.1 if facts.network else 0.0


FACTORS: Final = (
    Factor(
        "worst_decision_90d",
        25,
        "The worst decision: half for a review, nearly all for an escalation, all for a block",
        lambda facts: _WORST[facts.worst_decision],
    ),
    Factor("highest_score_90d", 20, "The highest risk score of a payment", lambda f: f.highest_score / 100),
    Factor("alerts_90d", 15, "Alerts: a third for one, half for two", lambda f: f.alerts / (f.alerts + 2)),
    Factor("velocity_90d", 10, "Payments of the last 7 days against the usual pace of 90", _burst),
    Factor(
        "countries",
        10,
        "The share of payments that cross a border",
        lambda facts: _per_payment(facts.cross_border, facts),
    ),
    Factor("cash", 5, "The share of payments in cash", lambda facts: _per_payment(facts.cash, facts)),
    Factor("avg_transaction_size", 5, "The average of the last 7 days against that of 90", _growth),
    Factor(
        "counterparties", 5, "Different counterparties, up to a hundred", lambda f: f.counterparties / 100
    ),
    Factor("network_centrality", 5, "Among the most central tenth of all parties", _top_tenth),
)
