"""The risk score behind a chain of fallbacks: the first tier that answers gives the score, and its name is stored.

Today the chain has one tier, the rule-based one, which needs no model; a learned tier goes in front of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from screening.context import Context
from screening.layers import history
from screening.layers.bands import outcome_of
from screening.layers.result import LayerResult
from screening.policy import Bands

NAME: Final = "decision_engine"


@dataclass(frozen=True)
class TierScore:
    """What a tier says: a score 0-100 and the reasons, each with its points, that add up to it."""

    score: Decimal
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Tier:
    """One way to the score. `version` is stored with the evaluation; `score` may raise, then the next tier is asked."""

    version: str
    score: Callable[[Context], TierScore]


class NoTierAnswered(Exception):
    """Every tier of the chain failed."""


def rule_based(context: Context) -> TierScore:
    """The tier that is always there: six observations against the customer's own past, 0 without one."""
    if not context.facts["hasHistory"]:
        return TierScore(Decimal(0), ())
    found = list(_observations(context))
    score = min(sum(points for points, _ in found), 100)
    return TierScore(Decimal(score), tuple(f"{reason} (+{points} points)" for points, reason in found))


def _observations(context: Context) -> Iterator[tuple[int, str]]:
    amount = history.amount_ratio(context)
    if amount is not None and amount >= 5:
        yield 20, f"Amount {amount:.1f} times the 90-day average"
    velocity = history.velocity_ratio(context)
    if velocity is not None and velocity >= 5:
        yield 20, f"Velocity {velocity:.1f} times the daily average"
    credits_day = history.known(context, history.CREDITS_DAY)
    debits_day = history.known(context, history.DEBITS_DAY)
    if credits_day and debits_day is not None and debits_day * 10 >= credits_day * 9:
        yield 20, f"{debits_day / credits_day * 100:.0f}% of the last 24 hours' credits left again"
    if context.facts["isNewCounterparty"]:
        yield 15, "New counterparty"
    if (context.facts["daysSinceLastActivity"] or 0) >= 90:
        yield 15, f"First activity after {context.facts['daysSinceLastActivity']} quiet days"
    if context.facts["isRoundAmount"]:
        yield 10, "Round amount"


RULE_BASED: Final = Tier("rules-1", rule_based)
TIERS: Final[Sequence[Tier]] = (RULE_BASED,)


def run(context: Context, bands: Bands, tiers: Sequence[Tier] = TIERS) -> LayerResult:
    for tier in tiers:
        try:
            answer = tier.score(context)
        except Exception:  # noqa: S112 - a tier that fails hands over to the next, whatever its error
            continue
        return LayerResult(
            NAME, answer.score, outcome_of(answer.score, bands), answer.reasons, version=tier.version
        )
    raise NoTierAnswered
