"""`/api/decision-policy`: the version that decides, changes to it, and their approval."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from ratel.pages import Query, listed
from ratel.problem import Forbidden, NotFound, Problem
from ratel.tenancy import tenant
from screening.api import policy_documents as documents
from screening.api.resource import Resource, object_in, reason_in, refuse
from screening.models import DecisionPolicy
from screening.services.policy import (
    policy_approve,
    policy_change,
    policy_fields,
    policy_live,
    policy_reject,
)


def policy_json(version: DecisionPolicy) -> dict[str, Any]:
    return {"version": version.version, "status": version.status, **policy_fields(version)}


class PolicyView(Resource):
    scopes = {"GET": "read", "PATCH": "policy.write"}

    @documents.show
    def get(self, request: Request) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            return Response({"ok": True, "data": policy_json(policy_live(team=team))})

    @documents.change
    def patch(self, request: Request) -> Response:
        version = policy_change(caller=self.caller, change=object_in(request))
        return Response({"ok": True, "data": policy_json(version)})


class PolicyVersionsView(Resource):
    scopes = {"GET": "read"}

    @documents.versions
    def get(self, request: Request) -> Response:
        query = Query(request._request, "status")
        status, page = query.choice("status", DecisionPolicy.Status.values), query.page()
        query.finish()
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            found = DecisionPolicy.objects.filter(team_id=team.id).order_by("-id")
            if status is not None:
                found = found.filter(status=status)
            if page.after is not None:
                found = found.filter(id__lt=page.after)
            shown, next_cursor = page.cut(list(found[: page.limit + 1]), lambda version: version.id)
        return Response(listed([_version_json(version) for version in shown], next_cursor))


class PolicyApproveView(Resource):
    scopes = {"POST": "approve"}

    @documents.approve
    def post(self, request: Request, version: str) -> Response:
        if not self.caller.may("policy.write"):
            raise Forbidden("The scope policy.write is needed")
        object_in(request, known=(), may_be_empty=True)
        approved = policy_approve(caller=self.caller, number=_number(version))
        return Response({"ok": True, "data": policy_json(approved)})


class PolicyRejectView(Resource):
    scopes = {"POST": "policy.write"}

    @documents.reject
    def post(self, request: Request, version: str) -> Response:
        document = object_in(request, known=("reason",))
        problems: list[Problem] = []
        reason = reason_in(document, problems)
        refuse(problems)
        rejected = policy_reject(caller=self.caller, number=_number(version), reason=reason)
        return Response({"ok": True, "data": policy_json(rejected)})


def _number(version: str) -> int:
    if not (version.isascii() and version.isdigit() and len(version) <= 10):
        raise NotFound
    return int(version)


def _version_json(version: DecisionPolicy) -> dict[str, Any]:
    changed_by = str(version.changed_by) if version.changed_by else None
    return {**policy_json(version), "changedBy": changed_by, "createdAt": version.created_at}
