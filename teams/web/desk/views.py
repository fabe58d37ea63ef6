"""Turns a function into a page or an action of the desk: who is it, in which team, may they, and what if it is refused.

Every address of the desk begins with the team's id. Whoever holds no role in the team is told that there is nothing;
whose role lacks the right is told so. The right stands on the view (`method`, `needs`), where tests of the role
matrix read it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from ratel.problem import Forbidden, NotFound, Refusal, headers_of, logged_refusal_of
from ratel.requests import client_address
from ratel.tenancy import tenant
from teams.authentication import memberships_of, person_principal
from teams.web.access import person_of, signed_in
from teams.web.desk.frame import Desk

View = Callable[..., HttpResponse]


def page(*, section: str, needs: str) -> Callable[[View], View]:
    """A page that only reads, in one transaction that sees the team. The view gets a Desk and the address's parts."""

    def decorate(view: View) -> View:
        @wraps(view)
        def shown(request: HttpRequest, team_id: UUID, **parts: Any) -> HttpResponse:
            return _answered(request, team_id, section, needs, lambda desk: _read(desk, view, parts))

        return _marked(require_safe(signed_in(shown)), "GET", needs)

    return decorate


def action(*, section: str, needs: str) -> Callable[[View], View]:
    """A form's target: the view calls a service, which opens its own transaction, and says where to go on.

    Raises nothing: what a service refuses is told on the page that the form came from.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def done(request: HttpRequest, team_id: UUID, **parts: Any) -> HttpResponse:
            return _answered(request, team_id, section, needs, lambda desk: _act(desk, view, parts))

        return _marked(require_POST(signed_in(done)), "POST", needs)

    return decorate


def _marked(view: View, method: str, needs: str) -> View:
    view.method, view.needs = method, needs  # type: ignore[attr-defined]
    return view


def _read(desk: Desk, view: View, parts: dict[str, Any]) -> HttpResponse:
    with tenant(desk.caller.team.organisation_id, [desk.caller.team.id]):
        return view(desk, **parts)


def _act(desk: Desk, view: View, parts: dict[str, Any]) -> HttpResponse:
    try:
        return view(desk, **parts)
    except (Forbidden, NotFound):
        raise
    except Refusal as refusal:
        desk.complain(refusal)
        return desk.back(desk.section)


def _answered(
    request: HttpRequest, team_id: UUID, section: str, needs: str, work: Callable[[Desk], HttpResponse]
) -> HttpResponse:
    desk = None
    try:
        desk = _desk(request, team_id, section)
        if not desk.may(needs):
            raise Forbidden(f"Your role in {desk.team.name} may not do that")
        return work(desk)
    except Exception as error:
        refusal = logged_refusal_of(error)
        context = {"refusal": refusal, "desk": desk, "team": desk.team if desk else None, "section": section}
        answer = render(request, "desk/refused.html", context, status=refusal.status)
        for name, value in headers_of(refusal).items():
            answer.headers[name] = value
        return answer


def _desk(request: HttpRequest, team_id: UUID, section: str) -> Desk:
    person = person_of(request)
    memberships = memberships_of(person)
    membership = next((one for one in memberships if one.team_id == team_id), None)
    if membership is None:
        raise NotFound("There is no such team, or you hold no role in it")
    caller = person_principal(membership, address=client_address(request))
    return Desk(request, person, membership, memberships, caller, section)
