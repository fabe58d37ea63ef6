"""Passwords that people set: with a link that an administrator handed over, good once and for a day, or as they wish.

A link's text is shown to who makes it and kept as a keyed hash only. A new password ends every sign-in but this one.
"""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from ratel.identifiers import new_id
from ratel.requests import client_address
from ratel.sealing import keyed_hash
from ratel.tenancy import tenant, visible
from teams import sessions
from teams.audit.people import note_person
from teams.models import PasswordLink, Person

LINK_LASTS: Final = timedelta(hours=24)
_LONGEST_TOKEN: Final = 64


def make(person: Person, *, by: UUID | None) -> str:
    """A new link's token; earlier ones of the person end. Inside `tenant(...)`."""
    token = secrets.token_urlsafe(32)
    PasswordLink.objects.filter(person=person, used_at=None).delete()
    PasswordLink.objects.create(
        id=new_id(),
        organisation_id=person.organisation_id,
        person=person,
        token_hash=_hash(token),
        made_by_id=by,
        expires_at=timezone.now() + LINK_LASTS,
    )
    return token


def made_lately(person: Person, *, by: UUID) -> bool:
    """Whether that administrator made a link for the person within a day; inside `tenant(...)`."""
    return PasswordLink.objects.filter(_fresh(), person=person, made_by=by).exists()


def end_all_of(person: Person) -> None:
    """Inside `tenant(...)`."""
    PasswordLink.objects.filter(person=person).delete()


def person_of_link(token: str) -> Person | None:
    """Whose password a link sets; None where it is unknown, used or too old."""
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    with visible("ratel.password_link", _hash(token)):
        link = PasswordLink.objects.filter(_fresh(), token_hash=_hash(token), used_at=None).first()
    if link is None:
        return None
    with tenant(link.organisation_id):
        return Person.objects.filter(id=link.person_id, is_active=True).first()


def set_by_link(*, token: str, password: str, address: str) -> bool:
    """Sets the password and uses the link up; False where somebody did before."""
    person = person_of_link(token)
    if person is None:
        return False
    with tenant(person.organisation_id):
        now = timezone.now()
        link = PasswordLink.objects.filter(_fresh(), person=person, token_hash=_hash(token), used_at=None)
        if not link.update(used_at=now):
            return False
        person.set_password(password)
        person.save(update_fields=["password"])
        ended = sessions.end_all_of(person)
        note_person(person, address, "person.password_set", {"endedSessions": ended})
    return True


def set_own(*, request: HttpRequest, person: Person, password: str) -> None:
    """A new password; every other sign-in and every token of the person's ends."""
    with tenant(person.organisation_id):
        person.set_password(password)
        person.save(update_fields=["password"])
        ended = sessions.end_all_but_this(request, person)
        note_person(person, client_address(request), "person.password_changed", {"endedSessions": ended})


def _fresh() -> Q:
    return Q(expires_at__gt=timezone.now())


def _hash(token: str) -> str:
    return keyed_hash(b"password link" + token.encode()).hex()
