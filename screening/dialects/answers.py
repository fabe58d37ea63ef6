"""What the answers of several dialects have in common."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from screening.answer import Evaluated

# Ids and codes of a ruleset's rules, in their order.
RuleNames = Sequence[tuple[str, str]]
HIGHEST_SCORE: Final = Decimal(100)
_REPLAYED: Final = {"Idempotent-Replayed": "true"}


def replay_headers(answer: Evaluated) -> dict[str, str]:
    """How a replay is told by dialects that answer it with the same body."""
    return _REPLAYED if answer.is_replay else {}


def shown_score(score: Decimal) -> Decimal:
    """The score of dialects whose own ends at 100."""
    return min(score, HIGHEST_SCORE)
