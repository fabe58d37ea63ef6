"""The life of a report as one table: what may be done with it in each status, and what it is afterwards."""

from collections.abc import Mapping
from typing import Final

from cases.models import Report
from ratel.problem import Conflict

Status = Report.Status
# Filed is final: only the authority's acknowledgement is added to it.
ACTIONS: Final[Mapping[str, Mapping[Status, Status]]] = {
    "edit": {Status.DRAFT: Status.DRAFT, Status.REJECTED: Status.DRAFT},
    "submit": {Status.DRAFT: Status.PENDING_REVIEW},
    "send_back": {Status.PENDING_REVIEW: Status.REJECTED, Status.APPROVED: Status.REJECTED},
    "approve": {Status.PENDING_REVIEW: Status.APPROVED},
    "file": {Status.APPROVED: Status.FILED},
    "acknowledge": {Status.FILED: Status.FILED},
}
OPEN: Final = (Status.DRAFT, Status.REJECTED, Status.PENDING_REVIEW, Status.APPROVED)


def allowed_in(status: str) -> list[str]:
    return [action for action, moves in ACTIONS.items() if status in moves]


def require_allowed(report: Report, action: str) -> Status:
    """The status that the action leads to; raises Conflict naming what is `allowed`."""
    wanted = ACTIONS[action].get(Status(report.status))
    if wanted is None:
        raise Conflict(
            f"A report that is {Status(report.status).label.lower()} does not take that",
            code="transition_not_allowed",
            extra={"allowed": allowed_in(report.status)},
        )
    return wanted
