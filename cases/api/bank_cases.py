"""`/api/v1/cases`: cases in the bank dialect, which has no envelope and pages by number."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from cases.api import case_documents as documents
from cases.api import case_input as given
from cases.api.case_serial import note_json, summary, whole
from cases.api.cases import CaseResource, filtered
from cases.models import Case
from cases.selectors import case_file, references
from cases.services import cases as services
from cases.services.investigation import step
from ratel.identifiers import read
from ratel.pages import Query
from ratel.problem import Problem
from ratel.tenancy import tenant
from screening.api.bank_transactions import FURTHEST_ROW
from screening.api.dialects import DialectResource, answered
from teams.resource import object_in, refuse


class BankCaseResource(CaseResource, DialectResource):
    def whole(self, case: Case, status: int = 200) -> HttpResponse:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            file = case_file(case, with_reports=self.caller.may("reports.read"))
            return answered(whole(file), status=status)

    def changed(self, case_id: str, change: dict[str, Any], problems: list[Problem]) -> HttpResponse:
        refuse(problems)
        return self.whole(
            services.case_change(caller=self.caller, case_id=read("cas", case_id), change=change)
        )


class BankCasesView(BankCaseResource):
    scopes = {"GET": "read", "POST": "case.write"}

    @documents.bank_list
    def get(self, request: Request) -> HttpResponse:
        query = Query(request._request, "status", "type", "priority", "page")
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            cases = filtered(query, team.id)
            limit = query.page().limit
            page = query.whole_number("page", smallest=1, largest=FURTHEST_ROW, usual=1)
            if (page - 1) * limit >= FURTHEST_ROW:
                query.problems.append(Problem("page", "is too far back: narrow the list"))
            query.finish()
            found = list(cases[(page - 1) * limit : page * limit + 1])
            names = references(found)
            data = [summary(case, names.get(case.customer_id)) for case in found[:limit]]
        more = page + 1 if len(found) > limit else None
        return answered({"data": data, "page": page, "limit": limit, "nextPage": more})

    @documents.bank_open
    def post(self, request: Request) -> HttpResponse:
        document = object_in(request, known=documents.NEW_CASE_FIELDS)
        problems: list[Problem] = []
        with tenant(self.caller.team.organisation_id, [self.caller.team.id]):
            wanted = given.new_case(self.caller, document, problems)
        refuse(problems)
        return self.whole(services.case_open(caller=self.caller, given=wanted), status=201)


class BankCaseView(BankCaseResource):
    scopes = {"GET": "read"}

    @documents.bank_show
    def get(self, request: Request, case_id: str) -> HttpResponse:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            case = self.case_of(case_id)
            step(self.caller, case, "viewed")
        return self.whole(case)


class BankCaseStatusView(BankCaseResource):
    scopes = {"PATCH": "case.write"}

    @documents.bank_status
    def patch(self, request: Request, case_id: str) -> HttpResponse:
        document = object_in(request, known={"status", "reason"})
        problems: list[Problem] = []
        if "status" not in document:
            problems.append(Problem("status", "is required"))
        change = given.change(document, problems)
        return self.changed(case_id, change, problems)


class BankCaseAssignView(BankCaseResource):
    scopes = {"PATCH": "case.write"}

    @documents.bank_assign
    def patch(self, request: Request, case_id: str) -> HttpResponse:
        document = object_in(request, known={"assignedToId"})
        problems: list[Problem] = []
        if "assignedToId" not in document:
            problems.append(Problem("assignedToId", "is required"))
        change = given.change(document, problems)
        return self.changed(case_id, change, problems)


class BankCaseNotesView(BankCaseResource):
    scopes = {"POST": "case.write"}

    @documents.bank_note
    def post(self, request: Request, case_id: str) -> HttpResponse:
        document = object_in(request, known={"text"})
        problems: list[Problem] = []
        words = given.text(document, "text", problems, longest=given.LONGEST_TEXT, required=True)
        refuse(problems)
        note = services.case_note(caller=self.caller, case_id=read("cas", case_id), text=words)
        return answered(note_json(note), status=201)
