"""Which second factors a person has, whether a team of theirs asks for one, and how they are added and removed.

Each change is one entry of the audit trail; it names kinds, never a secret.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ratel.problem import Conflict, NotFound
from ratel.tenancy import tenant
from teams.audit.people import note_person
from teams.authentication import memberships_of
from teams.models import Membership, Passkey, Person, RecoveryCode, Team, TimeCode
from teams.roles import Role
from teams.second_factors import passkeys, recovery_codes, time_codes

# Who decides over others: asked first where a team begins with second factors.
LEADS = frozenset({Role.ADMIN, Role.OFFICER})


@dataclass(frozen=True)
class KeptPasskey:
    id: UUID
    name: str
    added_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class Kept:
    """A person's second factors as their own page and an administrator's show them."""

    time_code_since: datetime | None
    time_code_used_at: datetime | None
    passkeys: tuple[KeptPasskey, ...]
    recovery_codes_left: int

    @property
    def count(self) -> int:
        return len(self.passkeys) + (1 if self.time_code_since else 0)


def kept_of(person: Person) -> Kept:
    with tenant(person.organisation_id):
        app = TimeCode.objects.filter(person=person).first()
        keys = tuple(
            KeptPasskey(one.id, one.name, one.created_at, one.last_used_at)
            for one in Passkey.objects.filter(person=person).order_by("id")
        )
        left = RecoveryCode.objects.filter(person=person, used_at=None).count()
    return Kept(app.created_at if app else None, app.last_used_at if app else None, keys, left)


def is_asked_of(memberships: Iterable[Membership]) -> str | None:
    """The name of a team that asks it of somebody with these roles, None where none does."""
    for one in memberships:
        if _asks(one.team, Role(one.role)):
            return one.team.name
    return None


def asking_team_of(person: Person) -> str | None:
    return is_asked_of(memberships_of(person))


def _asks(team: Team, role: Role) -> bool:
    wanted = team.requires_second_factor
    return wanted == Team.SecondFactor.EVERYBODY or (wanted == Team.SecondFactor.LEADS and role in LEADS)


def without_any(person_ids: Iterable[UUID]) -> list[Person]:
    """Of these people those who have no second factor; inside `tenant(...)`."""
    people = list(person_ids)
    proven = {*TimeCode.objects.filter(person_id__in=people).values_list("person_id", flat=True)}
    proven |= {*Passkey.objects.filter(person_id__in=people).values_list("person_id", flat=True)}
    return list(Person.objects.filter(id__in=set(people) - proven))


def add_time_code(*, person: Person, secret: str, code: str, address: str) -> list[str]:
    """Recovery codes to show once, where this is the person's first factor; else none."""
    return _added(person, "time_code", address, lambda: time_codes.add(person, secret, code))


def add_passkey(
    *, person: Person, site: passkeys.Site, challenge: bytes, answer: str, name: str, address: str
) -> list[str]:
    """As `add_time_code`, for a device that has signed the challenge."""
    return _added(person, "passkey", address, lambda: passkeys.add(person, site, challenge, answer, name))


def _added(person: Person, kind: str, address: str, add: Callable[[], Any]) -> list[str]:
    with tenant(person.organisation_id):
        add()
        note_person(person, address, "person.second_factor_added", {"kind": kind})
        if RecoveryCode.objects.filter(person=person).exists():
            return []
        return recovery_codes.make(person)


def renew_recovery_codes(*, person: Person, address: str) -> list[str]:
    with tenant(person.organisation_id):
        note_person(person, address, "person.recovery_codes_made")
        return recovery_codes.make(person)


def remove_time_code(*, person: Person, address: str) -> None:
    _remove(person, "time_code", address, lambda: TimeCode.objects.filter(person=person))


def remove_passkey(*, person: Person, passkey_id: UUID | None, address: str) -> None:
    _remove(
        person,
        "passkey",
        address,
        lambda: Passkey.objects.filter(person=person, id=passkey_id or UUID(int=0)),
    )


def _remove(person: Person, kind: str, address: str, found: Callable[[], Any]) -> None:
    """Raises NotFound, or Conflict where it is the last one and a team asks for one."""
    asking = asking_team_of(person)
    with tenant(person.organisation_id):
        # Two removals at once must not both see the other's factor.
        Person.objects.select_for_update().get(id=person.id)
        removed, _ = found().delete()
        if not removed:
            raise NotFound("There is no such second factor")
        if not without_any([person.id]):
            pass
        elif asking:
            raise Conflict(f"{asking} asks for a second factor: add another before you remove the last")
        else:
            RecoveryCode.objects.filter(person=person).delete()
        note_person(person, address, "person.second_factor_removed", {"kind": kind})


def forget_all(person: Person) -> int:
    """Removes every factor and recovery code, for somebody who lost them; inside `tenant(...)`."""
    removed = sum(model.objects.filter(person=person).delete()[0] for model in (TimeCode, Passkey))
    RecoveryCode.objects.filter(person=person).delete()
    return removed
