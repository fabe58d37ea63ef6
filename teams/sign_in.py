"""Sign-in with e-mail and password. People are looked up before any organisation is known, by naming them."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from ratel.requests import client_address
from ratel.tenancy import tenant, visible
from teams import audit
from teams.models import Person


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
        with visible("ratel.person_email", username.strip().lower()):
            person = Person.objects.filter(email=username.strip().lower()).first()
        if person is None:
            Person().set_password(password)
            return None
        is_right = person.is_active and person.check_password(password)
        self._record(person, request, succeeded=is_right)
        return person if is_right else None

    def get_user(self, user_id: Any) -> Person | None:
        try:
            identifier = UUID(str(user_id))
        except ValueError:
            return None
        with visible("ratel.person_id", str(identifier)):
            return Person.objects.filter(id=identifier, is_active=True).first()

    def _record(self, person: Person, request: HttpRequest | None, *, succeeded: bool) -> None:
        with tenant(person.organisation_id):
            audit.record(
                organisation_id=person.organisation_id,
                team_id=None,
                actor=audit.Actor("person", person.id, client_address(request) if request else ""),
                action="person.signed_in" if succeeded else "person.sign_in_refused",
                subject=("person", str(person.id)),
            )
