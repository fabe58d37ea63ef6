"""Finds lists, their entries and what differs between generations, for the API and the desk.

Reads only; call inside `tenant(...)`. What belongs to somebody else is not there: NotFound, whichever it is.
"""

from typing import Any, Final, get_args
from uuid import UUID

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from ratel.problem import Invalid, NotFound, Problem
from screening.models import Watchlist, WatchlistEntry, WatchlistGeneration
from screening.models.lists import MANUAL
from screening.names.entity import ListKind
from screening.watchlists.differences import Revisions
from screening.watchlists.shown import visible_lists
from teams.principal import TeamFacts

KINDS: Final[dict[str, ListKind]] = {kind: kind for kind in get_args(ListKind)}
LONGEST_LIST_NAME: Final = 200


def lists_of(team: TeamFacts) -> "QuerySet[Watchlist]":
    """The lists that a team may look into; the sandbox sees public ones only."""
    found: QuerySet[Watchlist] = visible_lists()
    return found.filter(organisation_id=None) if team.is_sandbox else found


def find_list(team: TeamFacts, watchlist_id: UUID | None) -> Watchlist:
    """One of them; raises NotFound."""
    found = lists_of(team).filter(id=watchlist_id).first() if watchlist_id else None
    if found is None:
        raise NotFound
    return found


def entries_in_force(watchlist: Watchlist) -> "QuerySet[Any]":
    """The list's rows, the newest first, each with its plain document as text in `plain`.

    A row that ends with a revision that is only being staged is still in the list.
    """
    return (
        WatchlistEntry.objects.filter(watchlist_id=watchlist.id, revision_from__lte=watchlist.revision)
        .filter(Q(revision_until=None) | Q(revision_until__gt=watchlist.revision))
        .annotate(plain=Cast("document", TextField()))
        .defer("document")
        .order_by("-id")
    )


def kind_of(watchlist: Watchlist) -> ListKind:
    """Of what kind entries are that are added; only manual lists take any, and those have one kind."""
    return KINDS.get(watchlist.category, "internal")


def revisions_between(watchlist: Watchlist, before: str | None, after: str | None) -> Revisions | None:
    """The list's revisions in two generations, by default the one in force and the one before it.

    None where there is no generation yet; raises NotFound for a name that is none, Invalid for two in the wrong order.
    """
    generations = WatchlistGeneration.objects.filter(organisation_id=watchlist.organisation_id)
    later = generations.filter(name=after).first() if after else generations.filter(is_current=True).first()
    if later is None:
        if after is None:
            return None
        raise NotFound
    earlier_name = before or later.previous
    earlier = generations.filter(name=earlier_name).first() if earlier_name else None
    if before is not None and earlier is None:
        raise NotFound
    first = earlier.lists.get(watchlist.code, {}).get("revision", 0) if earlier else 0
    last = later.lists.get(watchlist.code, {}).get("revision", 0)
    if first > last:
        raise Invalid(errors=[Problem("from", "must be an older generation than to")])
    return Revisions(watchlist.id, watchlist.code, first, last)


def new_list_problems(name: Any, category: Any, source: Any = MANUAL) -> list[Problem]:
    """What is wrong with the fields of a new private list."""
    problems: list[Problem] = []
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_LIST_NAME or "\x00" in name:
        problems.append(Problem("name", f"must be text of 1 to {LONGEST_LIST_NAME} characters"))
    if str(category) not in KINDS:
        problems.append(Problem("category", f"must be one of {', '.join(KINDS)}"))
    if source != MANUAL:
        problems.append(Problem("source", "must be manual: entries are added with /entries"))
    return problems
