"""What people do with a case at the desk: each form calls one service. A stale page is refused with what changed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse

from cases.api import case_input as given
from cases.case_view.people import people_of
from cases.case_view.steps import steps_since
from cases.models import Case
from cases.relations import case_relate
from cases.services import cases as services
from cases.services.distribution import case_assign_next, cases_distribute
from cases.services.investigation import LONGEST_REASON
from cases.services.moves import case_move
from cases.transitions import OPEN_STATUSES, Status
from ratel.identifiers import read, show
from ratel.problem import Conflict, Invalid, Problem
from ratel.templatetags.desk import words
from ratel.tenancy import tenant
from teams.web.desk import Desk, action

NEXT_IN_TURN: Final = "next"
_LONGEST_VERSION: Final = 9
View = Callable[..., HttpResponse]
Done = Callable[[Desk, UUID | None, Mapping[str, Any]], str]


def _on_case(needs: str) -> Callable[[Done], View]:
    """An action on one case, which ends on the case's page and tells what changed where the page was stale."""

    def decorate(act: Done) -> View:
        @action(section="cases", needs=needs)
        @wraps(act)
        def done(desk: Desk, case_id: str) -> HttpResponse:
            try:
                desk.say(act(desk, read("cas", case_id), desk.request.POST))
            except Conflict as conflict:
                if conflict.code == "stale":
                    conflict.detail = f"{conflict.detail}. {_changes(desk, case_id)}".rstrip()
                raise
            return desk.to("case", case_id)

        return done

    return decorate


def _changes(desk: Desk, case_id: str) -> str:
    """What others did since the page was made, in a sentence."""
    try:
        seen = datetime.fromisoformat(desk.request.POST.get("seen", ""))
        identifier = read("cas", case_id)
        if identifier is None or seen.tzinfo is None:
            return ""
    except ValueError:
        return ""
    team = desk.caller.team
    with tenant(team.organisation_id, [team.id]):
        steps = steps_since(team.id, identifier, seen)
        people = people_of(team.id, [step.actor_id for step in steps])
    said = [
        f"{people.name(step.actor_kind, step.actor_id)} {step.action.replace('_', ' ')} it at {step.at:%H:%M}"
        for step in steps
    ]
    return f"Since you opened it: {'; '.join(said)}" if said else ""


def _words(
    form: Mapping[str, Any], name: str, *, longest: int = LONGEST_REASON, required: bool = True
) -> str:
    problems: list[Problem] = []
    text = given.text(form, name, problems, longest=longest, required=required)
    _refuse(problems)
    return text


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise Invalid(errors=problems)


def _version(form: Mapping[str, Any]) -> int | None:
    text = form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_VERSION else None


def _chosen(form: Mapping[str, Any], name: str, known: Any) -> str:
    problems: list[Problem] = []
    value = given.choice(form, name, known, problems)
    _refuse(problems)
    return str(value)


@action(section="cases", needs="case.write")
def case_open(desk: Desk) -> HttpResponse:
    form, problems, team = desk.request.POST, list[Problem](), desk.caller.team
    named = form.get("alertIds", "").replace(",", " ").split()
    document = {
        "type": form.get("type"),
        "priority": form.get("priority"),
        "title": form.get("title", ""),
        "description": form.get("description", ""),
        "customerId": form.get("customerId", "").strip() or None,
        "alertIds": named,
        "tags": [one for one in form.get("tags", "").split(",") if one.strip()],
    }
    with tenant(team.organisation_id, [team.id]):
        wanted = given.new_case(desk.caller, document, problems)
    _refuse(problems)
    case = services.case_open(caller=desk.caller, given=wanted)
    desk.say(f"The {words(case.type).lower()} case is open.")
    return desk.to("case", show("cas", case.id))


@action(section="cases", needs="approve")
def distribute(desk: Desk) -> HttpResponse:
    count = cases_distribute(caller=desk.caller)
    desk.say(
        f"{count} cases went to those with the fewest open ones."
        if count
        else "Every open case has somebody."
    )
    return desk.back("cases")


