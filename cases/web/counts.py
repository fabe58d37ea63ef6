"""The numbers beside the menu of the desk: what waits. One statement, because every page asks it."""

from typing import Final

from cases.models import Alert, Report
from cases.transitions import OPEN_STATUSES
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from teams.principal import Principal

WAITING_ALERTS: Final = (Alert.Status.OPEN, Alert.Status.IN_PROGRESS, Alert.Status.ESCALATED)
WAITING_REPORTS: Final = (Report.Status.DRAFT, Report.Status.PENDING_REVIEW, Report.Status.APPROVED)
_COUNTS: Final = (
    "SELECT (SELECT count(*) FROM cases_alert WHERE team_id = %(team)s AND status = ANY(%(alerts)s)),"
    " (SELECT count(*) FROM cases_case WHERE team_id = %(team)s AND status = ANY(%(cases)s)),"
    " (SELECT count(*) FROM cases_report WHERE team_id = %(team)s AND status = ANY(%(reports)s))"
)


def waiting(caller: Principal) -> dict[str, int]:
    """How many alerts, cases and (with the right to know of them) reports are not done with."""
    if not caller.may("read"):
        return {}
    wanted = {
        "team": caller.team.id,
        "alerts": list(WAITING_ALERTS),
        "cases": list(OPEN_STATUSES),
        "reports": list(WAITING_REPORTS),
    }
    with tenant(caller.team.organisation_id, [caller.team.id]):
        alerts, cases, reports = driver_connection().execute(_COUNTS, wanted).fetchone() or (0, 0, 0)
    counts = {"alerts": alerts, "cases": cases}
    return {**counts, "reports": reports} if caller.may("reports.read") else counts
