"""Codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds). A code is taken once."""

import hmac
import time
from typing import Final

import pyotp
import segno
from django.utils import timezone

from ratel.identifiers import new_id
from ratel.problem import Conflict, Invalid, Problem
from ratel.sealing import seal, unseal
from ratel.tenancy import tenant
from teams.models import Person, TimeCode

STEP_SECONDS: Final = 30
# Clocks of telephones: a code is good in the step before and after its own, too.
_DRIFT_STEPS: Final = (0, -1, 1)
_ISSUER: Final = "Ratel"


def new_secret() -> str:
    """160 random bits in base 32."""
    return pyotp.random_base32()


def address_of(person: Person, secret: str) -> str:
    """The `otpauth://` address that an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=_ISSUER)


def picture_of(address: str) -> tuple[int, str]:
    """The QR code as its width in modules, with the quiet zone, and the path of an SVG that draws it."""
    quiet = 4
    code = segno.make_qr(address, error="m")
    path = "".join(
        f"M{x + quiet} {y + quiet}h1v1h-1z"
        for y, row in enumerate(code.matrix)
        for x, module in enumerate(row)
        if module
    )
    return len(code.matrix) + 2 * quiet, path


def add(person: Person, secret: str, code: str) -> None:
    """Keeps the app's secret once it has shown a right code; inside `tenant(...)`."""
    step = _step_of(secret, code, after=0)
    if step is None:
        raise Invalid(
            errors=[Problem("code", "is not what the app shows now; check that its clock is right")]
        )
    if TimeCode.objects.filter(person=person).exists():
        raise Conflict("There is an authenticator app already; remove it first")
    identifier = new_id()
    TimeCode.objects.create(
        id=identifier,
        organisation_id=person.organisation_id,
        person=person,
        sealed_secret=seal(secret.encode(), identifier.bytes),
        last_step=step,
    )


def is_right(person: Person, code: str) -> bool:
    """Whether the app shows this code now; a code that was taken before is wrong."""
    with tenant(person.organisation_id):
        stored = TimeCode.objects.filter(person=person).first()
        if stored is None:
            return False
        secret = unseal(bytes(stored.sealed_secret), stored.id.bytes).decode()
        step = _step_of(secret, code, after=stored.last_step)
        if step is None:
            return False
        # Of two requests with the same code only one moves the step.
        taken = TimeCode.objects.filter(id=stored.id, last_step__lt=step)
        return taken.update(last_step=step, last_used_at=timezone.now()) == 1


def _step_of(secret: str, code: str, *, after: int) -> int | None:
    digits, totp, now = code.replace(" ", ""), pyotp.TOTP(secret), int(time.time()) // STEP_SECONDS
    for drift in _DRIFT_STEPS:
        step = now + drift
        if step > after and hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            return step
    return None
