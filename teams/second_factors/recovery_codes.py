"""Ten codes for somebody whose device is lost: shown once, each good once, kept as keyed hashes only."""

import secrets
from typing import Final

from django.utils import timezone

from ratel.sealing import keyed_hash
from ratel.tenancy import tenant
from teams.models import Person, RecoveryCode

HOW_MANY: Final = 10
# Without letters and digits that are mistaken for each other; 16 of 31 are 79 bits.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH: Final = 16


def make(person: Person) -> list[str]:
    """New codes, which replace all earlier ones; inside `tenant(...)`."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(HOW_MANY)]
    RecoveryCode.objects.filter(person=person).delete()
    RecoveryCode.objects.bulk_create(
        [
            RecoveryCode(organisation_id=person.organisation_id, person=person, code_hash=_hash(person, code))
            for code in codes
        ]
    )
    return ["-".join(code[at : at + 4] for at in range(0, _LENGTH, 4)) for code in codes]


def use(person: Person, text: str) -> bool:
    """Whether it is one of the person's codes that was not used yet; it is from now on."""
    code = text.replace("-", "").replace(" ", "").lower()
    if len(code) != _LENGTH:
        return False
    with tenant(person.organisation_id):
        found = RecoveryCode.objects.filter(person=person, code_hash=_hash(person, code), used_at=None)
        return found.update(used_at=timezone.now()) == 1


def _hash(person: Person, code: str) -> str:
    return keyed_hash(b"recovery code" + person.id.bytes + code.encode()).hex()
