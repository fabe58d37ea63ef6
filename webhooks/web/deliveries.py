"""The desk's pages of deliveries and dead letters: what was sent, what came back, and sending it again.

What tells of a report is not in them for who may not see reports.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import orjson
from django.http import HttpResponse

from ratel.identifiers import read, show
from ratel.problem import Invalid, NotFound, Problem
from ratel.tenancy import tenant
from teams.web.desk import Desk, action, as_csv, page, wants_csv
from teams.web.desk.filters import Filters
from webhooks import services
from webhooks.api.dead_letters import STATUSES as LETTER_STATUSES
from webhooks.api.fields import LONGEST_SUBJECT, replay_in
from webhooks.api.resource import moments
from webhooks.api.serial import STATUSES
from webhooks.events import CATALOGUE
from webhooks.models import Endpoint
from webhooks.selectors import (
    DEAD_LETTER,
    DELIVERY,
    ENDPOINT,
    EVENT,
    attempts_of,
    dead_letters_of,
    deliveries_of,
    delivery_of,
    endpoints_of,
    sent_body,
)
from webhooks.services import MOST_REPLAYED
from webhooks.web.delivery_rows import DeliveryRow, LetterRow, attempt_row

# What the filters of dead letters are called where they ask for a replay.
_REPLAY_FIELDS: Final = ("endpointId", "event", "subject", "since", "until")
_HEADER: Final = (
    *("delivery", "endpoint", "event", "subject", "sequence", "status", "attempts", "last status"),
    *("last error", "created", "completed", "event id"),
)
_LETTER_HEADER: Final = (
    *("dead letter", "delivery", "endpoint", "event", "subject", "attempts", "last status", "last error"),
    *("given up", "replayed"),
)


@page(section="webhooks", needs="webhooks.read")
def webhook_deliveries(desk: Desk) -> HttpResponse:
    query = Filters(desk.request, "endpoint", "event", "status", "subject", "eventId", "from", "to")
    found = deliveries_of(desk.caller).filter(**_conditions(query)).order_by("-id")
    paging = query.page()
    query.finish()
    urls = _urls(desk)
    if wants_csv(desk.request):
        rows = (DeliveryRow(one, urls.get(one.endpoint_id, "")).cells() for one in found.iterator(1_000))
        return as_csv(desk, "webhook-deliveries", _HEADER, rows)
    found = found.filter(id__lt=paging.after) if paging.after else found
    shown, next_cursor = paging.cut(list(found[: paging.limit + 1]), lambda one: one.id)
    context = {
        "rows": [DeliveryRow(one, urls.get(one.endpoint_id, "")) for one in shown],
        "next_cursor": next_cursor,
        "filters": query.shown,
        "endpoints": {show(ENDPOINT, identifier): url for identifier, url in urls.items()},
        "events": sorted(CATALOGUE),
        "statuses": STATUSES,
    }
    return desk.render("desk/webhooks/deliveries.html", context)


def _conditions(query: Filters) -> dict[str, Any]:
    conditions: dict[str, Any] = moments(query, "created_at")
    endpoint, event_id = query.text("endpoint"), query.text("eventId")
    event, status = query.choice("event", CATALOGUE), query.choice("status", STATUSES)
    subject = query.text("subject")
    # What is no id of anything finds as little as an id of nothing.
    if endpoint is not None:
        conditions["endpoint_id"] = read(ENDPOINT, endpoint)
    if event_id is not None:
        conditions["event_id"] = read(EVENT, event_id)
    if event is not None:
        conditions["event"] = event
    if subject is not None:
        conditions["subject"] = subject
    if status is not None:
        conditions["state__in"] = STATUSES[status]
    return conditions


@page(section="webhooks", needs="webhooks.read")
def webhook_delivery(desk: Desk, delivery_id: str) -> HttpResponse:
    """One delivery with its attempts; only these where htmx asks."""
    delivery = delivery_of(desk.caller, read(DELIVERY, delivery_id))
    endpoint = Endpoint.objects.get(id=delivery.endpoint_id)
    attempts = [attempt_row(one) for one in attempts_of(delivery)]
    row = DeliveryRow(delivery, endpoint.url)
    context = {"row": row, "attempts": attempts, "endpoint": endpoint, "is_open": row.is_open}
    if desk.request.headers.get("HX-Request") == "true":
        return desk.render("desk/webhooks/attempts.html", context)
    body = sent_body(delivery, endpoint)
    letter = dead_letters_of(desk.caller).filter(delivery_id=delivery.id, replayed_at=None).first()
    context |= {
        "body": orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode() if body else None,
        "body_bytes": len(body) if body else 0,
        "letter": LetterRow(letter, endpoint.url) if letter else None,
    }
    return desk.render("desk/webhooks/delivery.html", context)


@action(section="webhooks", needs="webhooks")
def webhook_delivery_retry(desk: Desk, delivery_id: str) -> HttpResponse:
    services.retry_now(caller=desk.caller, delivery_id=read(DELIVERY, delivery_id))
    desk.say("Sent again; this page shows what comes back.")
    return desk.to("webhook-delivery", delivery_id)


@page(section="webhooks", needs="webhooks.read")
def dead_letters(desk: Desk) -> HttpResponse:
    query = Filters(desk.request, "endpoint", "event", "subject", "status", "from", "to")
    status = query.choice("status", LETTER_STATUSES) or "open"
    conditions: dict[str, Any] = moments(query, "died_at")
    endpoint, event, subject = query.text("endpoint"), query.choice("event", CATALOGUE), query.text("subject")
    paging = query.page()
    query.finish()
    if endpoint is not None:
        conditions["endpoint_id"] = read(ENDPOINT, endpoint)
    conditions |= {"event": event} if event else {}
    conditions |= {"subject": subject} if subject else {}
    found = dead_letters_of(desk.caller).filter(**conditions, replayed_at__isnull=status == "open")
    found, urls = found.order_by("-id"), _urls(desk)
    if wants_csv(desk.request):
        rows = (LetterRow(one, "").cells() for one in found.iterator(1_000))
        return as_csv(desk, "dead-letters", _LETTER_HEADER, rows)
    found = found.filter(id__lt=paging.after) if paging.after else found
    shown, next_cursor = paging.cut(list(found[: paging.limit + 1]), lambda one: one.id)
    context = {
        "rows": [LetterRow(one, urls.get(one.endpoint_id, "")) for one in shown],
        "next_cursor": next_cursor,
        "filters": query.shown,
        "status": status,
        "endpoints": {show(ENDPOINT, identifier): url for identifier, url in urls.items()},
        "events": sorted(CATALOGUE),
        "longest_subject": LONGEST_SUBJECT,
    }
    return desk.render("desk/webhooks/dead_letters.html", context)


@action(section="webhooks", needs="webhooks")
def dead_letter_replay(desk: Desk, dead_letter_id: str) -> HttpResponse:
    identifier = read(DEAD_LETTER, dead_letter_id)
    if identifier is None:
        raise NotFound
    services.replay(caller=desk.caller, wanted=services.Replay(dead_letter_id=identifier))
    desk.say("Sent again, with a whole new schedule.")
    return desk.back("dead-letters")


@action(section="webhooks", needs="webhooks")
def dead_letters_preview(desk: Desk) -> HttpResponse:
    """How many a replay by filter would send again; it changes nothing and asks whether to go on."""
    wanted = _wanted(desk)
    context = {
        "preview": services.replay_preview(caller=desk.caller, wanted=wanted),
        "asked": _form_of(desk),
        "url": _url_of(desk, wanted.endpoint_id),
        "wanted": wanted,
        "most": MOST_REPLAYED,
    }
    return desk.render("desk/webhooks/replay.html", context)


@action(section="webhooks", needs="webhooks")
def dead_letters_replay(desk: Desk) -> HttpResponse:
    replayed = services.replay(caller=desk.caller, wanted=_wanted(desk))
    more = " As many as one call may: press again for the rest." if replayed.has_more else ""
    desk.say(f"{_counted(replayed.count)} sent again, oldest first, each with a whole new schedule.{more}")
    return desk.back("dead-letters")


def _counted(count: int) -> str:
    return "1 delivery is" if count == 1 else f"{count} deliveries are"


def _wanted(desk: Desk) -> services.Replay:
    """The filter of a replay, read as the API reads it; a day is its first instant, or its last in `until`."""
    document: dict[str, Any] = dict(_form_of(desk))
    for name, ending in (("since", "T00:00:00+00:00"), ("until", "T23:59:59.999999+00:00")):
        if len(document.get(name, "")) == len("2026-01-01"):
            document[name] += ending
    document["withDelivered"] = document.get("withDelivered") == "yes"
    problems: list[Problem] = []
    wanted = replay_in(document, problems)
    if problems:
        raise Invalid("Nothing was sent again", errors=problems)
    return wanted


def _form_of(desk: Desk) -> Mapping[str, str]:
    names = (*_REPLAY_FIELDS, "withDelivered")
    return {
        name: desk.request.POST[name].strip() for name in names if desk.request.POST.get(name, "").strip()
    }


def _url_of(desk: Desk, endpoint_id: UUID | None) -> str:
    if endpoint_id is None:
        return ""
    with tenant(desk.caller.team.organisation_id, [desk.caller.team.id]):
        return _urls(desk).get(endpoint_id, "")


def _urls(desk: Desk) -> dict[UUID, str]:
    """The addresses of endpoints by id, callbacks among them as far as they are few."""
    found = endpoints_of(desk.caller).order_by("is_callback", "-id").values_list("id", "url")
    return dict(found[: services.MOST_ENDPOINTS * 2])
