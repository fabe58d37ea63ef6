"""`/api/webhook-endpoints`: where a team's events go, their secrets, pausing, and a test."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read
from ratel.pages import Query, listed
from ratel.problem import Forbidden, Problem
from ratel.tenancy import tenant
from teams.principal import Principal
from teams.resource import object_in, refuse
from webhooks import services
from webhooks.api import delivery_documents
from webhooks.api import endpoint_documents as documents
from webhooks.api.fields import COLUMNS, REQUIRED, confidential_in, endpoint_fields, overlap_in, require
from webhooks.api.resource import SeesEndpoints, WebhookResource
from webhooks.api.serial import delivery_json, endpoint_json
from webhooks.models import Endpoint
from webhooks.selectors import ENDPOINT, endpoints_of


class EndpointsView(WebhookResource):
    scopes = {"GET": "webhooks", "POST": "webhooks"}
    permission_classes = [SeesEndpoints]

    @documents.list_endpoints
    def get(self, request: Request) -> Response:
        query = Query(request._request, "status")
        status, page = query.choice("status", Endpoint.Status.values), query.page()
        query.finish()
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            found = endpoints_of(self.caller).filter(is_callback=False).order_by("-id")
            found = found.filter(status=status) if status else found
            found = found.filter(id__lt=page.after) if page.after else found
            shown, next_cursor = page.cut(list(found[: page.limit + 1]), lambda endpoint: endpoint.id)
        now = timezone.now()
        return Response(listed([endpoint_json(self.caller, one, now) for one in shown], next_cursor))

    @documents.create
    def post(self, request: Request) -> Response:
        document = object_in(request, known=COLUMNS)
        problems: list[Problem] = []
        require(document, REQUIRED, problems)
        fields = endpoint_fields(document, problems)
        refuse(problems)
        if fields.get("is_confidential"):
            require_officer(self.caller)
        return _with_secret(self.caller, services.create_endpoint(caller=self.caller, **fields), status=201)


class EndpointView(WebhookResource):
    scopes = {"GET": "webhooks", "PATCH": "webhooks", "DELETE": "webhooks"}
    permission_classes = [SeesEndpoints]

    @documents.show
    def get(self, request: Request, endpoint_id: str) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            return _answer(self.caller, self.endpoint(endpoint_id))

    @documents.update
    def patch(self, request: Request, endpoint_id: str) -> Response:
        document = object_in(request, known=COLUMNS)
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            self.endpoint(endpoint_id)
        problems: list[Problem] = []
        changes = endpoint_fields(document, problems)
        refuse(problems)
        if "is_confidential" in changes:
            require_officer(self.caller)
        endpoint = services.update_endpoint(
            caller=self.caller, endpoint_id=read(ENDPOINT, endpoint_id), changes=changes
        )
        return _answer(self.caller, endpoint)

    @documents.delete
    def delete(self, request: Request, endpoint_id: str) -> Response:
        services.delete_endpoint(caller=self.caller, endpoint_id=read(ENDPOINT, endpoint_id))
        return Response({"ok": True, "data": {"id": endpoint_id}})


class EndpointConfidentialView(WebhookResource):
    """The one change that is an officer's: they need no other right over webhooks for it."""

    scopes = {"POST": "reports.read"}

    @documents.mark
    def post(self, request: Request, endpoint_id: str) -> Response:
        require_officer(self.caller)
        problems: list[Problem] = []
        is_confidential = confidential_in(object_in(request, known={"confidential"}), problems)
        refuse(problems)
        endpoint = services.update_endpoint(
            caller=self.caller,
            endpoint_id=read(ENDPOINT, endpoint_id),
            changes={"is_confidential": is_confidential},
        )
        return _answer(self.caller, endpoint)


class EndpointRotateView(WebhookResource):
    scopes = {"POST": "webhooks"}

    @documents.rotate
    def post(self, request: Request, endpoint_id: str) -> Response:
        problems: list[Problem] = []
        overlap = overlap_in(object_in(request, known={"overlapSeconds"}, may_be_empty=True), problems)
        refuse(problems)
        made = services.rotate_secret(
            caller=self.caller, endpoint_id=read(ENDPOINT, endpoint_id), overlap=overlap
        )
        return _with_secret(self.caller, made)


class _EndpointAction(WebhookResource):
    """A step that needs nothing but the endpoint's id."""

    scopes = {"POST": "webhooks"}

    def take(self, request: Request, endpoint_id: str, action: Any) -> Any:
        object_in(request, known=(), may_be_empty=True)
        return action(caller=self.caller, endpoint_id=read(ENDPOINT, endpoint_id))


class EndpointPauseView(_EndpointAction):
    @documents.pause
    def post(self, request: Request, endpoint_id: str) -> Response:
        return _answer(self.caller, self.take(request, endpoint_id, services.pause))


class EndpointResumeView(_EndpointAction):
    @documents.resume
    def post(self, request: Request, endpoint_id: str) -> Response:
        return _answer(self.caller, self.take(request, endpoint_id, services.resume))


class EndpointTestView(_EndpointAction):
    @delivery_documents.test
    def post(self, request: Request, endpoint_id: str) -> Response:
        delivery = self.take(request, endpoint_id, services.send_test_event)
        return Response({"ok": True, "data": delivery_json(delivery)}, status=202)


def require_officer(caller: Principal) -> None:
    """A compliance officer, or a key that was given sight of reports; raises Forbidden.

    Analysts and auditors see reports too, but do not decide who else is told of them.
    """
    is_officer = caller.may("reports.approve") if caller.kind == "person" else caller.may("reports.read")
    if not is_officer:
        raise Forbidden("Only a compliance officer decides which endpoints are told of reports")


def _answer(caller: Principal, endpoint: Endpoint) -> Response:
    return Response({"ok": True, "data": endpoint_json(caller, endpoint, timezone.now())})


def _with_secret(caller: Principal, made: services.WithSecret, status: int = 200) -> Response:
    data = {**endpoint_json(caller, made.endpoint, timezone.now()), "secret": made.secret}
    return Response({"ok": True, "data": data}, status=status)
