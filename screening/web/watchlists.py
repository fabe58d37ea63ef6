"""The desk's pages of lists: how fresh each is, what its last refresh changed, who is on it. They only read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone

from ratel.identifiers import read, show
from ratel.problem import NotFound
from screening.models import Watchlist
from screening.models.lists import MANUAL
from screening.services.watchlist_entries import ENTITY_TYPES, MOST_ENTRIES_A_CALL
from screening.watchlists.differences import Revisions
from screening.watchlists.lookup import KINDS, entries_in_force, find_list, lists_of, revisions_between
from screening.watchlists.named_changes import (
    ListChange,
    NamedChange,
    changes_of_list,
    generations_seen,
    named_changes,
)
from screening.watchlists.notices import PREFIX
from screening.watchlists.shown import entry_shown, lists_shown
from teams.audit import note
from teams.web.desk import Desk, as_csv, page, wants_csv
from teams.web.desk.filters import Filters

MOST_LISTS: Final = 200
CHANGES_SHOWN: Final = 12
ENTRIES_SHOWN: Final = 25
TONES: Final = {"fresh": "good", "aging": "medium", "old": "high", "empty": "high", "manual": "plain"}
_STALE: Final = frozenset({"aging", "old", "empty"})
_HEADER: Final = (
    *("list", "code", "kind", "private", "entries", "bad records", "freshness", "loaded at"),
    *("refreshed from", "next refresh", "added", "changed", "removed", "generation"),
)
# What an import reads, so that a list's entries can be taken to another one.
_ENTRY_HEADER: Final = (
    *("fullName", "aliases", "weakAliases", "entityType", "dateOfBirth", "countries", "nationalId"),
    *("reference", "reason", "addedBy"),
)


@dataclass(frozen=True)
class ListRow:
    """One list as the table shows it: what the API says of it, and the last generation that changed it."""

    shown: dict[str, Any]
    last: ListChange | None

    @property
    def id(self) -> str:
        return str(self.shown["id"])

    @property
    def tone(self) -> str:
        return TONES[self.shown["freshness"]]

    @property
    def is_stale(self) -> bool:
        return self.shown["freshness"] in _STALE

    @property
    def is_failing(self) -> bool:
        refresh = self.shown["refresh"]
        return bool(refresh and refresh["failuresInARow"])

    @property
    def cadence(self) -> timedelta | None:
        refresh = self.shown["refresh"]
        return timedelta(seconds=refresh["cadenceSeconds"]) if refresh else None

    @property
    def age(self) -> timedelta | None:
        seconds = self.shown["ageSeconds"]
        return timedelta(seconds=seconds) if seconds is not None else None

    def cells(self) -> list[Any]:
        one, refresh = self.shown, self.shown["refresh"] or {}
        counts = (self.last.added, self.last.changed, self.last.removed) if self.last else (None, None, None)
        return [
            *(one["name"], one["code"], one["category"], "yes" if one["isPrivate"] else "no"),
            *(one["entryCount"], one["badRecordCount"], one["freshness"], one["loadedAt"]),
            *(refresh.get("from"), refresh.get("dueAt"), *counts, one["generation"]),
        ]


@page(section="watchlists", needs="read")
def watchlists(desk: Desk) -> HttpResponse:
    query = Filters(desk.request, "category", "whose")
    category, whose = query.choice("category", KINDS), query.choice("whose", ("public", "private"))
    query.finish()
    found = lists_of(desk.caller.team).order_by("organisation_id", "name")
    found = found.filter(category=category) if category else found
    found = found.filter(organisation_id__isnull=whose == "public") if whose else found
    rows = _rows(desk, list(found[:MOST_LISTS]), timezone.now())
    if wants_csv(desk.request):
        return as_csv(desk, "watchlists", _HEADER, (row.cells() for row in rows))
    generations = generations_seen(desk.team.organisation_id)[:10]
    context = {
        "rows": rows,
        "stale": [row for row in rows if row.is_stale],
        "failing": [row for row in rows if row.is_failing],
        "loaded": [row for row in rows if row.shown["loadedAt"]],
        "entries": sum(row.shown["entryCount"] for row in rows),
        "generations": generations,
        "kinds": KINDS,
        "filters": query.shown,
        "is_sandbox": desk.caller.team.is_sandbox,
    }
    return desk.render("desk/watchlists/lists.html", context)


def _rows(desk: Desk, lists: Sequence[Watchlist], now: datetime) -> list[ListRow]:
    generations = generations_seen(desk.team.organisation_id)
    return [
        ListRow(shown, next(iter(changes_of_list(one, generations)), None))
        for one, shown in zip(lists, lists_shown(lists, now), strict=True)
    ]


@page(section="watchlists", needs="read")
def watchlist(desk: Desk, watchlist_id: str) -> HttpResponse:
    one = _list(desk, watchlist_id)
    query = Filters(desk.request, "reference")
    reference, paging = query.text("reference"), query.page()
    query.finish()
    found = entries_in_force(one)
    found = found.filter(reference=reference) if reference else found
    if one.organisation_id is not None:
        # Names of people whom the bank listed itself: a look at them is written down, as through the API.
        note(caller=desk.caller, action="watchlist.viewed", subject=("watchlist", watchlist_id))
    if wants_csv(desk.request):
        return as_csv(desk, "watchlist-entries", _ENTRY_HEADER, map(_entry_cells, found.iterator(1_000)))
    found = found.filter(id__lt=paging.after) if paging.after else found
    limit = min(paging.limit, ENTRIES_SHOWN)
    rows = list(found[: limit + 1])
    generations = changes_of_list(one, generations_seen(desk.team.organisation_id))
    changes = _changes(one, generations[0], CHANGES_SHOWN) if generations else []
    context = {
        "row": ListRow(lists_shown([one], timezone.now())[0], generations[0] if generations else None),
        "entries": [entry_shown(row, row.plain) for row in rows[:limit]],
        "next_cursor": show("cur", rows[limit - 1].id) if len(rows) > limit else None,
        "is_first_page": paging.after is None,
        "changes": changes,
        "generations": generations,
        "is_manual": one.organisation_id is not None and one.source_format == MANUAL,
        "filters": query.shown,
        "entity_types": ENTITY_TYPES,
        "most_entries": MOST_ENTRIES_A_CALL,
    }
    return desk.render("desk/watchlists/list.html", context)


def _entry_cells(row: Any) -> list[Any]:
    one = entry_shown(row, row.plain)
    several = (one["datesOfBirth"], one["countries"], one["identifiers"])
    return [
        *(one["fullName"], "; ".join(one["aliases"]), "; ".join(one["weakAliases"]), one["entityType"]),
        *("; ".join(values) for values in several),
        *(one["reference"], one["reason"], one["addedBy"]),
    ]


@page(section="watchlists", needs="read")
def watchlist_changes(desk: Desk, watchlist_id: str) -> HttpResponse:
    """Everything that differs between two generations, page by page; `?format=csv` for all of it."""
    one = _list(desk, watchlist_id)
    query = Filters(desk.request, "from", "to")
    before, after, paging = query.text("from"), query.text("to"), query.page()
    query.finish()
    revisions = revisions_between(one, before, after)
    if one.organisation_id is not None:
        note(caller=desk.caller, action="watchlist.viewed", subject=("watchlist", watchlist_id))
    if wants_csv(desk.request):
        rows = _all_changes(revisions)
        header = ("change", "reference", "name", "what changed")
        return as_csv(desk, "watchlist-changes", header, rows)
    found = named_changes(revisions, paging.after, paging.limit + 1) if revisions else []
    changes, next_cursor = paging.cut(found, lambda change: change.row_id)
    context = {
        "one": one,
        "watchlist_id": watchlist_id,
        "changes": changes,
        "next_cursor": next_cursor,
        "generations": changes_of_list(one, generations_seen(desk.team.organisation_id)),
        "filters": query.shown,
    }
    return desk.render("desk/watchlists/changes.html", context)


def _all_changes(revisions: Revisions | None) -> Any:
    after = None
    while revisions is not None:
        some = named_changes(revisions, after, 1_000)
        for one in some:
            yield one.change, one.reference, one.name, ", ".join(one.parts)
        if len(some) < 1_000:
            return
        after = some[-1].row_id


def _changes(one: Watchlist, change: ListChange, most: int) -> list[NamedChange]:
    """The entries that the list's newest revision changed; each generation raises it by one."""
    return named_changes(Revisions(one.id, one.code, one.revision - 1, one.revision), None, most)


def _list(desk: Desk, watchlist_id: str) -> Watchlist:
    identifier = read(PREFIX, watchlist_id)
    if identifier is None:
        raise NotFound
    return find_list(desk.caller.team, identifier)
