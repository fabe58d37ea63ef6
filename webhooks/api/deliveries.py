"""`/api/webhook-deliveries`: what was sent where, what came back, and sending one again at once."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read
from ratel.pages import Query, listed
from ratel.tenancy import tenant
from teams.resource import object_in
from webhooks import services
from webhooks.api import delivery_documents as documents
from webhooks.api.resource import WebhookResource, moments
from webhooks.api.serial import STATUSES, delivery_json, whole_delivery_json
from webhooks.events import CATALOGUE
from webhooks.models import Delivery, Endpoint
from webhooks.selectors import (
    DELIVERY,
    ENDPOINT,
    EVENT,
    attempts_of,
    deliveries_of,
    delivery_of,
    sent_body,
)


class _Deliveries(WebhookResource):
    scopes = {"GET": "webhooks"}

    def page_of(self, query: Query, found: Any) -> Response:
        status = query.choice("status", STATUSES)
        conditions: dict[str, Any] = {
            "event": query.choice("event", CATALOGUE),
            "state__in": STATUSES[status] if status else None,
            **moments(query, "created_at"),
        }
        page = query.page()
        query.finish()
        found = found.filter(**{name: value for name, value in conditions.items() if value is not None})
        found = found.filter(id__lt=page.after) if page.after else found
        rows = list(found.order_by("-id")[: page.limit + 1])
        shown, next_cursor = page.cut(rows, lambda delivery: delivery.id)
        return Response(listed([delivery_json(delivery) for delivery in shown], next_cursor))


class DeliveriesView(_Deliveries):
    @documents.list_deliveries
    def get(self, request: Request) -> Response:
        query = Query(request._request, "endpointId", "eventId", "event", "status", "from", "to")
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            found = deliveries_of(self.caller)
            for name, column, prefix in (
                ("endpointId", "endpoint_id", ENDPOINT),
                ("eventId", "event_id", EVENT),
            ):
                wanted = query.text(name)
                # What is no id of anything finds as little as an id of nothing.
                found = found.filter(**{column: read(prefix, wanted)}) if wanted is not None else found
            return self.page_of(query, found)


class EndpointDeliveriesView(_Deliveries):
    @documents.list_of_endpoint
    def get(self, request: Request, endpoint_id: str) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            endpoint = self.endpoint(endpoint_id)
            query = Query(request._request, "event", "status", "from", "to")
            return self.page_of(query, deliveries_of(self.caller).filter(endpoint_id=endpoint.id))


class DeliveryView(WebhookResource):
    scopes = {"GET": "webhooks"}

    @documents.show
    def get(self, request: Request, delivery_id: str) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            delivery = delivery_of(self.caller, read(DELIVERY, delivery_id))
            return Response({"ok": True, "data": _whole(delivery)})


class DeliveryRetryView(WebhookResource):
    scopes = {"POST": "webhooks"}

    @documents.retry
    def post(self, request: Request, delivery_id: str) -> Response:
        object_in(request, known=(), may_be_empty=True)
        delivery = services.retry_now(caller=self.caller, delivery_id=read(DELIVERY, delivery_id))
        return Response({"ok": True, "data": delivery_json(delivery)}, status=202)


def _whole(delivery: Delivery) -> dict[str, Any]:
    endpoint = Endpoint.objects.get(id=delivery.endpoint_id)
    body = sent_body(delivery, endpoint)
    return whole_delivery_json(delivery, endpoint, attempts_of(delivery), body=body)
