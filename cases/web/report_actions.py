"""What people do with a report at the desk: each form calls one service."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.utils import timezone

from cases.reports import entity as entities
from cases.reports import services
from cases.reports.drafts import Subject, report_draft
from cases.reports.page import missing_of
from cases.reports.working import name_of
from cases.services.investigation import LONGEST_REASON
from cases.web.report_form import edit_in, evidence_in, moment_in, reference_in, version_in
from ratel.identifiers import read, show
from ratel.problem import Conflict, Invalid, Problem
from teams.web.desk import Desk, action

View = Callable[..., HttpResponse]
Done = Callable[[Desk, UUID | None, QueryDict], str]


def _on_report(needs: str) -> Callable[[Done], View]:
    """An action on one report, which ends on the report's page."""

    def decorate(act: Done) -> View:
        @action(section="reports", needs=needs)
        @wraps(act)
        def done(desk: Desk, report_id: str) -> HttpResponse:
            desk.say(act(desk, read("rep", report_id), desk.request.POST))
            return desk.to("report", report_id)

        return done

    return decorate


@action(section="reports", needs="reports.write")
def draft(desk: Desk) -> HttpResponse:
    form = desk.request.POST
    subject = Subject(
        case_id=read("cas", form.get("case_id", "")),
        alert_id=read("alt", form.get("alert_id", "")),
        transaction_id=read("txn", form.get("transaction_id", "")),
    )
    kind = form.get("type", "")
    try:
        report = report_draft(caller=desk.caller, report_type=kind, subject=subject)
    except Conflict as conflict:
        if conflict.code != "report_exists":
            raise
        desk.complain(conflict)
        return desk.to("report", conflict.extra["current"]["reportId"])
    desk.say(f"The {name_of(desk.caller.team.pack, kind)} is drafted from what is on file.")
    return desk.to("report", show("rep", report.id))


@_on_report("reports.write")
def save(desk: Desk, report_id: UUID | None, form: QueryDict) -> str:
    services.report_edit(
        caller=desk.caller, report_id=report_id, edit=edit_in(form), version=version_in(form)
    )
    return "The draft is kept; what it said before is kept too."


@action(section="reports", needs="reports.write")
def check(desk: Desk, report_id: str) -> HttpResponse:
    """What is missing, as the form stands; nothing is kept."""
    found = services.report_check(
        caller=desk.caller, report_id=read("rep", report_id), edit=edit_in(desk.request.POST)
    )
    return desk.render("desk/reports/check.html", {"missing": missing_of(found)})


@_on_report("reports.write")
def submit(desk: Desk, report_id: UUID | None, form: QueryDict) -> str:
    services.report_submit(
        caller=desk.caller,
        report_id=report_id,
        edit=edit_in(form) if "has_indicators" in form else None,
        version=version_in(form),
    )
    return "The report waits for a second person."


@_on_report("reports.approve")
def send_back(desk: Desk, report_id: UUID | None, form: QueryDict) -> str:
    reason = str(form.get("reason", "")).strip()
    if not 1 <= len(reason) <= LONGEST_REASON or "\x00" in reason:
        raise Invalid(errors=[Problem("reason", f"must have 1 to {LONGEST_REASON} characters")])
    services.report_send_back(
        caller=desk.caller, report_id=report_id, reason=reason, version=version_in(form)
    )
    return "The report is sent back; its maker sees why."


@_on_report("reports.approve")
def approve(desk: Desk, report_id: UUID | None, form: QueryDict) -> str:
    services.report_approve(caller=desk.caller, report_id=report_id, version=version_in(form))
    return "The report is approved. File it with the authority and record the reference."


@_on_report("reports.approve")
def file(desk: Desk, report_id: UUID | None, form: QueryDict) -> str:
    services.report_file(
        caller=desk.caller,
        report_id=report_id,
        reference=reference_in(form),
        filed_at=moment_in(form, "filed_at", timezone.now()),
        version=version_in(form),
    )
    return "The filing is recorded. Nobody can change the report any more."


@_on_report("reports.approve")
def acknowledge(desk: Desk, report_id: UUID | None, form: QueryDict) -> str:
    services.report_acknowledge(
        caller=desk.caller,
        report_id=report_id,
        reference=reference_in(form),
        evidence=evidence_in(desk.request),
        version=version_in(form),
    )
    return "The acknowledgement is recorded."


@action(section="reports", needs="reports.approve")
def entity_save(desk: Desk) -> HttpResponse:
    form = desk.request.POST
    names = [field.name for field in entities.FIELDS]
    values = {name: str(form[name]) for name in names if name in form}
    services.entity_save(caller=desk.caller, values=values, version=version_in(form))
    desk.say("Who reports is kept.")
    return desk.to("reporting-entity")
