"""What people do with alerts at the desk: one service each, then on to where they go on working."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from cases.alert_view.queue import find_lines, neighbour
from cases.api import case_input as given
from cases.models import Alert
from cases.services import alerts as services
from cases.services.cases import case_note
from cases.services.investigation import LONGEST_REASON
from cases.services.manual_alerts import alert_raise
from cases.services.saved_views import view_delete, view_rename, view_save
from cases.web.alert_queue import LONGEST_WITHIN, address_of, view_of, within_of
from ratel.identifiers import read, show
from ratel.problem import Conflict, NotFound, Problem
from ratel.tenancy import tenant
from screening.models import Customer
from screening.services.match_decisions import Wanted, decision_create
from teams.resource import refuse
from teams.web.desk import Desk, action
from teams.web.see_other import see_other

LONGEST_NOTE: Final = 20_000
_VERDICTS: Final = {"not_this_person": "not this person", "confirmed": "confirmed"}
_REFUSALS: Final = {
    "alert_of_a_case": "belongs to a case, which is resolved instead",
    "alert_closed": "is closed already",
    "not_found": "is not there",
    "invalid": "that person works in another team",
}
_SECTION: Final = "alerts"


@action(section=_SECTION, needs="case.write")
def take_next(desk: Desk) -> HttpResponse:
    alert = services.alert_take_next(caller=desk.caller)
    if alert is None:
        desk.say("Nothing waits: every open alert has somebody, or sleeps.")
        return desk.back("alerts")
    desk.say("It is yours.")
    return desk.to("alert", show("alt", alert.id))


@action(section=_SECTION, needs="case.write")
def take(desk: Desk, alert_id: str) -> HttpResponse:
    services.alert_assign(
        caller=desk.caller,
        alert_id=read("alt", alert_id),
        person_id=desk.caller.person_id,
        version=_version(desk),
    )
    desk.say("It is yours.")
    return desk.back("alert", alert_id)


@action(section=_SECTION, needs="case.write")
def assign(desk: Desk, alert_id: str) -> HttpResponse:
    problems: list[Problem] = []
    person_id = given.person(_form(desk), "person", problems)
    refuse(problems)
    services.alert_assign(
        caller=desk.caller, alert_id=read("alt", alert_id), person_id=person_id, version=_version(desk)
    )
    desk.say("Assigned." if person_id else "Back in the queue, for whoever takes the next one.")
    return desk.back("alert", alert_id)


@action(section=_SECTION, needs="case.write")
def escalate(desk: Desk, alert_id: str) -> HttpResponse:
    reason = _text(desk, "reason")
    _, case_id = services.alert_escalate(
        caller=desk.caller, alert_id=read("alt", alert_id), reason=reason, version=_version(desk)
    )
    desk.say(f"Escalated into case {show('cas', case_id)[-8:]}.")
    return desk.back("alert", alert_id)


@action(section=_SECTION, needs="case.write")
def dismiss(desk: Desk, alert_id: str) -> HttpResponse:
    """Goes on with the next alert of the view, so that a queue is worked through without going back to it."""
    alert = services.alert_dismiss(
        caller=desk.caller,
        alert_id=read("alt", alert_id),
        reason=_text(desk, "reason"),
        version=_version(desk),
    )
    within = within_of(desk)
    with tenant(desk.caller.team.organisation_id, [desk.team.id]):
        following = neighbour(desk.caller, view_of(desk, within), alert.id, timezone.now(), backwards=False)
    if following is None:
        desk.say("Dismissed as a false positive. It was the last one of this view.")
    else:
        desk.say("Dismissed as a false positive. This is the next one.")
    return see_other(address_of(desk, show("alt", following) if following else None, within))


@action(section=_SECTION, needs="case.write")
def snooze(desk: Desk, alert_id: str) -> HttpResponse:
    problems: list[Problem] = []
    form = _form(desk)
    # Six in the morning of that day in UTC: before anybody's shift.
    moment = given.until({"until": f"{form.get('until', '')}T06:00:00+00:00"}, timezone.now(), problems)
    reason = given.text(form, "reason", problems, longest=LONGEST_REASON, required=True)
    refuse(problems)
    services.alert_snooze(
        caller=desk.caller,
        alert_id=read("alt", alert_id),
        until=moment,
        reason=reason,
        version=_version(desk),
    )
    desk.say(f"Out of the queue until {moment.day} {moment:%b %Y}. Its due time stays.")
    return desk.back("alert", alert_id)


@action(section=_SECTION, needs="case.write")
def note(desk: Desk, alert_id: str) -> HttpResponse:
    """On the alert's case, because notes belong to cases."""
    text = _text(desk, "text", longest=LONGEST_NOTE)
    case_id = _alert(desk, alert_id).case_id
    if case_id is None:
        raise Conflict("The alert has no case yet: escalate it first", extra={"allowed": ["escalate"]})
    case_note(caller=desk.caller, case_id=case_id, text=text)
    desk.say("Noted on the case.")
    return desk.back("alert", alert_id)


