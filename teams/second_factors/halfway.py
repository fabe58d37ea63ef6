"""Who has shown a password and not yet the rest: kept in the session for ten minutes, signed in to nothing.

Guesses at the rest are counted for the person, wherever they come from: whoever guesses here knows the password.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone

from ratel.requests import client_address
from ratel.tenancy import tenant
from teams import audit, lockout, sessions
from teams.models import Person
from teams.second_factors.kept import asking_team_of, kept_of
from teams.sign_in import BACKEND, person_by_id

_HALFWAY: Final = "ratel.halfway"
_LASTS: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Halfway:
    """`proof` is what was shown already; `must_add` names the team for which a factor must be set up first."""

    person: Person
    proof: str
    onwards: str
    must_add: str | None


def begin(request: HttpRequest, person: Person, *, proof: str, onwards: str) -> bool:
    """Keeps the person where something more is asked of them; False where nothing is."""
    has_factor = kept_of(person).count > 0
    if not has_factor and asking_team_of(person) is None:
        return False
    request.session.cycle_key()
    request.session[_HALFWAY] = {
        "person": str(person.id),
        "proof": proof,
        "onwards": onwards,
        "until": (timezone.now() + _LASTS).timestamp(),
        "stamp": person.get_session_auth_hash(),
    }
    return True


def of(request: HttpRequest) -> Halfway | None:
    """Whoever is half-way in this browser: still active, with the same password, for ten minutes."""
    kept: Any = request.session.get(_HALFWAY)
    if not isinstance(kept, dict) or kept["until"] < timezone.now().timestamp():
        return None
    person = person_by_id(UUID(kept["person"]))
    if person is None or person.get_session_auth_hash() != kept["stamp"]:
        return None
    must_add = None if kept_of(person).count else asking_team_of(person)
    return Halfway(person, kept["proof"], kept["onwards"], must_add)


def finish(request: HttpRequest, halfway: Halfway, *, proof: str) -> None:
    """Signs the person in, with everything shown that was asked for."""
    lockout.forgive(_counted(halfway.person), "")
    request.session.pop(_HALFWAY, None)
    sign_in(request, halfway.person, proof=f"{halfway.proof} and {proof}")


def sign_in(request: HttpRequest, person: Person, *, proof: str) -> None:
    request.session[sessions.PROOF] = proof
    login(request, person, backend=BACKEND)


def may_try(person: Person) -> bool:
    """Counts one guess at a second factor; False after too many, when nothing must even be looked at."""
    return lockout.attempt(_counted(person), "")


def note_refusal(request: HttpRequest, person: Person, *, tried: str) -> None:
    with tenant(person.organisation_id):
        audit.record(
            organisation_id=person.organisation_id,
            team_id=None,
            actor=audit.person(person.id, client_address(request)),
            action="person.second_factor_refused",
            subject=("person", str(person.id)),
            after={"tried": tried},
        )


def _counted(person: Person) -> str:
    return f"second factor of {person.id}"
