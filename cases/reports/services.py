"""What people do with a report: edit, submit, send back, approve, file, acknowledge. Each is a step and audited.

The maker is whoever wrote last or submitted; where the team's policy asks for four eyes over reports (it does unless it
was switched off), neither of them approves.
"""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from cases.models import Report, ReportFiling, ReportingEntity
from cases.reports import entity as entities
from cases.reports.content import Content
from cases.reports.edit import Edit, edited
from cases.reports.entity import Entity
from cases.reports.filing import Evidence, Filing, seal_filing
from cases.reports.goaml.check import problems
from cases.reports.transitions import Status, require_allowed
from cases.reports.working import (
    content_of,
    document_of,
    entity_row,
    locked_report,
    open_entity,
    require,
    save,
    save_content,
    seal_entity,
    step,
    tell,
)
from cases.services.investigation import working
from ratel.problem import Conflict, Forbidden, Invalid, Problem, Unprocessable
from screening.configuration import configuration_of
from teams import audit
from teams.principal import Principal


def report_edit(
    *, caller: Principal, report_id: UUID | None, edit: Edit, version: int | None = None
) -> Report:
    """Changes what a draft says; one that was sent back is a draft again. Raises Invalid with paths."""
    require(caller, "reports.write")
    with working(caller):
        report = locked_report(caller, report_id, version=version)
        was, report.status = report.status, require_allowed(report, "edit")
        save_content(caller, report, edited(content_of(report, caller.team), edit))
        step(caller, report, "edited", version=report.version + 1, was=was)
        save(report)
        return report


def report_check(*, caller: Principal, report_id: UUID | None, edit: Edit) -> list[Problem]:
    """What would stand in the way of submitting the report with these changes; keeps nothing."""
    require(caller, "reports.write")
    with working(caller):
        report = locked_report(caller, report_id)
        try:
            content = edited(content_of(report, caller.team), edit)
        except Invalid as refusal:
            return refusal.errors
        return _problems(caller, report, content)


def report_submit(
    *, caller: Principal, report_id: UUID | None, edit: Edit | None = None, version: int | None = None
) -> Report:
    """To the second person, with the last changes (if any), once it is complete and valid; else Unprocessable with
    every field that is missing, and nothing is kept."""
    require(caller, "reports.write")
    with working(caller):
        report = locked_report(caller, report_id, version=version)
        if edit is not None:
            report.status = require_allowed(report, "edit")
        wanted = require_allowed(report, "submit")
        stored = content_of(report, caller.team)
        content = stored if edit is None else edited(stored, edit)
        _refuse_unfit(caller, report, content)
        if report.sealed_content is None or content != stored:
            save_content(caller, report, content)
        report.status = wanted
        report.submitted_by_id, report.submitted_by_person_id = caller.id, caller.person_id
        step(caller, report, "submitted")
        save(report)
        return report


def report_send_back(
    *, caller: Principal, report_id: UUID | None, reason: str, version: int | None = None
) -> Report:
    """An officer refuses it, or takes an approval back before the filing."""
    with working(caller):
        report = locked_report(caller, report_id, version=version)
        require(caller, "reports.approve")
        was, report.status = report.status, require_allowed(report, "send_back")
        report.approved_by_id, report.approved_at = None, None
        step(caller, report, "sent_back", words=reason, was=was)
        save(report)
        return report


def report_approve(*, caller: Principal, report_id: UUID | None, version: int | None = None) -> Report:
    """A second person, never the maker. What is missing or invalid by now is refused as at submission."""
    with working(caller):
        report = locked_report(caller, report_id, version=version)
        require(caller, "reports.approve")
        wanted = require_allowed(report, "approve")
        if needs_four_eyes(caller) and is_maker(caller, report):
            raise Forbidden("Another person must approve this report", code="four_eyes")
        _refuse_unfit(caller, report, content_of(report, caller.team))
        report.status = wanted
        report.approved_by_id, report.approved_at = caller.id, timezone.now()
        step(caller, report, "approved")
        save(report)
        return report


def report_file(
    *,
    caller: Principal,
    report_id: UUID | None,
    reference: str,
    filed_at: datetime | None = None,
    version: int | None = None,
) -> Report:
    """Records that it was filed and what the authority calls it. Final."""
    with working(caller):
        report = locked_report(caller, report_id, version=version)
        require(caller, "reports.approve")
        wanted = require_allowed(report, "file")
        report.status, report.filed_at = wanted, filed_at or timezone.now()
        _record(caller, report, ReportFiling.Kind.FILING, Filing(reference), None)
        step(caller, report, "filed", filedAt=report.filed_at.isoformat())
        save(report)
        tell(report, "sar.submitted", reference=reference)
        return report


