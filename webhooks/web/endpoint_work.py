"""What people do to endpoints at the desk: make, change, test, pause and delete them, and give them a new secret.

A secret is on the page that makes it and nowhere else: that page is the answer to the form, so nothing keeps it.
"""

from typing import Any

from django.http import HttpResponse

from ratel.identifiers import read, show
from ratel.problem import Invalid, Problem
from ratel.tenancy import tenant
from teams.web.desk import Desk, action
from webhooks import services
from webhooks.api.endpoints import require_officer
from webhooks.api.fields import REQUIRED, endpoint_fields, overlap_in, require
from webhooks.models import Endpoint
from webhooks.selectors import DELIVERY, ENDPOINT
from webhooks.services import USUAL_CONCURRENCY
from webhooks.web.endpoint_rows import find_endpoint


@action(section="webhooks", needs="webhooks")
def webhook_create(desk: Desk) -> HttpResponse:
    document = _document(desk)
    problems: list[Problem] = []
    require(document, REQUIRED, problems)
    fields = endpoint_fields(document, problems)
    _refuse("The endpoint was not made", problems)
    made = services.create_endpoint(caller=desk.caller, **fields)
    return _with_secret(desk, made, is_new=True)


@action(section="webhooks", needs="webhooks")
def webhook_update(desk: Desk, endpoint_id: str) -> HttpResponse:
    with tenant(desk.caller.team.organisation_id, [desk.caller.team.id]):
        find_endpoint(desk.caller, endpoint_id)
    problems: list[Problem] = []
    changes = endpoint_fields(_document(desk), problems)
    _refuse("The endpoint was not changed", problems)
    services.update_endpoint(caller=desk.caller, endpoint_id=read(ENDPOINT, endpoint_id), changes=changes)
    desk.say("Changed the endpoint; what is sent from now on follows it.")
    return desk.to("webhook", endpoint_id)


@action(section="webhooks", needs="webhooks")
def webhook_rotate(desk: Desk, endpoint_id: str) -> HttpResponse:
    wanted = desk.request.POST.get("overlap", "")
    problems: list[Problem] = []
    overlap = overlap_in({"overlapSeconds": int(wanted)} if wanted.isdecimal() else {}, problems)
    _refuse("The secret was not changed", problems)
    made = services.rotate_secret(
        caller=desk.caller, endpoint_id=read(ENDPOINT, endpoint_id), overlap=overlap
    )
    return _with_secret(desk, made, is_new=False)


@action(section="webhooks", needs="webhooks")
def webhook_pause(desk: Desk, endpoint_id: str) -> HttpResponse:
    services.pause(caller=desk.caller, endpoint_id=read(ENDPOINT, endpoint_id))
    desk.say("Paused: events wait from now on, and none is lost.")
    return desk.to("webhook", endpoint_id)


@action(section="webhooks", needs="webhooks")
def webhook_resume(desk: Desk, endpoint_id: str) -> HttpResponse:
    services.resume(caller=desk.caller, endpoint_id=read(ENDPOINT, endpoint_id))
    desk.say("Resumed: what has waited is sent now, in its order.")
    return desk.to("webhook", endpoint_id)


@action(section="webhooks", needs="webhooks")
def webhook_test(desk: Desk, endpoint_id: str) -> HttpResponse:
    delivery = services.send_test_event(caller=desk.caller, endpoint_id=read(ENDPOINT, endpoint_id))
    desk.say("Sent a test event; this page shows what comes back.")
    return desk.to("webhook-delivery", show(DELIVERY, delivery.id))


@action(section="webhooks", needs="webhooks")
def webhook_delete(desk: Desk, endpoint_id: str) -> HttpResponse:
    services.delete_endpoint(caller=desk.caller, endpoint_id=read(ENDPOINT, endpoint_id))
    desk.say("Deleted the endpoint: nothing is sent there any more.")
    return desk.to("webhooks")


@action(section="webhooks", needs="reports.approve")
def webhook_confidential(desk: Desk, endpoint_id: str) -> HttpResponse:
    """Whether an endpoint is told of reports: an officer's word, and the only one they have over webhooks."""
    require_officer(desk.caller)
    is_confidential = desk.request.POST.get("confidential") == "yes"
    services.update_endpoint(
        caller=desk.caller,
        endpoint_id=read(ENDPOINT, endpoint_id),
        changes={"is_confidential": is_confidential},
    )
    desk.say(
        "It is told of reports from now on." if is_confidential else "It is not told of reports any more."
    )
    return desk.to("webhook", endpoint_id)


def _document(desk: Desk) -> dict[str, Any]:
    """The form as the API's body: an empty rate means none, an empty number the usual one."""
    form = desk.request.POST
    document: dict[str, Any] = {
        "url": form.get("url", "").strip(),
        "description": form.get("description", "").strip(),
        "events": form.getlist("events"),
        "schedule": form.get("schedule", Endpoint.Schedule.STANDARD),
        "ratePerSecond": _number(form.get("rate_per_second", "")),
        "concurrencyLimit": _number(form.get("concurrency_limit", "")) or USUAL_CONCURRENCY,
    }
    return document


def _number(text: str) -> Any:
    """A number, None where nothing was typed, and what was typed where it is none: the API's check names it."""
    text = text.strip()
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 10 else text


def _refuse(what: str, problems: list[Problem]) -> None:
    if problems:
        raise Invalid(what, errors=problems[:20])


def _with_secret(desk: Desk, made: services.WithSecret, *, is_new: bool) -> HttpResponse:
    context = {
        "endpoint": made.endpoint,
        "endpoint_id": show(ENDPOINT, made.endpoint.id),
        "secret": made.secret,
        "is_new": is_new,
    }
    return desk.render("desk/webhooks/secret.html", context)
