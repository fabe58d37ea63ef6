"""What the hits of an evaluation ask for whatever the score is, as one small number beside it.

It is on the decision path: it reads what is there and nothing else.
"""

from collections.abc import Iterable
from typing import Final

from screening.layers.result import OF_ACTION, Hit, Outcome

# The lowest two bits are the most severe action among the hits; this one says that a rule drafts a SAR.
DRAFTS_SAR: Final = 4
OUTCOME_BITS: Final = 3


def forces_of(hits: Iterable[Hit]) -> int:
    """0 to 7: the outcome that the hits' actions force, plus DRAFTS_SAR."""
    outcome, drafts = Outcome.PASS, 0
    for hit in hits:
        outcome = max(outcome, OF_ACTION[hit.action])
        if "SAR" in hit.drafts:
            drafts = DRAFTS_SAR
    return outcome | drafts
