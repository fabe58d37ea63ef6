"""People of a team on behalf of its administrators: inviting, roles, leaving, lost devices, links to set a password.

Nobody raises themselves: nobody changes their own role, leaves by their own hand or resets their own second factor
here. A team keeps an administrator. What touches a person as a whole (their password, their second factor, whether they
may sign in) is only for who administers every team that the person works in.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from ratel.problem import Conflict, Forbidden, Invalid, NotFound, Problem
from ratel.tenancy import tenant
from teams import audit, password_links, sessions
from teams.models import Membership, Person, Team
from teams.password_links import LINK_LASTS
from teams.principal import Principal
from teams.roles import Role
from teams.second_factors import kept

LONGEST_NAME: Final = 200
LONGEST_EMAIL: Final = 254
MOST_PEOPLE: Final = 500
# With both somebody could sign in as the person.
_BOTH: Final = (
    "Within a day nobody both takes a person's second factor away and makes a link for their password:"
    " ask another administrator"
)


@dataclass(frozen=True)
class Invited:
    """Somebody new, or new in the team. `token` is for setting a password, where they have none yet."""

    person: Person
    token: str | None

    def __repr__(self) -> str:
        return f"Invited({self.person.id})"


def invite(*, caller: Principal, email: str, name: str, role: str) -> Invited:
    """Gives somebody a role in the caller's team; whoever the organisation does not know yet is made a person of it."""
    email, name = email.strip().lower(), name.strip()
    given = _checked(email, name, role)
    with tenant(caller.team.organisation_id, [caller.team.id]):
        _lock_people(caller)
        if Membership.objects.filter(team_id=caller.team.id).count() >= MOST_PEOPLE:
            raise Conflict(f"A team has at most {MOST_PEOPLE} people")
        person = Person.objects.filter(email=email).first()
        is_new = person is None
        if person is None:
            person = _new_person(caller, email, name)
        elif Membership.objects.filter(person=person, team_id=caller.team.id).exists():
            raise Conflict("This person works in the team already")
        elif not person.is_active:
            raise Conflict(
                "This person has left the organisation; bring them back in the team where they were"
            )
        Membership.objects.create(
            organisation_id=caller.team.organisation_id, person=person, team_id=caller.team.id, role=given
        )
        _note(
            caller, "person.created" if is_new else "person.role_given", person, after={"role": given.value}
        )
        _end_unproven(caller, [person.id])
        return Invited(person, password_links.make(person, by=caller.person_id) if is_new else None)


def change_role(*, caller: Principal, person_id: UUID | None, role: str, seen_role: str = "") -> Person:
    """Takes effect with the person's next click. Raises Conflict where it would leave no administrator, or where the
    role is not any more what the caller saw."""
    wanted = _role(role)
    with tenant(caller.team.organisation_id, [caller.team.id]):
        membership = _membership(caller, person_id)
        _refuse_oneself(caller, membership, "Nobody changes their own role: ask another administrator")
        before = membership.role
        if seen_role and seen_role != before:
            raise Conflict(f"The role has been changed to {before} meanwhile")
        if before == wanted:
            return membership.person
        _keep_an_administrator(caller, membership)
        membership.role = wanted
        membership.save(update_fields=["role"])
        _note(
            caller,
            "person.role_changed",
            membership.person,
            before={"role": before},
            after={"role": wanted.value},
        )
        _end_unproven(caller, [membership.person_id])
        return membership.person


def leave_team(*, caller: Principal, person_id: UUID | None) -> Person:
    """Takes the person's role in this team away; what they did stays."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        membership = _membership(caller, person_id)
        _refuse_oneself(caller, membership, "Nobody takes their own role away: ask another administrator")
        _keep_an_administrator(caller, membership)
        membership.delete()
        _note(caller, "person.role_taken", membership.person, before={"role": membership.role})
        return membership.person


def deactivate(*, caller: Principal, person_id: UUID | None) -> Person:
    """The person cannot sign in any more, anywhere, and is signed out at once."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        membership = _membership(caller, person_id)
        _refuse_oneself(caller, membership, "Nobody deactivates themselves: ask another administrator")
        _require_all_teams(caller, membership.person)
        _keep_an_administrator(caller, membership)
        person = membership.person
        if person.is_active:
            person.is_active = False
            person.save(update_fields=["is_active"])
            ended = sessions.end_all_of(person)
            password_links.end_all_of(person)
            _note(caller, "person.deactivated", person, after={"endedSessions": ended})
        return person


def reactivate(*, caller: Principal, person_id: UUID | None) -> Person:
    with tenant(caller.team.organisation_id, [caller.team.id]):
        person = _membership(caller, person_id).person
        _require_all_teams(caller, person)
        if not person.is_active:
            person.is_active = True
            person.save(update_fields=["is_active"])
            _note(caller, "person.reactivated", person)
        return person


