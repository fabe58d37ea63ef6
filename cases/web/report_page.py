"""A report's page, its exports, the authority's file, and who reports for the team."""

from django.http import HttpResponse
from django.utils import timezone

from cases.models import ReportFiling
from cases.reports import entity as entities
from cases.reports import fields
from cases.reports.exports import report_export
from cases.reports.filing import LONGEST_REFERENCE, open_file, open_filing
from cases.reports.goaml.codes import version_for
from cases.reports.indicators import WORDS
from cases.reports.page import report_page
from cases.reports.selectors import report_of
from cases.reports.working import entity_row, open_entity
from cases.services.investigation import LONGEST_REASON
from ratel.identifiers import read, show
from ratel.problem import NotFound
from teams import audit
from teams.web.desk import Desk, page


@page(section="reports", needs="reports.read")
def report(desk: Desk, report_id: str) -> HttpResponse:
    now = timezone.now()
    found = report_of(desk.caller.team, read("rep", report_id))
    shown = report_page(desk.caller, found, now)
    # Opening a report shows personal data.
    audit.note(caller=desk.caller, action="report.viewed", subject=("report", shown.id))
    context = {
        "page": shown,
        "report": found,
        "content": shown.content,
        "customer_id": show("cus", found.customer_id),
        "case_id": show("cas", found.case_id) if found.case_id else "",
        "alert_id": show("alt", found.alert_id) if found.alert_id else "",
        "indicators": WORDS.items(),
        "limits": fields,
        "longest_reason": LONGEST_REASON,
        "longest_reference": LONGEST_REFERENCE,
        "schema_version": version_for(desk.caller.team.pack, shown.entity.schema_version),
        "now": now,
    }
    return desk.render("desk/reports/report.html", context)


@page(section="reports", needs="reports.read")
def report_file(desk: Desk, report_id: str, wanted: str) -> HttpResponse:
    """An export: goaml, pdf or json."""
    exported = report_export(caller=desk.caller, report_id=read("rep", report_id), wanted=wanted)
    return download(exported.content, exported.media_type, exported.file_name)


@page(section="reports", needs="reports.read")
def report_evidence(desk: Desk, report_id: str) -> HttpResponse:
    """The file that came with the acknowledgement."""
    found = report_of(desk.caller.team, read("rep", report_id))
    kind = ReportFiling.Kind.ACKNOWLEDGEMENT
    row = ReportFiling.objects.filter(team_id=found.team_id, report_id=found.id, kind=kind).first()
    content = open_file(row) if row else None
    if row is None or content is None:
        raise NotFound
    audit.note(caller=desk.caller, action="report.evidence_read", subject=("report", show("rep", found.id)))
    return download(content, row.media_type, open_filing(row).file_name)


def download(content: bytes, media_type: str, name: str) -> HttpResponse:
    """Saved, never shown in our name."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in name)
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{plain}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@page(section="reports", needs="reports.read")
def reporting_entity(desk: Desk) -> HttpResponse:
    row = entity_row(desk.caller.team.id)
    entity = open_entity(row)
    context = {
        "fields": [(field, getattr(entity, field.name)) for field in entities.FIELDS],
        "missing": entities.missing(entity),
        "version": row.version if row else 0,
        "usual_version": version_for(desk.caller.team.pack, ""),
    }
    return desk.render("desk/reports/entity.html", context)
