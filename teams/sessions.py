"""Sign-ins of people: how long one lasts, which there are, and how they end.

A sign-in ends when nobody did anything for a while, after so many hours in any case, when its person or an administrator
ends it, with a new password, and with the person's leaving. Nothing here decides who may sign in.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ratel.identifiers import new_id
from ratel.requests import client_address
from ratel.sealing import Unreadable, seal, unseal
from ratel.tenancy import tenant
from teams.audit.people import note_person
from teams.models import AccessToken, Person, SignIn

# What a session keeps of its sign-in.
PROOF: Final = "ratel.proof"
_SIGN_IN: Final = "ratel.sign_in"
_SIGNED_IN_AT: Final = "ratel.signed_in_at"
_SEEN_AT: Final = "ratel.seen_at"
# A request that a page makes by itself, over and over, says so: it must not keep a desk open that nobody sits at.
BACKGROUND_HEADER: Final = "X-Ratel-Background"
_SEEN_EVERY: Final = timedelta(minutes=1)
_KEPT: Final = timedelta(days=30)
MOST_SHOWN: Final = 50


@dataclass(frozen=True)
class OpenSignIn:
    id: UUID
    since: datetime
    seen_at: datetime
    address: str
    browser: str
    proof: str
    is_this: bool


def idle_limit() -> timedelta:
    return timedelta(minutes=settings.RATEL_SESSION_IDLE_MINUTES)


def longest() -> timedelta:
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


@receiver(user_logged_in, dispatch_uid="teams.sessions.registered")
def register(request: HttpRequest, user: Any, **_: Any) -> None:
    """Writes a new sign-in down, however it came about; a session without this is none."""
    person, session, now = cast(Person, user), request.session, timezone.now()
    if session.session_key is None:
        session.create()
    identifier, proof = new_id(), session.get(PROOF, "password")
    session[_SIGN_IN] = str(identifier)
    session[_SIGNED_IN_AT] = session[_SEEN_AT] = now.timestamp()
    with tenant(person.organisation_id):
        SignIn.objects.filter(person=person, seen_at__lt=now - _KEPT).delete()
        SignIn.objects.create(
            id=identifier,
            organisation_id=person.organisation_id,
            person=person,
            sealed_session_key=seal(str(session.session_key).encode(), identifier.bytes),
            proof=proof,
            address=client_address(request),
            browser=browser_of(request.META.get("HTTP_USER_AGENT", "")),
            seen_at=now,
        )
        note_person(person, client_address(request), "person.signed_in", after={"with": proof})


class SessionLimits:
    """Ends sessions that were idle or open for too long; runs right after AuthenticationMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            _check(request)
        return self.get_response(request)


def _check(request: HttpRequest) -> None:
    session, now = request.session, timezone.now()
    since, seen = _time(session.get(_SIGNED_IN_AT)), _time(session.get(_SEEN_AT))
    if since is None or seen is None or now - since > longest() or now - seen > idle_limit():
        _expire(request)
    elif now - seen >= _SEEN_EVERY and BACKGROUND_HEADER not in request.headers:
        session[_SEEN_AT] = now.timestamp()
        person = request.user
        if isinstance(person, Person):
            with tenant(person.organisation_id):
                _own(request, person).update(seen_at=now)


def _expire(request: HttpRequest) -> None:
    person = request.user
    if isinstance(person, Person):
        with tenant(person.organisation_id):
            if _own(request, person).update(ended_at=timezone.now()):
                note_person(person, client_address(request), "person.session_expired")
    request.session.flush()
    from django.contrib.auth.models import AnonymousUser

    request.user = AnonymousUser()


def _own(request: HttpRequest, person: Person) -> Any:
    return SignIn.objects.filter(id=_id_of(request), person=person, ended_at=None)


def _id_of(request: HttpRequest) -> UUID:
    """Of this session's sign-in; nobody's where there is none."""
    with suppress(TypeError, ValueError):
        return UUID(request.session.get(_SIGN_IN))
    return UUID(int=0)


def signed_in_at(request: HttpRequest) -> datetime | None:
    return _time(request.session.get(_SIGNED_IN_AT))


def note_sign_out(request: HttpRequest, person: Person) -> None:
    """Writes down that the person ends this session by themselves; call before the session is flushed."""
    with tenant(person.organisation_id):
        _own(request, person).update(ended_at=timezone.now())
        note_person(person, client_address(request), "person.signed_out")


def open_sign_ins(request: HttpRequest, person: Person) -> list[OpenSignIn]:
    """The person's sign-ins that have not ended, the latest seen first."""
    this = _id_of(request)
    with tenant(person.organisation_id):
        found = list(_living(person).order_by("-seen_at")[:MOST_SHOWN])
    return [
        OpenSignIn(
            one.id, one.created_at, one.seen_at, one.address, one.browser, one.proof, is_this=one.id == this
        )
        for one in found
    ]


def end_one(request: HttpRequest, person: Person, identifier: UUID | None) -> bool:
    """Ends one of the person's own sign-ins; False where there is none."""
    with tenant(person.organisation_id):
        ended = end_sign_ins(_living(person).filter(id=identifier))
        if ended:
            note_person(person, client_address(request), "person.session_ended", after={"count": ended})
    return bool(ended)


def end_others(request: HttpRequest, person: Person) -> int:
    with tenant(person.organisation_id):
        ended = end_sign_ins(_living(person).exclude(id=_id_of(request)))
        if ended:
            note_person(person, client_address(request), "person.session_ended", after={"count": ended})
    return ended


def end_all_of(person: Person, *, but: UUID | None = None) -> int:
    """Every sign-in of the person, and every token of their programs; inside `tenant(...)`."""
    AccessToken.objects.filter(person=person).delete()
    return end_sign_ins(_living(person).exclude(id=but))


def end_all_but_this(request: HttpRequest, person: Person) -> int:
    return end_all_of(person, but=_id_of(request))


def end_sign_ins(found: Iterable[SignIn]) -> int:
    """Removes the sessions behind these sign-ins; inside `tenant(...)`."""
    keys, ended = [], []
    for one in found:
        # With a sealing key that is gone the session cannot be found; it ends by its age.
        with suppress(Unreadable):
            keys.append(unseal(bytes(one.sealed_session_key), one.id.bytes).decode())
        ended.append(one.id)
    Session.objects.filter(session_key__in=keys).delete()
    return SignIn.objects.filter(id__in=ended).update(ended_at=timezone.now()) if ended else 0


def _living(person: Person) -> Any:
    now = timezone.now()
    return SignIn.objects.filter(
        person=person, ended_at=None, seen_at__gte=now - idle_limit(), created_at__gte=now - longest()
    )


def browser_of(agent: str) -> str:
    """`Firefox on Linux`: enough for a person to know their own browser by."""
    names = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
    systems = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"))
    more = (("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))
    name = _first(agent, (*names, ("Safari/", "Safari")))
    system = _first(agent, (*systems, *more))
    return f"{name} on {system}" if name and system else name or system or "Another program"


def _first(agent: str, names: Iterable[tuple[str, str]]) -> str:
    return next((name for mark, name in names if mark in agent), "")


def _time(seconds: Any) -> datetime | None:
    if not isinstance(seconds, int | float):
        return None
    return datetime.fromtimestamp(seconds, tz=timezone.get_default_timezone())
