"""`/api/keys`: a team's keys, live ones and its sandbox's; their text is shown once."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read
from ratel.pages import Query, listed
from ratel.problem import NotFound, Problem
from ratel.tenancy import tenant
from teams import key_services
from teams.api import documents
from teams.api.fields import (
    OF_LIMITS,
    allowance_in,
    expiry_in,
    live_in,
    name_in,
    networks_in,
    overlap_in,
    scopes_in,
)
from teams.api.serial import KEY, STATUSES, key_json
from teams.models import ApiKey
from teams.resource import Resource, object_in, refuse

_KINDS = {"true": True, "false": False}


class KeysView(Resource):
    scopes = {"GET": "admin", "POST": "admin"}

    @documents.list_keys
    def get(self, request: Request) -> Response:
        query = Query(request._request, "status", "live")
        status, kind = query.choice("status", STATUSES), query.choice("live", _KINDS)
        page = query.page()
        query.finish()
        with tenant(self.caller.team.organisation_id, [self.caller.team.id]):
            found = _with_status(key_services.keys_of(self.caller), status)
            found = found.filter(is_live=_KINDS[kind]) if kind else found
            found = found.filter(id__lt=page.after) if page.after else found
            shown, next_cursor = page.cut(list(found.order_by("-id")[: page.limit + 1]), lambda key: key.id)
        now = timezone.now()
        return Response(listed([key_json(key, now) for key in shown], next_cursor))

    @documents.create_key
    def post(self, request: Request) -> Response:
        document = object_in(
            request, known={"name", "scopes", "live", "expiresAt", "allowedNetworks", *OF_LIMITS}
        )
        problems: list[Problem] = []
        fields: dict[str, Any] = {
            "name": name_in(document, problems),
            "scopes": scopes_in(document, problems),
            "is_live": live_in(document, problems),
            "allowance": allowance_in(document, problems),
            "expires_at": expiry_in(document, problems),
            "allowed_networks": networks_in(document, problems),
        }
        refuse(problems)
        return _with_text(key_services.create_key(caller=self.caller, **fields))


class KeyView(Resource):
    scopes = {"GET": "admin", "PATCH": "admin"}

    @documents.show_key
    def get(self, request: Request, key_id: str) -> Response:
        identifier = read(KEY, key_id)
        with tenant(self.caller.team.organisation_id, [self.caller.team.id]):
            key = key_services.keys_of(self.caller).filter(id=identifier).first() if identifier else None
        if key is None:
            raise NotFound
        return _answer(key)

    @documents.update_key
    def patch(self, request: Request, key_id: str) -> Response:
        document = object_in(request, known={"name", "allowedNetworks", *OF_LIMITS})
        problems: list[Problem] = []
        changes: dict[str, Any] = {}
        if "name" in document:
            changes["name"] = name_in(document, problems)
        if "allowedNetworks" in document:
            changes["allowed_networks"] = networks_in(document, problems)
        allowance = allowance_in(document, problems)
        refuse(problems)
        return _answer(
            key_services.update_key(
                caller=self.caller, key_id=read(KEY, key_id), changes=changes, allowance=allowance
            )
        )


class KeyRotateView(Resource):
    scopes = {"POST": "admin"}

    @documents.rotate_key
    def post(self, request: Request, key_id: str) -> Response:
        problems: list[Problem] = []
        overlap = overlap_in(object_in(request, known={"overlapSeconds"}, may_be_empty=True), problems)
        refuse(problems)
        return _with_text(
            key_services.rotate_key(caller=self.caller, key_id=read(KEY, key_id), overlap=overlap)
        )


class KeyRevokeView(Resource):
    scopes = {"POST": "admin"}

    @documents.revoke_key
    def post(self, request: Request, key_id: str) -> Response:
        object_in(request, known=(), may_be_empty=True)
        return _answer(key_services.revoke_key(caller=self.caller, key_id=read(KEY, key_id)))


def _with_status(found: "QuerySet[ApiKey]", status: str | None) -> "QuerySet[ApiKey]":
    if status is None:
        return found
    if status == "revoked":
        return found.filter(revoked_at__isnull=False)
    found, is_over = found.filter(revoked_at__isnull=True), Q(expires_at__lte=timezone.now())
    return found.filter(is_over) if status == "expired" else found.exclude(is_over)


def _answer(key: ApiKey) -> Response:
    return Response({"ok": True, "data": key_json(key, timezone.now())})


def _with_text(made: key_services.NewKey) -> Response:
    data = {**key_json(made.key, timezone.now()), "key": made.text}
    return Response({"ok": True, "data": data}, status=201)
