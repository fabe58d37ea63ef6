"""`/api/cases`: what is being investigated, and everything that people do with it."""

from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import case_documents as documents
from cases.api import case_input as given
from cases.api.case_serial import note_json, summary, whole
from cases.models import Case
from cases.selectors import case_file, references
from cases.services import cases as services
from cases.services.investigation import LONGEST_REASON, step
from ratel.identifiers import read
from ratel.pages import Query, listed
from ratel.problem import NotFound, Problem
from ratel.tenancy import tenant
from screening.models import Customer
from teams.permissions import require_scope
from teams.resource import Resource, object_in, refuse
from webhooks.events.cases import TYPES

_FILTERS: Final = ("status", "type", "priority", "customerId", "assignedToId", "from", "to")


class CaseResource(Resource):
    """Reads and answers one case; each action of a person is a view of its own."""

    def case_of(self, case_id: str) -> Case:
        """Call inside `tenant(...)`."""
        identifier = read("cas", case_id)
        case = Case.objects.filter(team_id=self.caller.team.id, id=identifier).first() if identifier else None
        if case is None:
            raise NotFound
        return case

    def shown(self, case: Case, status: int = 200) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            file = case_file(case, with_reports=self.caller.may("reports.read"))
            return Response({"ok": True, "data": whole(file)}, status=status)


class CasesView(CaseResource):
    scopes = {"GET": "read", "POST": "case.write"}

    @documents.list_cases
    def get(self, request: Request) -> Response:
        query = Query(request._request, *_FILTERS)
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            cases, page = filtered(query, team.id), query.page()
            query.finish()
            if page.after is not None:
                cases = cases.filter(id__lt=page.after)
            shown, cursor = page.cut(list(cases[: page.limit + 1]), lambda case: case.id)
            names = references(shown)
            return Response(listed([summary(case, names.get(case.customer_id)) for case in shown], cursor))

    @documents.open_case
    def post(self, request: Request) -> Response:
        document = object_in(request, known=documents.NEW_CASE_FIELDS)
        problems: list[Problem] = []
        with tenant(self.caller.team.organisation_id, [self.caller.team.id]):
            wanted = given.new_case(self.caller, document, problems)
        refuse(problems)
        return self.shown(services.case_open(caller=self.caller, given=wanted), status=201)


def filtered(query: Query, team_id: UUID) -> "QuerySet[Case]":
    """The team's cases that the filters leave, the newest first."""
    filters: dict[str, Any] = {
        "status": query.choice("status", given.STATUSES),
        "type": query.choice("type", TYPES),
        "priority": query.choice("priority", given.PRIORITIES),
        "created_at__gte": query.moment("from"),
        "created_at__lte": query.moment("to", is_end=True),
    }
    cases = Case.objects.filter(team_id=team_id, **{name: one for name, one in filters.items() if one})
    reference, assignee = query.text("customerId"), query.text("assignedToId")
    if reference is not None:
        customers = Customer.objects.filter(team_id=team_id, reference=reference)
        cases = cases.filter(customer_id__in=customers.values("id"))
    if assignee is not None:
        problems = query.problems
        cases = cases.filter(
            assigned_to_id=given.person({"assignedToId": assignee}, "assignedToId", problems)
        )
    return cases.order_by("-id")


class CaseView(CaseResource):
    scopes = {"GET": "read", "PATCH": "case.write"}

    @documents.show_case
    def get(self, request: Request, case_id: str) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            case = self.case_of(case_id)
            # Looking at a case shows personal data, and belongs to its timeline.
            step(self.caller, case, "viewed")
            file = case_file(case, with_reports=self.caller.may("reports.read"))
            return Response({"ok": True, "data": whole(file)})

    @documents.change_case
    def patch(self, request: Request, case_id: str) -> Response:
        document = object_in(request, known={"status", "priority", "assignedToId", "reason", "version"})
        problems: list[Problem] = []
        change, version = given.change(document, problems), given.version(document, problems)
        refuse(problems)
        case = services.case_change(
            caller=self.caller, case_id=read("cas", case_id), change=change, version=version
        )
        return self.shown(case)


class CaseNotesView(CaseResource):
    scopes = {"POST": "case.write"}

    @documents.note_case
    def post(self, request: Request, case_id: str) -> Response:
        document = object_in(request, known={"text"})
        problems: list[Problem] = []
        words = given.text(document, "text", problems, longest=given.LONGEST_TEXT, required=True)
        refuse(problems)
        note = services.case_note(caller=self.caller, case_id=read("cas", case_id), text=words)
        return Response({"ok": True, "data": note_json(note)}, status=201)


class CaseCloseView(CaseResource):
    scopes = {"POST": "case.write"}

    @documents.close_case
    def post(self, request: Request, case_id: str) -> Response:
        document = object_in(request, known={"disposition", "reason", "version"})
        problems: list[Problem] = []
        disposition = given.disposition(document, problems)
        reason = given.text(document, "reason", problems, longest=LONGEST_REASON, required=True)
        version = given.version(document, problems)
        refuse(problems)
        case = services.case_close(
            caller=self.caller,
            case_id=read("cas", case_id),
            disposition=disposition,
            reason=reason,
            version=version,
        )
        return self.shown(case)


class CaseApproveView(CaseResource):
    """A second person confirms a resolution."""

    scopes = {"POST": "case.write"}

    @documents.approve_case
    def post(self, request: Request, case_id: str) -> Response:
        require_scope(self.caller, "approve")
        document = object_in(request, known={"version"}, may_be_empty=True)
        problems: list[Problem] = []
        version = given.version(document, problems)
        refuse(problems)
        case = services.case_approve(caller=self.caller, case_id=read("cas", case_id), version=version)
        return self.shown(case)


class CaseSendBackView(CaseResource):
    """A second person refuses a resolution."""

    scopes = {"POST": "case.write"}

    @documents.send_back_case
    def post(self, request: Request, case_id: str) -> Response:
        require_scope(self.caller, "approve")
        return self.shown(_with_reason(self, request, case_id, services.case_send_back))


class CaseReopenView(CaseResource):
    """An officer's explicit, reasoned, audited action."""

    scopes = {"POST": "case.write"}

    @documents.reopen_case
    def post(self, request: Request, case_id: str) -> Response:
        require_scope(self.caller, "approve")
        return self.shown(_with_reason(self, request, case_id, services.case_reopen))


def _with_reason(view: CaseResource, request: Request, case_id: str, action: Any) -> Case:
    document = object_in(request, known={"reason", "version"})
    problems: list[Problem] = []
    reason = given.text(document, "reason", problems, longest=LONGEST_REASON, required=True)
    version = given.version(document, problems)
    refuse(problems)
    case: Case = action(caller=view.caller, case_id=read("cas", case_id), reason=reason, version=version)
    return case


class CaseAlertsView(CaseResource):
    scopes = {"POST": "case.write"}

    @documents.link_alerts
    def post(self, request: Request, case_id: str) -> Response:
        document = object_in(request, known={"alertIds"})
        problems: list[Problem] = []
        alerts = given.identifiers(document, "alertIds", "alt", problems, required=True)
        refuse(problems)
        return self.shown(
            services.case_link(caller=self.caller, case_id=read("cas", case_id), alert_ids=alerts)
        )
