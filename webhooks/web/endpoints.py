"""The desk's pages of endpoints: where events go, how each is doing, and the catalogue of events. They only read."""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.http import HttpResponse

from ratel.identifiers import show
from teams.web.desk import Desk, as_csv, page, wants_csv
from teams.web.desk.filters import Filters
from webhooks import services
from webhooks.api.fields import LONGEST_DESCRIPTION
from webhooks.delivery.schedule import WAITS_SECONDS
from webhooks.events import FAMILIES, Event
from webhooks.models import Endpoint
from webhooks.selectors import ENDPOINT, deliveries_of, endpoints_of
from webhooks.services import LARGEST_CONCURRENCY, LARGEST_RATE, USUAL_CONCURRENCY
from webhooks.standing import MOST_COUNTED
from webhooks.web.delivery_rows import DeliveryRow
from webhooks.web.endpoint_rows import endpoint_rows, find_endpoint, is_out_of_reach

NEWEST_SHOWN: Final = 12
OVERLAPS: Final = {0: "at once", 3_600: "1 hour", 86_400: "24 hours", 604_800: "7 days"}
_HEADER: Final = (
    *("endpoint", "url", "description", "status", "breaker", "last success", "failing since", "waiting"),
    *("oldest waiting", "given up", "schedule", "events"),
)


@dataclass(frozen=True)
class EventWords:
    """An event of the catalogue with its schema and its example as text."""

    event: Event
    schema: str
    example: str


@page(section="webhooks", needs="webhooks.read")
def webhooks(desk: Desk) -> HttpResponse:
    query = Filters(desk.request, "status")
    status = query.choice("status", Endpoint.Status.values)
    query.finish()
    found = endpoints_of(desk.caller).filter(is_callback=False).order_by("-id")
    found = found.filter(status=status) if status else found
    rows = endpoint_rows(desk.caller, list(found[: services.MOST_ENDPOINTS]))
    if wants_csv(desk.request):
        return as_csv(desk, "webhook-endpoints", _HEADER, (row.cells() for row in rows))
    context = {
        "rows": rows,
        "ill": [row for row in rows if not row.is_well],
        "dead": sum(row.standing.dead for row in rows),
        "filters": query.shown,
        "statuses": Endpoint.Status.choices,
        "most_counted": MOST_COUNTED,
    }
    return desk.render("desk/webhooks/endpoints.html", context)


@page(section="webhooks", needs="webhooks.read")
def webhook(desk: Desk, endpoint_id: str) -> HttpResponse:
    endpoint = find_endpoint(desk.caller, endpoint_id)
    (row,) = endpoint_rows(desk.caller, [endpoint])
    newest = list(deliveries_of(desk.caller).filter(endpoint_id=endpoint.id).order_by("-id")[:NEWEST_SHOWN])
    context = {
        "row": row,
        "deliveries": [DeliveryRow(one, endpoint.url) for one in newest],
        "waits": WAITS_SECONDS[endpoint.schedule],
        "overlaps": OVERLAPS,
        "most_counted": MOST_COUNTED,
        "may_change": desk.may("webhooks") and not is_out_of_reach(desk.caller, endpoint),
    }
    part = "health" if desk.request.headers.get("HX-Request") == "true" else "endpoint"
    return desk.render(f"desk/webhooks/{part}.html", context)


@page(section="webhooks", needs="webhooks")
def webhook_new(desk: Desk) -> HttpResponse:
    return desk.render("desk/webhooks/form.html", _form(None))


@page(section="webhooks", needs="webhooks")
def webhook_edit(desk: Desk, endpoint_id: str) -> HttpResponse:
    return desk.render("desk/webhooks/form.html", _form(find_endpoint(desk.caller, endpoint_id)))


@page(section="webhooks", needs="webhooks.read")
def webhook_events(desk: Desk) -> HttpResponse:
    """The catalogue: what each event says, its schema and an example."""
    families = [
        (family, [EventWords(one, _json(one.data), _json(one.example)) for one in events])
        for family, events in _families()
    ]
    return desk.render("desk/webhooks/events.html", {"families": families})


def _form(endpoint: Endpoint | None) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "endpoint_id": show(ENDPOINT, endpoint.id) if endpoint else None,
        "chosen": set(endpoint.events) if endpoint else set(),
        "families": _families(),
        "schedules": Endpoint.Schedule.choices,
        "largest_rate": LARGEST_RATE,
        "largest_concurrency": LARGEST_CONCURRENCY,
        "usual_concurrency": USUAL_CONCURRENCY,
        "longest_description": LONGEST_DESCRIPTION,
    }


def _json(document: Any) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _families() -> list[tuple[str, tuple[Event, ...]]]:
    """The events by family, whose name is that of its file."""
    return [(family.__name__.rpartition(".")[2], family.EVENTS) for family in FAMILIES]
