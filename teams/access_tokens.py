"""Tokens for a person's programs: given for e-mail and password, good for a few hours, ended with the person.

Whoever holds one acts as the person, in a team that they name and hold a role in. The text is shown once.
"""

import base64
import binascii
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone

from ratel.problem import Forbidden, NotFound, Unauthenticated
from ratel.requests import client_address
from ratel.sealing import keyed_hash
from ratel.tenancy import tenant, visible
from teams import audit, lockout
from teams.authentication import memberships_of
from teams.directory import facts_of
from teams.models import AccessToken, Person, Team
from teams.principal import Principal
from teams.roles import TOKEN_ROLES, Role

LONGEST_CREDENTIALS = 1_024


def sign_in(request: HttpRequest) -> Person:
    """The person behind `Authorization: Basic ...`; raises Unauthenticated, also after too many attempts."""
    email, password = _credentials(request.headers.get("Authorization", ""))
    address = client_address(request)
    if not lockout.attempt(email, address):
        raise Unauthenticated
    person = authenticate(request, username=email, password=password)
    if not isinstance(person, Person):
        raise Unauthenticated
    lockout.forgive(email, address)
    return person


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > LONGEST_CREDENTIALS:
        raise Unauthenticated
    try:
        email, found, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Unauthenticated from None
    if not found or "\x00" in email:
        raise Unauthenticated
    return email, password


def create_token(*, person: Person, address: str) -> UUID:
    """A new token of this person's; what has expired of theirs is removed."""
    token, now = uuid4(), timezone.now()
    with tenant(person.organisation_id):
        AccessToken.objects.filter(person=person, expires_at__lte=now).delete()
        stored = AccessToken.objects.create(
            organisation_id=person.organisation_id,
            person=person,
            token_hash=_hash(token),
            expires_at=now + timedelta(hours=settings.RATEL_TOKEN_HOURS),
        )
        audit.record(
            organisation_id=person.organisation_id,
            team_id=None,
            actor=audit.Actor("person", person.id, address),
            action="token.created",
            subject=("token", str(stored.id)),
        )
    return token


def person_of(request: HttpRequest) -> Person:
    """The person behind `Authorization: Token <uuid>`; raises Unauthenticated."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    try:
        token = UUID(text.strip()) if scheme.lower() == "token" and len(text) <= 64 else None
    except ValueError:
        token = None
    if token is None:
        raise Unauthenticated
    with visible("ratel.access_token", _hash(token)):
        stored = AccessToken.objects.filter(token_hash=_hash(token), expires_at__gt=timezone.now()).first()
    if stored is None:
        raise Unauthenticated
    with visible("ratel.person_id", str(stored.person_id)):
        person = Person.objects.filter(id=stored.person_id, is_active=True).first()
    if person is None:
        raise Unauthenticated
    return person


def _hash(token: UUID) -> str:
    return keyed_hash(token.bytes).hex()


def principal_in(person: Person, product_code: str, address: str) -> Principal:
    """The person acting in the team of that product code; raises NotFound, or Forbidden without a role that decides."""
    with tenant(person.organisation_id):
        team = Team.objects.filter(organisation_id=person.organisation_id, product_code=product_code).first()
    if team is None:
        raise NotFound("There is no such product")
    held = [one for one in memberships_of(person) if one.team_id == team.id and Role(one.role) in TOKEN_ROLES]
    if not held:
        raise Forbidden("Your role in this product may not do that")
    return Principal(
        kind="person",
        id=person.id,
        team=facts_of(team),
        scopes=frozenset({"evaluate"}),
        person_id=person.id,
        address=address,
    )
