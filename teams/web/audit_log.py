"""The desk's page of the audit trail: who did what, to what, when and from where, before and after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

import orjson
from django.http import HttpResponse
from django.urls import NoReverseMatch

from ratel.identifiers import show
from ratel.pages import CURSOR
from ratel.problem import Problem
from ratel.statements import driver_connection
from teams.audit.browse import Entry, Reader, Wanted, find, find_all
from teams.models import Person
from teams.web.desk import Desk, as_csv, page, wants_csv
from teams.web.desk.filters import Filters

SEES_REPORTS: Final = "reports.read"
MOST_LOOKS_FOR_CSV: Final = 20
MOST_PEOPLE: Final = 200
NAMED_AT_ONCE: Final = 1_000
ACTORS: Final = {"system": "Ratel itself", "key": "any key", "person": "any person"}
_WHOSE: Final = (
    "SELECT id, name, 'person' FROM teams_person WHERE id = ANY(%(ids)s)"
    " UNION ALL SELECT id, name, 'key' FROM teams_apikey WHERE id = ANY(%(ids)s)"
    " UNION ALL SELECT id, name, 'team' FROM teams_team WHERE id = ANY(%(ids)s)"
)
# Which page shows what an entry is about, by the kind of its subject; somebody may not have made it yet.
_PAGES: Final = {
    "alert": "alert",
    "case": "case",
    "customer": "customer",
    "report": "report",
    "rule": "rule",
    "watchlist": "watchlist",
    "screening": "screening",
    "batch": "batch",
    "webhook_endpoint": "webhook",
    "webhook_delivery": "webhook-delivery",
}
_HEADER: Final = (
    *("at", "actor kind", "actor", "address", "action", "subject kind", "subject", "before", "after"),
    *("link", "entry"),
)


@dataclass(frozen=True)
class Difference:
    """One field of an entry; `before` or `after` is empty where only one side names it."""

    field: str
    before: str
    after: str

    @property
    def is_same(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True)
class EntryRow:
    """An entry as the page shows it: who by name, and where its subject is shown."""

    entry: Entry
    who: str
    url: str
    about: str = ""

    @property
    def id(self) -> str:
        return show("aud", self.entry.id)

    @property
    def differences(self) -> list[Difference]:
        before, after = self.entry.before or {}, self.entry.after or {}
        fields = [*before, *(name for name in after if name not in before)]
        return [Difference(field, _text(before, field), _text(after, field)) for field in fields]

    def cells(self) -> list[Any]:
        one = self.entry
        return [
            *(one.at, one.actor_kind, self.who, one.address, one.action, one.subject_kind, one.subject_id),
            *(_json(one.before), _json(one.after), one.height, self.id),
        ]


@page(section="audit", needs="audit.read")
def audit(desk: Desk) -> HttpResponse:
    query = Filters(desk.request, "who", "action", "subject", "address", "from", "to")
    wanted, paging = _wanted(query), query.page()
    query.finish()
    reader = Reader(desk.team.organisation_id, desk.team.id, desk.may(SEES_REPORTS))
    if wants_csv(desk.request):
        entries = find_all(reader, wanted, most_looks=MOST_LOOKS_FOR_CSV)
        return as_csv(desk, "audit", _HEADER, _cells(desk, entries))
    found = find(reader, wanted, paging.after, paging.limit)
    context = {
        "rows": _rows(desk, found.entries),
        "found": found,
        "next_cursor": show(CURSOR, found.next_after) if found.next_after else None,
        "is_first_page": paging.after is None,
        "filters": query.shown,
        "people": _people(desk),
        "actors": ACTORS,
    }
    return desk.render("desk/audit/log.html", context)


def _wanted(query: Filters) -> Wanted:
    who, action = query.text("who"), query.text("action")
    kind, actor = None, None
    if who in ACTORS:
        kind = who
    elif who is not None:
        actor = _plain_id(who)
        if actor is None:
            query.problems.append(Problem("who", "must be a person, a key, or one of " + ", ".join(ACTORS)))
    return Wanted(
        actor_kind=kind,
        actor=actor,
        action=action,
        subject=query.text("subject"),
        address=query.text("address"),
        since=query.moment("from"),
        until=query.moment("to", is_end=True),
    )


def _rows(desk: Desk, entries: Sequence[Entry]) -> list[EntryRow]:
    about = {entry.id: _plain_id(entry.subject_id) for entry in entries}
    names = _names({one for one in (*about.values(), *(entry.actor_id for entry in entries)) if one})
    return [
        EntryRow(entry, _who(entry, names), _page_of(desk, entry), names.get(about[entry.id] or entry.id, ""))
        for entry in entries
    ]


def _cells(desk: Desk, entries: Iterator[Entry]) -> Iterator[list[Any]]:
    """Names are looked up once for many lines, and each only once."""
    names: dict[UUID, str] = {}
    while some := list(islice(entries, NAMED_AT_ONCE)):
        unknown = {entry.actor_id for entry in some if entry.actor_id} - names.keys()
        names |= {**dict.fromkeys(unknown, ""), **_names(unknown)}
        yield from (EntryRow(entry, _who(entry, names), "").cells() for entry in some)


def _names(ids: set[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    rows = driver_connection().execute(_WHOSE, {"ids": list(ids)}).fetchall()
    return {identifier: f"key {name}" if kind == "key" else name for identifier, name, kind in rows}


def _who(entry: Entry, names: Mapping[UUID, str]) -> str:
    if entry.actor_id is None:
        return "Ratel"
    return names.get(entry.actor_id) or f"a {entry.actor_kind} that is gone"


def _people(desk: Desk) -> list[tuple[str, str]]:
    people = Person.objects.filter(memberships__team_id=desk.team.id).order_by("name")
    return [(str(identifier), name) for identifier, name in people.values_list("id", "name")[:MOST_PEOPLE]]


def _page_of(desk: Desk, entry: Entry) -> str:
    name = _PAGES.get(entry.subject_kind)
    if name is None:
        return ""
    try:
        return desk.url(name, entry.subject_id)
    except NoReverseMatch:
        return ""


def _plain_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _text(document: Mapping[str, Any], field: str) -> str:
    if field not in document:
        return ""
    value = document[field]
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _json(document: Mapping[str, Any] | None) -> str:
    return orjson.dumps(document).decode() if document is not None else ""
