"""Views of a list that people keep for themselves: saved, renamed, removed. Nobody sees another's."""

from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.models import SavedView
from ratel.problem import Conflict, Forbidden, Invalid, NotFound, Problem
from ratel.tenancy import tenant
from teams.principal import Principal

LONGEST_NAME: Final = 40
LONGEST_QUERY: Final = 1_000
# So that the chips of one person fit on a page.
MOST_VIEWS: Final = 12


def view_save(*, caller: Principal, section: str, name: str, query: str) -> SavedView:
    """A view under this name; one that has the name already is replaced. Raises Conflict where there are too many."""
    person_id, name = _person(caller), _named(name)
    if len(query) > LONGEST_QUERY:
        raise Invalid(errors=[Problem("query", f"must have at most {LONGEST_QUERY} characters")])
    mine: dict[str, Any] = {"team_id": caller.team.id, "person_id": person_id, "section": section}
    with tenant(caller.team.organisation_id, [caller.team.id]):
        if SavedView.objects.filter(**mine).exclude(name=name).count() >= MOST_VIEWS:
            raise Conflict(f"You have {MOST_VIEWS} views already: remove one first", extra={"allowed": []})
        view, _ = SavedView.objects.update_or_create(
            **mine,
            name=name,
            defaults={
                "organisation_id": caller.team.organisation_id,
                "query": query,
                "created_at": timezone.now(),
            },
        )
        return view


def view_rename(*, caller: Principal, view_id: UUID | None, name: str) -> SavedView:
    """Raises Conflict where another view of the person has the name."""
    name = _named(name)
    with tenant(caller.team.organisation_id, [caller.team.id]):
        view = _own(caller, view_id)
        view.name = name
        try:
            with transaction.atomic():
                view.save(update_fields=["name"])
        except IntegrityError:
            raise Conflict(f"You have a view called {name} already", extra={"allowed": []}) from None
        return view


def view_delete(*, caller: Principal, view_id: UUID | None) -> SavedView:
    with tenant(caller.team.organisation_id, [caller.team.id]):
        view = _own(caller, view_id)
        SavedView.objects.filter(id=view.id).delete()
        return view


def _own(caller: Principal, view_id: UUID | None) -> SavedView:
    view = (
        SavedView.objects.filter(team_id=caller.team.id, person_id=_person(caller), id=view_id).first()
        if view_id
        else None
    )
    if view is None:
        raise NotFound
    return view


def _person(caller: Principal) -> UUID:
    if caller.person_id is None:
        raise Forbidden("Views belong to people")
    return caller.person_id


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or "\x00" in name:
        raise Invalid(
            "A view needs a name", errors=[Problem("name", f"must have 1 to {LONGEST_NAME} characters")]
        )
    return name
