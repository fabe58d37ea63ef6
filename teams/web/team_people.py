"""`team/people`: who works in the team, and what an administrator does about one of them."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse

from ratel.identifiers import read, show
from ratel.problem import NotFound
from teams import people_services as services
from teams import team_reads
from teams.models import Membership, Person
from teams.roles import ROLE_SCOPES, Role
from teams.web import shown_once
from teams.web.desk import Desk, action, as_csv, page, wants_csv
from teams.web.desk.filters import Filters
from teams.web.team_page import ROLE_WORDS, form_context

PERSON: Final = "per"
_LINK: Final = "password-link"
_HEADER: Final = ("person", "name", "email", "role", "state", "second factor", "last seen")
_MOST: Final = services.MOST_PEOPLE


@page(section="team", needs="team.read")
def people(desk: Desk) -> HttpResponse:
    query = Filters(desk.request, "role")
    role, cut = query.choice("role", list(Role)), query.page()
    query.finish()
    found = team_reads.people_of(desk.caller)
    found = found.filter(role=role) if role else found
    if wants_csv(desk.request):
        rows = team_reads.person_rows(list(found[:_MOST]), desk.team)
        return as_csv(desk, "people", _HEADER, (_cells(row) for row in rows))
    found = found.filter(id__gt=cut.after) if cut.after else found
    shown, cursor = cut.cut(list(found[: cut.limit + 1]), lambda one: one.id)
    context = {
        "people": team_reads.person_rows(shown, desk.team),
        "cursor": cursor,
        "filters": query.shown,
        **form_context(desk),
    }
    return desk.render("desk/team/people.html", context)


def _cells(row: team_reads.PersonRow) -> list[Any]:
    person = row.person
    return [
        show(PERSON, person.id),
        person.name,
        person.email,
        row.membership.role,
        row.state,
        row.factors,
        row.seen_at,
    ]


@page(section="team", needs="team.read")
def person(desk: Desk, person_id: str) -> HttpResponse:
    """One person's role, second factor and last visit; for administrators what can be done about it."""
    identifier = read(PERSON, person_id)
    membership = (
        team_reads.people_of(desk.caller).filter(person_id=identifier).first() if identifier else None
    )
    if membership is None:
        raise NotFound("There is no such person in this team")
    (row,) = team_reads.person_rows([membership], desk.team)
    others = (
        Membership.objects.filter(person=membership.person)
        .exclude(team_id=desk.team.id)
        .select_related("team")
    )
    context = {
        "row": row,
        "link": shown_once.take(desk.request, _LINK) if desk.may("team.write") else None,
        "roles": [(role.value, role.value.title(), words) for role, words in ROLE_WORDS.items()],
        "rights": sorted(ROLE_SCOPES[Role(membership.role)]),
        "other_teams": list(others[:20]),
        "is_oneself": membership.person_id == desk.person.id,
    }
    return desk.render("desk/team/person.html", context)


@action(section="team", needs="team.write")
def invite(desk: Desk) -> HttpResponse:
    form = desk.request.POST
    invited = services.invite(
        caller=desk.caller,
        email=form.get("email", ""),
        name=form.get("name", ""),
        role=form.get("role", ""),
    )
    if invited.token is None:
        desk.say(f"{invited.person.name} works in {desk.team.name} now, with the sign-in that they have.")
    else:
        desk.say(f"{invited.person.name} is invited. Hand the link over; it is shown once.")
        _keep_link(desk, invited)
    return desk.to("team-person", show(PERSON, invited.person.id))


@action(section="team", needs="team.write")
def password_link(desk: Desk, person_id: str) -> HttpResponse:
    made = services.make_password_link(caller=desk.caller, person_id=read(PERSON, person_id))
    desk.say("A link is made; earlier ones have ended. Hand it over; it is shown once.")
    _keep_link(desk, made)
    return desk.to("team-person", person_id)


@action(section="team", needs="team.write")
def change_role(desk: Desk, person_id: str) -> HttpResponse:
    form = desk.request.POST
    changed = services.change_role(
        caller=desk.caller,
        person_id=read(PERSON, person_id),
        role=form.get("role", ""),
        seen_role=form.get("seen_role", ""),
    )
    desk.say(f"{changed.name}'s role is changed, with their next click.")
    return desk.to("team-person", person_id)


@action(section="team", needs="team.write")
def leave(desk: Desk, person_id: str) -> HttpResponse:
    gone = services.leave_team(caller=desk.caller, person_id=read(PERSON, person_id))
    desk.say(f"{gone.name} does not work in {desk.team.name} any more.")
    return desk.to("team-people")


@action(section="team", needs="team.write")
def deactivate(desk: Desk, person_id: str) -> HttpResponse:
    return _done(desk, person_id, services.deactivate, "{} cannot sign in any more and is signed out.")


@action(section="team", needs="team.write")
def reactivate(desk: Desk, person_id: str) -> HttpResponse:
    return _done(desk, person_id, services.reactivate, "{} can sign in again.")


@action(section="team", needs="team.write")
def reset_second_factor(desk: Desk, person_id: str) -> HttpResponse:
    return _done(desk, person_id, services.reset_second_factor, "{}'s second factors are forgotten.")


def _done(desk: Desk, person_id: str, service: Callable[..., Person], words: str) -> HttpResponse:
    desk.say(words.format(service(caller=desk.caller, person_id=read(PERSON, person_id)).name))
    return desk.to("team-person", person_id)


def _keep_link(desk: Desk, made: services.Invited) -> None:
    path = reverse("set-password", args=[made.token])
    shown_once.keep(
        desk.request,
        _LINK,
        {"url": desk.request.build_absolute_uri(path), "person": show(PERSON, made.person.id)},
    )
