"""The life cycle of a case as one table that code, tests and pages read. Pure: it knows no row and no person."""

from typing import Final

from cases.models import Case

Status = Case.Status
RESOLUTIONS: Final = {
    "true_positive": Status.RESOLVED_TRUE_POSITIVE,
    "false_positive": Status.RESOLVED_FALSE_POSITIVE,
}
_RESOLVED: Final = tuple(RESOLUTIONS.values())
OPEN_STATUSES: Final = (Status.OPEN, Status.IN_PROGRESS, Status.PENDING_REVIEW, Status.ESCALATED)
ALLOWED: Final[dict[Status, tuple[Status, ...]]] = {
    Status.OPEN: (Status.IN_PROGRESS, Status.ESCALATED),
    Status.IN_PROGRESS: (Status.PENDING_REVIEW, Status.ESCALATED),
    Status.PENDING_REVIEW: (Status.IN_PROGRESS, Status.ESCALATED, *_RESOLVED),
    Status.ESCALATED: (Status.IN_PROGRESS, Status.PENDING_REVIEW, *_RESOLVED),
    Status.RESOLVED_TRUE_POSITIVE: (Status.CLOSED,),
    Status.RESOLVED_FALSE_POSITIVE: (Status.CLOSED,),
    Status.CLOSED: (),
}


def allowed_from(status: str, *, four_eyes: bool) -> tuple[Status, ...]:
    """Where a case may go. Without a second pair of eyes one that is in progress can be resolved at once; reopening
    is an action of its own."""
    found = ALLOWED[Status(status)]
    if status == Status.IN_PROGRESS and not four_eyes:
        return (*found, *_RESOLVED)
    return found


def disposition_of(status: str) -> str | None:
    """`true_positive` or `false_positive` of a resolved status."""
    return next((name for name, one in RESOLUTIONS.items() if one == status), None)
