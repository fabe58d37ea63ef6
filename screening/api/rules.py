"""`/api/rules`: writing rules, having them approved, and what may be done with a live one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read
from ratel.moments import moment_in
from ratel.pages import Page, Query, listed
from ratel.problem import NotFound, Problem
from ratel.tenancy import tenant
from screening.api import rule_documents as documents
from screening.api.resource import Resource, object_in, reason_in, refuse
from screening.api.serial import rule_json
from screening.models import Rule, RuleVersion
from screening.rules.rule import SEVERITIES
from screening.services import rules as services
from screening.services.rule_states import RuleState, load_state, state_of
from teams.principal import Principal, TeamFacts

_CHUNK: Final = 200
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


class RulesView(Resource):
    scopes = {"GET": "read", "POST": "write"}

    @documents.list_rules
    def get(self, request: Request) -> Response:
        query = Query(request._request, "status", "severity")
        status = query.choice("status", Rule.Status.values)
        severity, page = query.choice("severity", SEVERITIES), query.page()
        query.finish()
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            shown, next_cursor = page.cut(_found(team, status, severity, page), lambda found: found[0])
        return Response(listed([document for _, document in shown], next_cursor))

    @documents.create
    def post(self, request: Request) -> Response:
        state = services.rule_create(caller=self.caller, document=object_in(request))
        return _answer(self.caller, state, status=201)


class RuleView(Resource):
    scopes = {"GET": "read", "PATCH": "write"}

    @documents.show
    def get(self, request: Request, rule_id: str) -> Response:
        team = self.caller.team
        wanted = request._request.GET.get("version")
        if wanted is not None and not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 9):
            refuse([Problem("version", "must be the number of a version")])
        with tenant(team.organisation_id, [team.id]):
            state = load_state(team.id, read("rul", rule_id))
            version = state.shown if wanted is None else _version(state, int(wanted))
            return Response({"ok": True, "data": rule_json(team, state, version)})

    @documents.update
    def patch(self, request: Request, rule_id: str) -> Response:
        change = object_in(request)
        state = services.rule_update(caller=self.caller, rule_id=read("rul", rule_id), change=change)
        return _answer(self.caller, state)


class _RuleAction(Resource):
    """A step in a rule's life that needs nothing but its id."""

    scopes = {"POST": "write"}

    def take(self, request: Request, rule_id: str, action: Any) -> Response:
        object_in(request, known=(), may_be_empty=True)
        return _answer(self.caller, action(caller=self.caller, rule_id=read("rul", rule_id)))


class RuleSubmitView(_RuleAction):
    @documents.submit
    def post(self, request: Request, rule_id: str) -> Response:
        return self.take(request, rule_id, services.rule_submit)


class RuleApproveView(_RuleAction):
    scopes = {"POST": "approve"}

    @documents.approve
    def post(self, request: Request, rule_id: str) -> Response:
        return self.take(request, rule_id, services.rule_approve)


class RulePauseView(_RuleAction):
    @documents.pause
    def post(self, request: Request, rule_id: str) -> Response:
        return self.take(request, rule_id, services.rule_pause)


class RuleActivateView(_RuleAction):
    @documents.activate
    def post(self, request: Request, rule_id: str) -> Response:
        return self.take(request, rule_id, services.rule_activate)


class RuleArchiveView(_RuleAction):
    @documents.archive
    def post(self, request: Request, rule_id: str) -> Response:
        return self.take(request, rule_id, services.rule_archive)


class RuleRejectView(Resource):
    scopes = {"POST": "write"}

    @documents.reject
    def post(self, request: Request, rule_id: str) -> Response:
        body = object_in(request, known={"reason"})
        problems: list[Problem] = []
        reason = reason_in(body, problems)
        refuse(problems)
        return _answer(
            self.caller, services.rule_reject(caller=self.caller, rule_id=read("rul", rule_id), reason=reason)
        )


class RuleBypassView(Resource):
    scopes = {"POST": "write"}

    @documents.bypass
    def post(self, request: Request, rule_id: str) -> Response:
        body = object_in(request, known={"until", "reason"})
        problems: list[Problem] = []
        until = _until(body, problems)
        # Ending a bypass needs no reason, but may have one.
        is_end = "until" in body and body["until"] is None
        reason = "" if is_end and body.get("reason") is None else reason_in(body, problems)
        refuse(problems)
        state = services.rule_bypass(
            caller=self.caller, rule_id=read("rul", rule_id), until=until, reason=reason
        )
        return _answer(self.caller, state)


def _answer(caller: Principal, state: RuleState, status: int = 200) -> Response:
    """What an action was about: the version that is being worked on, else the live one."""
    return Response({"ok": True, "data": rule_json(caller.team, state, state.working)}, status=status)


def _version(state: RuleState, number: int) -> RuleVersion:
    version = state.rule.versions.filter(version=number).first()
    if version is None:
        raise NotFound
    return version


def _found(
    team: TeamFacts, status: str | None, severity: str | None, page: Page
) -> list[tuple[UUID, dict[str, Any]]]:
    """The rules of a page and, if there is one, the first of the next. The severity is that of what is shown, which
    only the parsed rule knows, so it is looked for in the order of the list."""
    matching: list[tuple[UUID, dict[str, Any]]] = []
    for state in _states(team, status, page.after):
        document = rule_json(team, state)
        if severity is None or document["severity"] == severity:
            matching.append((state.rule.id, document))
            if len(matching) > page.limit:
                break
    return matching


def _states(team: TeamFacts, status: str | None, after: UUID | None) -> Iterator[RuleState]:
    """The team's rules, the newest first, read in chunks."""
    rules = Rule.objects.filter(team_id=team.id).order_by("-id").prefetch_related("versions")
    if status is not None:
        rules = rules.filter(status=status)
    while True:
        chunk = list((rules if after is None else rules.filter(id__lt=after))[:_CHUNK])
        for rule in chunk:
            yield state_of(rule, list(rule.versions.all()))
        if len(chunk) < _CHUNK:
            return
        after = chunk[-1].id


def _until(body: dict[str, Any], problems: list[Problem]) -> datetime | None:
    text = body.get("until")
    if "until" in body and text is None:
        return None
    moment = moment_in(text)
    if moment is not None and moment > _EARLIEST:
        return moment
    problems.append(Problem("until", "must be an ISO 8601 time with its offset from UTC, or null"))
    return None
