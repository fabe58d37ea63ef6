"""The customer's KYC status (KYB for business senders), as a score. The table is the one of the specification."""

from decimal import Decimal
from typing import Final

from screening.context import Context
from screening.layers.result import LayerResult, Outcome

NAME: Final = "kyc"
INDIVIDUAL: Final = {
    "rejected": (90, Outcome.BLOCK),
    "expired": (60, Outcome.ESCALATE),
    "none": (50, Outcome.REVIEW),
    "pending": (40, Outcome.REVIEW),
    "in_progress": (40, Outcome.REVIEW),
    "verified": (0, Outcome.PASS),
}
# A business whose status the specification gives a score but no outcome gets that of the band of the score.
BUSINESS: Final = {
    "approved": (0, Outcome.PASS),
    "owners_verified": (10, Outcome.PASS),
    "directors_verified": (40, Outcome.REVIEW),
    "company_found": (40, Outcome.REVIEW),
    "pending": (40, Outcome.REVIEW),
    "none": (60, Outcome.ESCALATE),
    "rejected": (90, Outcome.BLOCK),
}


def run(context: Context) -> LayerResult:
    """An unknown status counts as none."""
    if context.facts["isBusiness"]:
        status = context.transaction.customer.kyb_status or context.profile.kyb_status or "none"
        score, outcome = BUSINESS.get(status, BUSINESS["none"])
        reason = f"KYB status is {status.replace('_', ' ')}"
    else:
        status = context.facts["kycStatus"] or "none"
        score, outcome = INDIVIDUAL.get(status, INDIVIDUAL["none"])
        reason = f"KYC status is {status.replace('_', ' ')}"
    return LayerResult(NAME, Decimal(score), outcome, (reason,) if score else ())