@action(section=_SECTION, needs="case.write")
def decide_match(desk: Desk, alert_id: str) -> HttpResponse:
    """What a person says of a name match, for good: it decides about later payments too."""
    problems: list[Problem] = []
    form = _form(desk)
    verdict = given.choice(form, "verdict", tuple(_VERDICTS), problems)
    reason = given.text(form, "reason", problems, longest=LONGEST_REASON, required=True)
    entry_id = given.text(form, "entry", problems, longest=200, required=True)
    name = given.text(form, "counterparty", problems, longest=500)
    refuse(problems)
    reference = _reference(desk, _alert(desk, alert_id).customer_id)
    decision_create(
        caller=desk.caller,
        wanted=Wanted(reference, entry_id, verdict, reason, name or None, None),
    )
    desk.say(f"Decided: {_VERDICTS[verdict]}. The alert itself is open until you close it.")
    return desk.back("alert", alert_id)


@action(section=_SECTION, needs="case.write")
def raise_by_hand(desk: Desk) -> HttpResponse:
    form = _form(desk)
    alert = alert_raise(
        caller=desk.caller,
        customer_id=read("cus", form.get("customer_id", "")),
        severity=form.get("severity", ""),
        reason=form.get("reason", ""),
    )
    desk.say("Raised. It waits in the queue.")
    return desk.to("alert", show("alt", alert.id))


@action(section=_SECTION, needs="case.write")
def at_once(desk: Desk) -> HttpResponse:
    """Takes, assigns or dismisses the ticked alerts; the latter two first show what would become of each."""
    problems: list[Problem] = []
    form = _form(desk)
    chosen = {**form, "alertIds": desk.request.POST.getlist("alert")}
    wanted = given.choice(chosen, "action", ("take", "assign", "dismiss"), problems)
    ids = given.identifiers(chosen, "alertIds", "alt", problems, required=True)
    person_id, reason = desk.caller.person_id, "taken"
    if wanted != "take":
        person_id = given.person(form, "person", problems)
        reason = given.text(form, f"{wanted}_reason", problems, longest=LONGEST_REASON, required=True)
    refuse(problems)
    is_preview = wanted != "take" and "confirmed" not in form
    outcomes = services.alerts_at_once(
        caller=desk.caller,
        action="dismiss" if wanted == "dismiss" else "assign",
        alert_ids=ids,
        reason=reason,
        person_id=person_id,
        preview=is_preview,
    )
    done = sum(one.status is not None for one in outcomes)
    if not is_preview:
        desk.say(_told(wanted, done, len(outcomes) - done))
        return desk.back("alerts")
    with tenant(desk.caller.team.organisation_id, [desk.team.id]):
        lines = find_lines(desk.caller, ids, timezone.now())
    return desk.render(
        "desk/alerts/preview.html",
        {
            "outcomes": [(show("alt", one.alert_id), lines.get(one.alert_id), one) for one in outcomes],
            "done": done,
            "left_alone": len(outcomes) - done,
            "wanted": wanted,
            "reason": reason,
            "reason_name": f"{wanted}_reason",
            "person_id": person_id,
            "back": form.get("back", ""),
            "refusals": _REFUSALS,
            "back_address": desk.back("alerts")["Location"],
        },
    )


@action(section=_SECTION, needs="case.write")
def save_view(desk: Desk) -> HttpResponse:
    form = _form(desk)
    query = form.get("query", "")[: LONGEST_WITHIN + 1]
    view = view_save(caller=desk.caller, section=_SECTION, name=form.get("name", ""), query=query)
    desk.say(f"Saved as {view.name}.")
    return desk.back("alerts")


@action(section=_SECTION, needs="case.write")
def rename_view(desk: Desk, view_id: UUID) -> HttpResponse:
    view = view_rename(caller=desk.caller, view_id=view_id, name=_form(desk).get("name", ""))
    desk.say(f"It is called {view.name} now.")
    return desk.back("alerts")


@action(section=_SECTION, needs="case.write")
def delete_view(desk: Desk, view_id: UUID) -> HttpResponse:
    view = view_delete(caller=desk.caller, view_id=view_id)
    desk.say(f"The view {view.name} is gone; no alert is.")
    return desk.back("alerts")


def _told(wanted: str, done: int, left_alone: int) -> str:
    words = {"take": "are yours", "assign": "assigned", "dismiss": "dismissed"}[wanted]
    rest = f" {left_alone} left alone: changed meanwhile, or part of a case." if left_alone else ""
    return f"{done} {words}.{rest}" if done != 1 or wanted != "take" else f"It is yours.{rest}"


def _form(desk: Desk) -> Mapping[str, Any]:
    """The fields that were filled in."""
    return {name: value for name, value in desk.request.POST.items() if value != ""}


def _text(desk: Desk, name: str, *, longest: int = LONGEST_REASON) -> str:
    problems: list[Problem] = []
    text = given.text(_form(desk), name, problems, longest=longest, required=True)
    refuse(problems)
    return text


def _version(desk: Desk) -> int | None:
    """What the page showed; without it the newest is meant."""
    text = desk.request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _alert(desk: Desk, alert_id: str) -> Alert:
    identifier, team = read("alt", alert_id), desk.caller.team
    with tenant(team.organisation_id, [team.id]):
        alert = Alert.objects.filter(team_id=team.id, id=identifier).first() if identifier else None
    if alert is None:
        raise NotFound
    return alert


def _reference(desk: Desk, customer_id: UUID | None) -> str:
    team = desk.caller.team
    with tenant(team.organisation_id, [team.id]):
        found = Customer.objects.filter(team_id=team.id).values_list("reference", flat=True)
        reference = found.filter(id=customer_id).first() if customer_id else None
    if reference is None:
        raise Conflict("Nobody of the team's customers was screened, so nothing can be kept for later")
    return reference