def report_acknowledge(
    *,
    caller: Principal,
    report_id: UUID | None,
    reference: str,
    evidence: Evidence | None = None,
    version: int | None = None,
) -> Report:
    """Adds the authority's acknowledgement to a filed report, once, with the file it sent if there is one."""
    with working(caller):
        report = locked_report(caller, report_id, version=version)
        require(caller, "reports.approve")
        require_allowed(report, "acknowledge")
        kind = ReportFiling.Kind.ACKNOWLEDGEMENT
        if ReportFiling.objects.filter(team_id=report.team_id, report_id=report.id, kind=kind).exists():
            raise Conflict("The acknowledgement is recorded already", extra={"allowed": []})
        _record(caller, report, kind, Filing(reference, evidence.name if evidence else ""), evidence)
        step(caller, report, "acknowledged", hasFile=evidence is not None)
        save(report)
        tell(report, "sar.acknowledged", reference=reference)
        return report


def entity_save(*, caller: Principal, values: dict[str, str], version: int | None = None) -> Entity:
    """Who reports for the team: `values` replace those of the same name. Raises Invalid, or Conflict if stale."""
    require(caller, "reports.approve")
    by_name = {field.name: field for field in entities.FIELDS}
    wrong = [
        Problem(name, found)
        for name, value in values.items()
        if (found := entities.problem_with(by_name[name], value.strip()))
    ]
    if wrong:
        raise Invalid(errors=wrong)
    with working(caller):
        team = caller.team
        row = ReportingEntity.objects.select_for_update().filter(team_id=team.id).first()
        row = row or ReportingEntity(organisation_id=team.organisation_id, team_id=team.id, version=0)
        if version is not None and version != row.version:
            raise Conflict("Somebody changed it meanwhile: look again", code="stale", extra={"allowed": []})
        before = open_entity(row if row.version else None)
        changed = {name: value.strip() for name, value in values.items()}
        after = Entity(
            **{field.name: changed.get(field.name, getattr(before, field.name)) for field in entities.FIELDS}
        )
        row.sealed_document, row.changed_by_id = seal_entity(row, after), caller.id
        row.version, row.updated_at = row.version + 1, timezone.now()
        row.save()
        names = sorted(name for name in changed if getattr(before, name) != getattr(after, name))
        audit.note(
            caller=caller,
            action="reporting_entity.changed",
            subject=("reporting_entity", str(team.id)),
            after={"fields": names},
        )
        return after


def is_maker(caller: Principal, report: Report) -> bool:
    """Whether the caller wrote it last or submitted it, with their own hands or by a key they answer for."""
    return caller.is_the_same_person_as(
        actor_id=report.submitted_by_id, person_id=report.submitted_by_person_id
    ) or caller.is_the_same_person_as(actor_id=report.edited_by_id, person_id=report.edited_by_person_id)


def needs_four_eyes(caller: Principal) -> bool:
    return bool(configuration_of(caller.team).ruleset.policy.four_eyes["reports"])


def _record(
    caller: Principal, report: Report, kind: ReportFiling.Kind, filing: Filing, evidence: Evidence | None
) -> None:
    row = ReportFiling(
        organisation_id=report.organisation_id,
        team_id=report.team_id,
        report_id=report.id,
        kind=kind,
        recorded_by_id=caller.id,
        at=(report.filed_at if kind == ReportFiling.Kind.FILING else None) or timezone.now(),
    )
    seal_filing(row, filing, evidence)
    row.save(force_insert=True)


def _problems(caller: Principal, report: Report, content: Content) -> list[Problem]:
    entity = open_entity(entity_row(report.team_id))
    return problems(document_of(report, caller.team, content, entity))


def _refuse_unfit(caller: Principal, report: Report, content: Content) -> None:
    found = _problems(caller, report, content)
    if found:
        raise Unprocessable("The report cannot be filed as it is", code="report_incomplete", errors=found)


__all__ = [
    "Status",
    "entity_save",
    "is_maker",
    "report_acknowledge",
    "report_approve",
    "report_check",
    "report_edit",
    "report_file",
    "report_send_back",
    "report_submit",
]
