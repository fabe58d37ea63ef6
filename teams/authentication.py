"""Who calls the API: a backend with its key, or a person with a session."""

from typing import Any, Final, cast

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from ratel.problem import Forbidden, Invalid, NotFound, Problem
from ratel.requests import Incoming, client_address
from ratel.tenancy import set_tenant, tenant
from teams import keys
from teams.directory import facts_of
from teams.limits import admission
from teams.models import Membership, Person
from teams.principal import Principal
from teams.roles import ROLE_SCOPES, Role

TEAM_HEADER: Final = "X-Ratel-Team"


def key_principal(request: Incoming) -> Principal | None:
    """The caller behind the request's key, None without one; raises Unauthenticated, Forbidden or TooManyRequests."""
    text = request.META.get("HTTP_X_API_KEY")
    if text is None:
        return None
    principal = keys.authenticate(text, client_address(request))
    request.caller = f"key:{principal.id}"  # type: ignore[attr-defined]
    admission.admit(principal, request)
    return principal


class KeyAuthentication(BaseAuthentication):
    """`X-API-Key: rk_live_...`"""

    def authenticate(self, request: Request) -> tuple[Principal, str] | None:
        principal = key_principal(request._request)
        return (principal, "key") if principal else None

    def authenticate_header(self, request: Request) -> str:
        return "ApiKey"


class SessionPerson(BaseAuthentication):
    """A signed-in person, acting in the team that `X-Ratel-Team` or `?team=` names, or in their only one.

    Somebody with several teams must name one: nothing may be read or done in a team that was guessed.
    """

    def authenticate(self, request: Request) -> tuple[Principal, str] | None:
        plain = cast(Any, request._request)
        person = getattr(plain, "user", None)
        if not isinstance(person, Person) or not person.is_active:
            return None
        self._check_csrf(plain)
        plain.caller = f"person:{person.id}"
        return self._principal(person, plain), "session"

    def _check_csrf(self, request: HttpRequest) -> None:
        check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
        check.process_request(request)
        if check.process_view(request, None, (), {}):  # type: ignore[arg-type]
            raise Forbidden("The CSRF token is missing or wrong")

    def _principal(self, person: Person, request: HttpRequest) -> Principal:
        wanted = request.headers.get(TEAM_HEADER) or request.GET.get("team")
        memberships = memberships_of(person)
        if wanted:
            memberships = [membership for membership in memberships if str(membership.team_id) == wanted]
        if not memberships:
            raise NotFound("There is no such team")
        if len(memberships) > 1:
            raise Invalid(errors=[Problem(TEAM_HEADER, "must name the team, because you are in several")])
        return person_principal(memberships[0], address=client_address(request))


def person_principal(membership: Membership, *, address: str) -> Principal:
    """The person acting in that team with the rights of their role there."""
    team = membership.team
    return Principal(
        kind="person",
        id=membership.person_id,
        team=facts_of(team),
        scopes=ROLE_SCOPES[Role(membership.role)],
        person_id=membership.person_id,
        address=address,
    )


def memberships_of(person: Person) -> list[Membership]:
    """The person's memberships with their teams, in the order of the teams' names."""
    with tenant(person.organisation_id):
        mine = Membership.objects.filter(person=person)
        team_ids = list(mine.values_list("team_id", flat=True))
        set_tenant(person.organisation_id, team_ids)
        return list(mine.select_related("team").order_by("team__name"))
