"""`/api/dead-letters`: what could not be delivered, for seven days, and sending it again."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read
from ratel.pages import Query, listed
from ratel.problem import NotFound, Problem
from ratel.tenancy import tenant
from teams.resource import object_in, refuse
from webhooks import services
from webhooks.api import delivery_documents as documents
from webhooks.api.fields import replay_in
from webhooks.api.resource import WebhookResource, moments
from webhooks.api.serial import dead_letter_json
from webhooks.events import CATALOGUE
from webhooks.selectors import DEAD_LETTER, ENDPOINT, dead_letters_of

STATUSES = ("open", "replayed")
REPLAY_FIELDS = ("endpointId", "event", "subject", "since", "until", "withDelivered")


class DeadLettersView(WebhookResource):
    scopes = {"GET": "webhooks"}

    @documents.list_dead_letters
    def get(self, request: Request) -> Response:
        query = Query(request._request, "endpointId", "event", "status", "from", "to")
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            found = dead_letters_of(self.caller).filter(**_conditions(query))
            page = query.page()
            query.finish()
            found = found.filter(id__lt=page.after) if page.after else found
            rows = list(found.order_by("-id")[: page.limit + 1])
            shown, next_cursor = page.cut(rows, lambda letter: letter.id)
        return Response(listed([dead_letter_json(letter) for letter in shown], next_cursor))


class DeadLetterReplayView(WebhookResource):
    scopes = {"POST": "webhooks"}

    @documents.replay_one
    def post(self, request: Request, dead_letter_id: str) -> Response:
        object_in(request, known=(), may_be_empty=True)
        identifier = read(DEAD_LETTER, dead_letter_id)
        if identifier is None:
            raise NotFound
        return _replay(self, services.Replay(dead_letter_id=identifier))


class DeadLettersReplayView(WebhookResource):
    scopes = {"POST": "webhooks"}

    @documents.replay_many
    def post(self, request: Request) -> Response:
        document = object_in(request, known=REPLAY_FIELDS)
        problems: list[Problem] = []
        wanted = replay_in(document, problems)
        refuse(problems)
        return _replay(self, wanted)


def _replay(view: WebhookResource, wanted: services.Replay) -> Response:
    replayed = services.replay(caller=view.caller, wanted=wanted)
    data = {"replayed": replayed.count, "hasMore": replayed.has_more}
    return Response({"ok": True, "data": data}, status=202)


def _conditions(query: Query) -> dict[str, Any]:
    conditions: dict[str, Any] = moments(query, "died_at")
    wanted, event = query.text("endpointId"), query.choice("event", CATALOGUE)
    status = query.choice("status", STATUSES)
    if wanted is not None:
        conditions["endpoint_id"] = read(ENDPOINT, wanted)
    if event is not None:
        conditions["event"] = event
    if status is not None:
        conditions["replayed_at__isnull"] = status == "open"
    return conditions