def reset_second_factor(*, caller: Principal, person_id: UUID | None) -> Person:
    """Forgets every second factor of somebody who lost theirs, and signs them out."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        membership = _membership(caller, person_id)
        _refuse_oneself(caller, membership, "Your own second factor is changed on your own page")
        person = membership.person
        _require_all_teams(caller, person)
        if password_links.made_lately(person, by=caller.id):
            raise Conflict(_BOTH)
        if not kept.forget_all(person):
            raise Conflict("This person has no second factor")
        person.factor_reset_at, person.factor_reset_by = timezone.now(), caller.id
        person.save(update_fields=["factor_reset_at", "factor_reset_by"])
        ended = sessions.end_all_of(person)
        _note(caller, "person.second_factor_reset", person, after={"endedSessions": ended})
        return person


def make_password_link(*, caller: Principal, person_id: UUID | None) -> Invited:
    """A link with which the person sets a new password within a day; earlier ones end."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        membership = _membership(caller, person_id)
        _refuse_oneself(caller, membership, "Your own password is changed on your own page")
        person = membership.person
        _require_all_teams(caller, person)
        if not person.is_active:
            raise Conflict("This person has left; bring them back first")
        reset_at = person.factor_reset_at
        if reset_at and person.factor_reset_by == caller.id and timezone.now() - reset_at < LINK_LASTS:
            raise Conflict(_BOTH)
        token = password_links.make(person, by=caller.person_id)
        _note(caller, "person.password_link_made", person)
        return Invited(person, token)


def change_second_factor_rule(*, caller: Principal, wanted: str) -> None:
    """Of whom the team asks a second factor. Whoever has none then is signed out and sets one up at the next sign-in."""
    if wanted not in Team.SecondFactor.values:
        raise Invalid(errors=[Problem("requires_second_factor", "is not one of the choices")])
    with tenant(caller.team.organisation_id, [caller.team.id]):
        team = Team.objects.select_for_update().get(id=caller.team.id)
        before = team.requires_second_factor
        if before == wanted:
            return
        if wanted != Team.SecondFactor.NOBODY and kept.without_any([caller.id]):
            raise Conflict("Set up your own second factor first, so that you are not shut out")
        team.requires_second_factor = wanted
        team.save(update_fields=["requires_second_factor"])
        audit.note(
            caller=caller,
            action="team.second_factor_changed",
            subject=("team", str(team.id)),
            before={"requires": before},
            after={"requires": wanted},
        )
        people = Membership.objects.filter(team=team).values_list("person_id", flat=True)
        _end_unproven(caller, list(people))


def _new_person(caller: Principal, email: str, name: str) -> Person:
    person = Person(organisation_id=caller.team.organisation_id, email=email, name=name)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError:
        # Another organisation's: no more may be told than that it cannot be used here.
        raise Conflict("This e-mail cannot be invited") from None
    return person


def _checked(email: str, name: str, role: str) -> Role:
    problems = []
    try:
        validate_email(email)
    except ValidationError:
        problems.append(Problem("email", "is not an e-mail address"))
    if len(email) > LONGEST_EMAIL:
        problems.append(Problem("email", f"must have at most {LONGEST_EMAIL} characters"))
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        problems.append(Problem("name", f"must have 1 to {LONGEST_NAME} characters"))
    if role not in list(Role):
        problems.append(Problem("role", "is not one of the roles"))
    if problems:
        raise Invalid(errors=problems)
    return Role(role)


def _role(role: str) -> Role:
    if role not in list(Role):
        raise Invalid(errors=[Problem("role", "is not one of the roles")])
    return Role(role)


def _lock_people(caller: Principal) -> None:
    """Nobody else changes who works in the team until the transaction ends."""
    Team.objects.select_for_update().get(id=caller.team.id)


def _membership(caller: Principal, person_id: UUID | None) -> Membership:
    _lock_people(caller)
    found = Membership.objects.select_related("person").filter(team_id=caller.team.id)
    membership = found.filter(person_id=person_id).first() if person_id else None
    if membership is None:
        raise NotFound("There is no such person in this team")
    return membership


def _refuse_oneself(caller: Principal, membership: Membership, words: str) -> None:
    if membership.person_id in {caller.id, caller.person_id}:
        raise Conflict(words)


def _keep_an_administrator(caller: Principal, membership: Membership) -> None:
    if membership.role != Role.ADMIN:
        return
    others = Membership.objects.filter(team_id=caller.team.id, role=Role.ADMIN, person__is_active=True)
    if not others.exclude(id=membership.id).exists():
        raise Conflict("The team would have no administrator: make somebody else one first")


def _require_all_teams(caller: Principal, person: Person) -> None:
    theirs = set(Membership.objects.filter(person=person).values_list("team_id", flat=True))
    mine = set(
        Membership.objects.filter(person_id=caller.id, role=Role.ADMIN).values_list("team_id", flat=True)
    )
    if theirs - mine:
        raise Forbidden("This person also works in a team that you do not administer")


def _end_unproven(caller: Principal, person_ids: list[UUID]) -> None:
    """Signs out whoever has no second factor and is asked for one now."""
    short = {person.id: person for person in kept.without_any(person_ids)}
    held = Membership.objects.filter(person_id__in=short).select_related("team")
    asked = {one.person_id for one in held if kept.is_asked_of([one])}
    for person_id in asked:
        sessions.end_all_of(short[person_id])


def _note(caller: Principal, action: str, person: Person, **changed: Any) -> None:
    audit.note(caller=caller, action=action, subject=("person", str(person.id)), **changed)
