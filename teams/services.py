"""Making organisations, teams and people. Writes go through here; each is audited in its own transaction."""

import secrets
from collections.abc import Iterable

from ratel.identifiers import new_id
from ratel.tenancy import set_tenant
from teams import audit
from teams.models import Membership, Organisation, Person, Team
from teams.roles import Role


def create_organisation(*, name: str) -> Organisation:
    """A new organisation; call inside a transaction, which sees it from then on."""
    identifier = new_id()
    set_tenant(identifier, [])
    organisation = Organisation.objects.create(id=identifier, name=name)
    audit.record(
        organisation_id=identifier,
        team_id=None,
        actor=audit.system(),
        action="organisation.created",
        subject=("organisation", str(identifier)),
        after={"name": name},
    )
    return organisation


def create_team(
    *,
    organisation: Organisation,
    name: str,
    pack: str,
    currency: str,
    kind: str = Team.Kind.TRANSACTION_MONITORING,
    sandbox_of: Team | None = None,
    product_code: str | None = None,
) -> Team:
    """A new team, without rules or policy yet; call inside `tenant(organisation.id)`."""
    team = Team.objects.create(
        organisation=organisation,
        name=name,
        pack=pack,
        currency=currency,
        kind=kind,
        sandbox_of=sandbox_of,
        product_code=product_code,
    )
    audit.record(
        organisation_id=organisation.id,
        team_id=team.id,
        actor=audit.system(),
        action="team.created",
        subject=("team", str(team.id)),
        after={"name": name, "pack": pack, "currency": currency, "sandbox": sandbox_of is not None},
    )
    return team


def create_person(
    *, organisation: Organisation, email: str, name: str, password: str, roles: Iterable[tuple[Team, Role]]
) -> Person:
    """A person who can sign in, with their roles; call inside `tenant(organisation.id)`."""
    person = Person(organisation=organisation, email=email.strip().lower(), name=name)
    person.set_password(password)
    person.save(force_insert=True)
    given = list(roles)
    Membership.objects.bulk_create(
        [Membership(organisation=organisation, person=person, team=team, role=role) for team, role in given]
    )
    audit.record(
        organisation_id=organisation.id,
        team_id=None,
        actor=audit.system(),
        action="person.created",
        subject=("person", str(person.id)),
        after={"roles": {str(team.id): role.value for team, role in given}},
    )
    return person


def random_password() -> str:
    """18 random bytes as text, for a person who will change it."""
    return secrets.token_urlsafe(18)
