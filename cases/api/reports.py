"""`/api/reports`: drafts, their content, the way to the authority; and who reports. Only for those who may know of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import case_input as given
from cases.api import reports_documents as documents
from cases.api import reports_input as read_in
from cases.api.reports_serial import entity_json, report_json, summary
from cases.models import Report
from cases.reports import services
from cases.reports.drafts import report_draft
from cases.reports.exports import FORMATS, report_export
from cases.reports.selectors import TYPES, Wanted, filtered, newest_first, report_of, rows
from cases.reports.working import entity_row, open_entity
from cases.services.investigation import LONGEST_REASON
from ratel.identifiers import read, show
from ratel.pages import Query, listed
from ratel.problem import Problem
from ratel.tenancy import tenant
from teams import audit
from teams.resource import Resource, object_in, refuse

Act = Callable[..., Report]


class ReportResource(Resource):
    """Reads and answers one report; each action of a person is a view of its own."""

    def shown(self, report: Report, status: int = 200) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            return Response({"ok": True, "data": report_json(self.caller, report)}, status=status)

    def act(self, report_id: str, action: Act, document: dict[str, Any], **arguments: Any) -> Response:
        problems: list[Problem] = []
        version = given.version(document, problems)
        refuse(problems)
        identifier: UUID | None = read("rep", report_id)
        return self.shown(action(caller=self.caller, report_id=identifier, version=version, **arguments))


class ReportsView(ReportResource):
    scopes = {"GET": "reports.read", "POST": "reports.write"}

    @documents.list_reports
    def get(self, request: Request) -> Response:
        query = Query(request._request, "type", "status", "customerId")
        team, now = self.caller.team, timezone.now()
        wanted = Wanted(
            type=query.choice("type", TYPES),
            status=query.choice("status", Report.Status.values),
            customer=query.text("customerId"),
        )
        page = query.page()
        query.finish()
        with tenant(team.organisation_id, [team.id]):
            found = newest_first(filtered(team, wanted, now), page.after)
            shown, cursor = page.cut(list(found[: page.limit + 1]), lambda report: report.id)
            return Response(listed([summary(team, row) for row in rows(team, shown, now)], cursor))

    @documents.draft_report
    def post(self, request: Request) -> Response:
        document = object_in(request, known=documents.NEW_REPORT)
        problems: list[Problem] = []
        kind = given.choice(document, "type", TYPES, problems)
        subject = read_in.subject(document, problems)
        refuse(problems)
        return self.shown(report_draft(caller=self.caller, report_type=kind, subject=subject), status=201)


class ReportView(ReportResource):
    scopes = {"GET": "reports.read", "PATCH": "reports.write"}

    @documents.show_report
    def get(self, request: Request, report_id: str) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            report = report_of(team, read("rep", report_id))
            audit.note(caller=self.caller, action="report.viewed", subject=("report", show("rep", report.id)))
            return Response({"ok": True, "data": report_json(self.caller, report)})

    @documents.change_report
    def patch(self, request: Request, report_id: str) -> Response:
        document = object_in(request, known=documents.CHANGE, may_be_empty=True)
        problems: list[Problem] = []
        edit = read_in.edit(document, problems)
        refuse(problems)
        return self.act(report_id, services.report_edit, document, edit=edit)


class ReportSubmitView(ReportResource):
    scopes = {"POST": "reports.write"}

    @documents.submit_report
    def post(self, request: Request, report_id: str) -> Response:
        document = object_in(request, known={"version"}, may_be_empty=True)
        return self.act(report_id, services.report_submit, document)


class ReportApproveView(ReportResource):
    scopes = {"POST": "reports.write"}

    @documents.approve_report
    def post(self, request: Request, report_id: str) -> Response:
        document = object_in(request, known={"version"}, may_be_empty=True)
        return self.act(report_id, services.report_approve, document)


class ReportSendBackView(ReportResource):
    scopes = {"POST": "reports.write"}

    @documents.send_back_report
    def post(self, request: Request, report_id: str) -> Response:
        document = object_in(request, known={"reason", "version"})
        problems: list[Problem] = []
        reason = given.text(document, "reason", problems, longest=LONGEST_REASON, required=True)
        refuse(problems)
        return self.act(report_id, services.report_send_back, document, reason=reason)


class ReportFileView(ReportResource):
    scopes = {"POST": "reports.write"}

    @documents.file_report
    def post(self, request: Request, report_id: str) -> Response:
        document = object_in(request, known={"reference", "filedAt", "version"})
        problems: list[Problem] = []
        reference, filed_at = read_in.reference(document, problems), read_in.filed_at(document, problems)
        refuse(problems)
        return self.act(report_id, services.report_file, document, reference=reference, filed_at=filed_at)


class ReportAcknowledgeView(ReportResource):
    scopes = {"POST": "reports.write"}

    @documents.acknowledge_report
    def post(self, request: Request, report_id: str) -> Response:
        document = object_in(request, known={"reference", "version"})
        problems: list[Problem] = []
        reference = read_in.reference(document, problems)
        refuse(problems)
        return self.act(report_id, services.report_acknowledge, document, reference=reference)


class ReportExportView(ReportResource):
    scopes = {"GET": "reports.read"}

    @documents.export_report
    def get(self, request: Request, report_id: str) -> HttpResponse:
        query = Query(request._request, "format")
        wanted = query.choice("format", FORMATS) or "json"
        query.finish()
        exported = report_export(caller=self.caller, report_id=read("rep", report_id), wanted=wanted)
        answer = HttpResponse(exported.content, content_type=exported.media_type)
        answer["Content-Disposition"] = f'attachment; filename="{exported.file_name}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


class ReportingEntityView(Resource):
    scopes = {"GET": "reports.read", "PATCH": "reports.write"}

    @documents.show_entity
    def get(self, request: Request) -> Response:
        return self.shown()

    @documents.change_entity
    def patch(self, request: Request) -> Response:
        document = object_in(request, known=documents.ENTITY_CHANGE)
        problems: list[Problem] = []
        # Zero where nobody has said yet who reports.
        is_first = document.get("version") == 0 and document["version"] is not False
        version = 0 if is_first else given.version(document, problems)
        values = {
            field.name: given.text(document, name, problems, longest=field.longest)
            for name, field in documents.ENTITY_FIELDS.items()
            if name in document
        }
        refuse(problems)
        services.entity_save(caller=self.caller, values=values, version=version)
        return self.shown()

    def shown(self) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            row = entity_row(team.id)
            return Response({"ok": True, "data": entity_json(open_entity(row), row.version if row else 0)})
