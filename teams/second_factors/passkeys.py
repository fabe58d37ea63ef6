"""Passkeys (WebAuthn): a device signs a challenge of ours for exactly this site.

A challenge is good once. The site is the host that the browser asked for, which `RATEL_ALLOWED_HOSTS` has let through.
"""

import ipaddress
import json
from dataclasses import dataclass
from typing import Any, Final

import webauthn
from django.http import HttpRequest
from django.utils import timezone
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ratel.problem import Conflict, Invalid
from ratel.tenancy import tenant
from teams.models import Passkey, Person

MOST_PASSKEYS: Final = 10
LONGEST_ANSWER: Final = 16_000
LONGEST_NAME: Final = 60
# What the library raises for answers that are odd in ways it does not name.
_MISFITS: Final = (WebAuthnException, ValueError, TypeError, KeyError)


@dataclass(frozen=True)
class Site:
    """Who is asking for the signature, as browsers know it."""

    host: str
    origin: str


@dataclass(frozen=True)
class Challenge:
    """What the browser is given as JSON, and the bytes that it must sign."""

    options: str
    challenge: bytes


def site_of(request: HttpRequest) -> Site | None:
    """None where browsers keep no passkeys: under an address instead of a name."""
    host = request.get_host()
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return Site(name, f"{request.scheme}://{host}")
    return None


def ask_for_new(person: Person, site: Site) -> Challenge:
    """For adding a passkey; devices that already have one of the person's are left out."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="Ratel",
        user_id=person.id.bytes,
        user_name=person.email,
        user_display_name=person.name,
        exclude_credentials=_known(person),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return Challenge(webauthn.options_to_json(options), options.challenge)


def add(person: Person, site: Site, challenge: bytes, answer: str, name: str) -> Passkey:
    """Keeps the public key of a device that has signed the challenge; inside `tenant(...)`."""
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except _MISFITS:
        raise Invalid("The device's answer does not fit; try again") from None
    mine = Passkey.objects.filter(person=person)
    if mine.count() >= MOST_PASSKEYS:
        raise Conflict(f"At most {MOST_PASSKEYS} passkeys are kept; remove one first")
    if mine.filter(credential_id=made.credential_id).exists():
        raise Conflict("This passkey is known already")
    return Passkey.objects.create(
        organisation_id=person.organisation_id,
        person=person,
        name=name.strip()[:LONGEST_NAME] or "Passkey",
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
    )


def ask(person: Person, site: Site) -> Challenge | None:
    """For signing in; None where the person has no passkey."""
    known = _known(person)
    if not known:
        return None
    options = webauthn.generate_authentication_options(rp_id=site.host, allow_credentials=known)
    return Challenge(webauthn.options_to_json(options), options.challenge)


def is_right(person: Person, site: Site, challenge: bytes, answer: str) -> bool:
    """Whether one of the person's own passkeys signed this challenge for this site."""
    try:
        credential = _read(answer)
        named = webauthn.base64url_to_bytes(str(credential.get("rawId", "")))
    except (Invalid, ValueError):
        return False
    with tenant(person.organisation_id):
        stored = Passkey.objects.select_for_update().filter(person=person, credential_id=named).first()
        if stored is None:
            return False
        try:
            checked = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                credential_public_key=bytes(stored.public_key),
                credential_current_sign_count=stored.sign_count,
            )
        except _MISFITS:
            return False
        stored.sign_count, stored.last_used_at = checked.new_sign_count, timezone.now()
        stored.save(update_fields=["sign_count", "last_used_at"])
        return True


def _known(person: Person) -> list[PublicKeyCredentialDescriptor]:
    with tenant(person.organisation_id):
        ids = list(Passkey.objects.filter(person=person).values_list("credential_id", flat=True))
    return [PublicKeyCredentialDescriptor(id=bytes(one)) for one in ids]


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise Invalid("The device's answer is too long")
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid("The device gave no answer")
    return found
