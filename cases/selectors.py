"""What is shown of a case: its alerts, notes, timeline and (to whoever may read them) reports. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cases.models import Alert, Case, CaseNote, CaseStep, Report, ReportStep
from cases.reports.selectors import steps_of_case
from ratel.identifiers import show
from screening.models import Customer


@dataclass(frozen=True)
class CaseFile:
    """One case with everything that belongs to it; `reports` is None for those who may not know of any, and then
    there are no `report_steps`."""

    case: Case
    customer_reference: str | None
    alerts: list[Alert]
    notes: list[CaseNote]
    steps: list[CaseStep]
    reports: list[Report] | None
    report_steps: list[ReportStep]


def case_file(case: Case, *, with_reports: bool) -> CaseFile:
    """Call inside `tenant(...)`."""
    of_case = {"team_id": case.team_id, "case_id": case.id}
    return CaseFile(
        case=case,
        customer_reference=references([case]).get(case.customer_id),
        alerts=list(Alert.objects.filter(**of_case).order_by("id")),
        notes=list(CaseNote.objects.filter(**of_case).order_by("id")),
        steps=list(CaseStep.objects.filter(**of_case).order_by("id")),
        reports=list(Report.objects.filter(**of_case).order_by("id")) if with_reports else None,
        report_steps=steps_of_case(case.team_id, case.id) if with_reports else [],
    )


def references(cases: Iterable[Case]) -> dict[Any, str]:
    """The bank's own reference of each customer."""
    ids = {case.customer_id for case in cases if case.customer_id}
    return dict(Customer.objects.filter(id__in=ids).values_list("id", "reference"))


def timeline(file: CaseFile) -> list[dict[str, Any]]:
    """Everything that happened, oldest first; what decisions did to the case is read from its alerts."""
    entries: list[dict[str, Any]] = [
        {
            "at": step.at,
            "action": step.action,
            "actorKind": step.actor_kind,
            "actorId": str(step.actor_id) if step.actor_id else None,
            "detail": step.detail,
        }
        for step in file.steps
    ]
    if not any(entry["action"] == "created" for entry in entries):
        entries.append(_by_system(file.case.created_at, "created"))
    named = {one for step in file.steps for one in step.detail.get("alerts", [])}
    entries += [
        _by_system(alert.created_at, "linked", alerts=[show("alt", alert.id)])
        for alert in file.alerts
        if show("alt", alert.id) not in named
    ]
    entries += [_of_report(step) for step in file.report_steps]
    return sorted(entries, key=lambda entry: entry["at"])


def _of_report(step: ReportStep) -> dict[str, Any]:
    return {
        "at": step.at,
        "action": f"report_{step.action}",
        "actorKind": step.actor_kind,
        "actorId": str(step.actor_id) if step.actor_id else None,
        "detail": {"report": show("rep", step.report_id), **step.detail},
    }


def _by_system(at: Any, action: str, **detail: Any) -> dict[str, Any]:
    return {"at": at, "action": action, "actorKind": "system", "actorId": None, "detail": detail}
