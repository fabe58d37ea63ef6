"""Sign-in with e-mail and password. People are looked up before any organisation is known, by naming them.

A right password signs nobody in by itself: `teams/sessions.py` writes down who was, and with what.
"""

from typing import Any, Final
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from ratel.requests import client_address
from ratel.tenancy import tenant, visible
from teams import audit
from teams.models import Person

BACKEND: Final = "teams.sign_in.EmailBackend"


def person_by_id(identifier: UUID) -> Person | None:
    """The active person with that id, before any organisation is known."""
    with visible("ratel.person_id", str(identifier)):
        return Person.objects.filter(id=identifier, is_active=True).first()


def person_by_email(email: str) -> Person | None:
    """Whoever has that e-mail, active or not."""
    with visible("ratel.person_email", email.strip().lower()):
        return Person.objects.filter(email=email.strip().lower()).first()


class EmailBackend(BaseBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Person | None:
        """The active person with that e-mail and password; the same time is spent where there is none."""
        if not username or not password:
            return None
        person = person_by_email(username)
        if person is None:
            Person().set_password(password)
            return None
        is_right = person.is_active and person.check_password(password)
        if not is_right:
            self._record_refusal(person, request)
        return person if is_right else None

    def get_user(self, user_id: Any) -> Person | None:
        try:
            identifier = UUID(str(user_id))
        except ValueError:
            return None
        return person_by_id(identifier)

    def _record_refusal(self, person: Person, request: HttpRequest | None) -> None:
        with tenant(person.organisation_id):
            audit.record(
                organisation_id=person.organisation_id,
                team_id=None,
                actor=audit.Actor("person", person.id, client_address(request) if request else ""),
                action="person.sign_in_refused",
                subject=("person", str(person.id)),
            )
