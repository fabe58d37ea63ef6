"""Tokens for a person's programs: given for e-mail and password, good for a few hours, ended with the person.

Whoever holds one acts as the person, in a team that they name and hold a role in, and is limited and counted there as a
key is. The text is shown once.
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
from teams.limits import admission
from teams.limits.bucket import Bucket, buckets_of
from teams.limits.tiers import Limit, token_limit
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


def caller_in(request: HttpRequest, product_code: str) -> Principal:
    """The person behind the request's token, acting in the team of that product code, and counted as a caller there.

    Raises Unauthenticated, NotFound, TooManyRequests, or Forbidden without a role that decides.
    """
    person = person_of(request)
    request.caller = f"person:{person.id}"  # type: ignore[attr-defined]
    team = _team_of(person, product_code)
    principal = Principal(
        kind="person",
        id=person.id,
        team=facts_of(team),
        scopes=frozenset({"evaluate"}),
        person_id=person.id,
        address=client_address(request),
        buckets=_buckets(person, team),
    )
    # As with a key, a call that lacks the right to be answered counts too.
    admission.admit(principal, request)
    held = [one for one in memberships_of(person) if one.team_id == team.id and Role(one.role) in TOKEN_ROLES]
    if not held:
        raise Forbidden("Your role in this product may not do that")
    return principal


def _team_of(person: Person, product_code: str) -> Team:
    with tenant(person.organisation_id):
        teams = Team.objects.select_related("organisation")
        team = teams.filter(organisation_id=person.organisation_id, product_code=product_code).first()
    if team is None:
        raise NotFound("There is no such product")
    return team


def _buckets(person: Person, team: Team) -> tuple[Bucket, ...]:
    """The person's own in this team, however many tokens they hold, and the organisation's."""
    organisation = team.organisation
    per_minute, burst = organisation.ceiling_per_minute, organisation.ceiling_burst
    ceiling = Limit(per_minute, burst) if per_minute is not None and burst is not None else None
    limit = token_limit(settings.RATEL_TOKEN_TIER, is_sandbox=team.sandbox_of_id is not None)
    return buckets_of(organisation.id, f"{person.id}:{team.id}", limit, ceiling, name="person")