@_on_case("case.write")
def case_assign(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    wanted = form.get("assignedToId", "")
    if wanted == NEXT_IN_TURN:
        case_assign_next(caller=desk.caller, case_id=case_id, version=_version(form))
        return "The case went to whoever has the fewest open ones."
    problems: list[Problem] = []
    person = given.person({"assignedToId": wanted or None}, "assignedToId", problems)
    _refuse(problems)
    _change(desk, case_id, form, assignedToId=person)
    return "The case has somebody else now." if person else "Nobody has the case now."


@_on_case("case.write")
def case_take(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    """Work begins with taking it."""
    status = {"status": Status.IN_PROGRESS} if form.get("status") == Status.OPEN else {}
    _change(desk, case_id, form, assignedToId=desk.caller.person_id, **status)
    return "The case is yours."


@_on_case("case.write")
def case_priority(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    priority = _chosen(form, "priority", given.PRIORITIES)
    _change(desk, case_id, form, priority=priority)
    return f"The priority is {priority.lower()} now."


def _change(desk: Desk, case_id: UUID | None, form: Mapping[str, Any], **change: Any) -> Case:
    return services.case_change(caller=desk.caller, case_id=case_id, change=change, version=_version(form))


@_on_case("case.write")
def case_move_on(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    status = _chosen(form, "status", [one.value for one in OPEN_STATUSES])
    why = _words(form, "reason", required=False)
    case_move(caller=desk.caller, case_id=case_id, status=status, why=why, version=_version(form))
    return f"The case is {words(status).lower()} now."


@_on_case("case.write")
def case_escalate(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    why = _words(form, "reason")
    case_move(caller=desk.caller, case_id=case_id, status=Status.ESCALATED, why=why, version=_version(form))
    return "The case is escalated."


@_on_case("case.write")
def case_resolve(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    problems: list[Problem] = []
    disposition = given.disposition(form, problems)
    reason = given.text(form, "reason", problems, longest=LONGEST_REASON, required=True)
    _refuse(problems)
    case = services.case_close(
        caller=desk.caller,
        case_id=case_id,
        disposition=disposition,
        reason=reason,
        version=_version(form),
    )
    if case.status in OPEN_STATUSES:
        return f"Proposed as {words(disposition).lower()}: another person confirms it or sends it back."
    return f"Resolved as {words(disposition).lower()}. The bank has been told."


@_on_case("approve")
def case_approve(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    case = services.case_approve(caller=desk.caller, case_id=case_id, version=_version(form))
    return f"Confirmed: {words(case.status).lower()}. The bank has been told."


@_on_case("approve")
def case_send_back(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    reason = _words(form, "reason")
    services.case_send_back(caller=desk.caller, case_id=case_id, reason=reason, version=_version(form))
    return "Sent back: the case is in progress again."


@_on_case("case.write")
def case_put_away(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    _change(desk, case_id, form, status=Status.CLOSED)
    return "The case is closed."


@_on_case("approve")
def case_reopen(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    reason = _words(form, "reason")
    services.case_reopen(caller=desk.caller, case_id=case_id, reason=reason, version=_version(form))
    return "The case is in progress again."


@_on_case("case.write")
def case_note(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    text = _words(form, "text", longest=given.LONGEST_TEXT)
    services.case_note(caller=desk.caller, case_id=case_id, text=text)
    return "The note is written; nobody can change it."


@_on_case("case.write")
def case_link(desk: Desk, case_id: UUID | None, form: Mapping[str, Any]) -> str:
    """An alert without a case joins this one; a case, or an alert of another case, is related to it."""
    named, reason = form.get("other", "").strip(), _words(form, "reason")
    if form.get("how") == "join":
        alert_id = read("alt", named)
        if alert_id is None:
            raise Invalid(errors=[Problem("other", "must be the id of an alert (alt_...)")])
        services.case_link(caller=desk.caller, case_id=case_id, alert_ids=[alert_id])
        return "The alert belongs to this case now."
    case_relate(caller=desk.caller, case_id=case_id, named=named, reason=reason)
    return "The two are related; both timelines say so."
