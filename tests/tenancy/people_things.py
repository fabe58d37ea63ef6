"""What people prove themselves with. No address of the API names any of it; the desk's are walked by tests/desk."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from ratel.identifiers import new_id
from ratel.sealing import seal
from teams import password_links
from teams.models import Passkey, PasswordLink, Person, RecoveryCode, SignIn, TimeCode
from teams.second_factors import recovery_codes
from tests.cast import Bank

BY_ID: dict[str, list[tuple[str, Any]]] = {}
LISTS: dict[str, tuple[str, ...]] = {}
MODELS: dict[str, Any] = {}


def plant(bank: Bank, pack: str) -> None:
    """Somebody who has one of everything, and no role."""
    with bank.seeing(pack):
        person = Person(organisation=bank.organisation, email=f"{new_id()}@example.com", name="Planted")
        person.set_unusable_password()
        person.save(force_insert=True)
        own = {"organisation_id": bank.id, "person": person}
        TimeCode.objects.create(sealed_secret=seal(b"secret", b"planted"), last_step=0, **own)
        Passkey.objects.create(
            name="Planted", credential_id=new_id().bytes, public_key=b"key", sign_count=0, **own
        )
        SignIn.objects.create(
            sealed_session_key=seal(b"key", b"planted"), proof="password", seen_at=timezone.now(), **own
        )
        recovery_codes.make(person)
        password_links.make(person, by=None)


def ids_of(bank: Bank, pack: str, parameter: str) -> list[str]:
    raise LookupError(parameter)


def own_id(bank: Bank, pack: str, parameter: str) -> str:
    raise LookupError(parameter)


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    yield from ()


def unknown(parameter: str) -> str:
    raise LookupError(parameter)


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`. Sign-ins are whatever the tests themselves did."""
    models = (TimeCode, Passkey, RecoveryCode, PasswordLink)
    return [row for model in models for row in model.objects.order_by("id").values()]


def role_for(route: str) -> str:
    raise LookupError(route)
