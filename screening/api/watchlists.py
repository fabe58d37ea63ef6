"""`/api/watchlists`: the lists that names are screened against, an organisation's own, and what generations changed."""

from typing import Any, Final, get_args
from uuid import UUID

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read, show
from ratel.json import BATCH_BYTES, decode, read_body
from ratel.pages import Query, listed
from ratel.problem import Invalid, NotFound, Problem
from ratel.tenancy import tenant
from screening.api import watchlist_documents as documents
from screening.api.resource import Resource, object_in, refuse
from screening.models import Watchlist, WatchlistEntry, WatchlistGeneration
from screening.models.lists import MANUAL
from screening.names.entity import ListKind
from screening.services import watchlists as services
from screening.services.watchlist_entries import read_entries
from screening.watchlists.differences import Revisions
from screening.watchlists.notices import PREFIX
from screening.watchlists.shown import (
    ENTRY_PREFIX,
    change_page,
    change_shown,
    entry_shown,
    lists_shown,
    visible_lists,
)
from teams.audit import note

_KINDS: Final[dict[str, ListKind]] = {kind: kind for kind in get_args(ListKind)}


class WatchlistsView(Resource):
    scopes = {"GET": "read", "POST": "write"}

    @documents.list_watchlists
    def get(self, request: Request) -> Response:
        query = Query(request._request, "category")
        category, page = query.choice("category", _KINDS), query.page()
        query.finish()
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            found = visible_lists().order_by("-id")
            if category is not None:
                found = found.filter(category=category)
            if page.after is not None:
                found = found.filter(id__lt=page.after)
            shown, next_cursor = page.cut(list(found[: page.limit + 1]), lambda one: one.id)
            return Response(listed(lists_shown(shown, timezone.now()), next_cursor))

    @documents.create
    def post(self, request: Request) -> Response:
        name, category = _new_list(object_in(request, known={"name", "category", "source"}))
        watchlist = services.watchlist_create(caller=self.caller, name=name, category=category)
        return Response({"ok": True, "data": _one(self.caller.team, watchlist.id)}, status=201)


class WatchlistView(Resource):
    scopes = {"GET": "read", "DELETE": "write"}

    @documents.show
    def get(self, request: Request, watchlist_id: str) -> Response:
        return Response({"ok": True, "data": _one(self.caller.team, read(PREFIX, watchlist_id))})

    @documents.delete
    def delete(self, request: Request, watchlist_id: str) -> Response:
        services.watchlist_delete(caller=self.caller, watchlist_id=_id(watchlist_id))
        return Response({"ok": True, "data": {"id": watchlist_id, "deleted": True}})


class WatchlistEntriesView(Resource):
    scopes = {"GET": "read", "POST": "write"}

    @documents.list_entries
    def get(self, request: Request, watchlist_id: str) -> Response:
        query = Query(request._request, "reference")
        reference, page = query.text("reference"), query.page()
        query.finish()
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            watchlist = _find(team, read(PREFIX, watchlist_id))
            found = _in_force(watchlist)
            if reference is not None:
                found = found.filter(reference=reference)
            if page.after is not None:
                found = found.filter(id__lt=page.after)
            rows = list(found[: page.limit + 1])
            shown, next_cursor = page.cut(rows, lambda row: row.id)
            if watchlist.organisation_id is not None:
                # It shows personal data, as a look at an alert does.
                note(caller=self.caller, action="watchlist.viewed", subject=("watchlist", watchlist_id))
            return Response(listed([entry_shown(row, row.plain) for row in shown], next_cursor))

    @documents.add_entries
    def post(self, request: Request, watchlist_id: str) -> Response:
        body = _large_object_in(request)
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            watchlist = _find(team, read(PREFIX, watchlist_id))
        problems = [Problem(name[:128], "is not a field here") for name in body if name != "entries"]
        entries = read_entries(body, problems, list_code=watchlist.code, kind=_kind(watchlist))
        refuse(problems)
        changed = services.entries_add(caller=self.caller, watchlist_id=watchlist.id, entries=entries)
        return Response({"ok": True, "data": _changed(changed)}, status=201)


class WatchlistEntryView(Resource):
    scopes = {"DELETE": "write"}

    @documents.remove_entry
    def delete(self, request: Request, watchlist_id: str, entry_id: str) -> Response:
        changed = services.entry_remove(
            caller=self.caller, watchlist_id=_id(watchlist_id), key=read(ENTRY_PREFIX, entry_id)
        )
        return Response({"ok": True, "data": _changed(changed)})


class WatchlistRefreshView(Resource):
    scopes = {"POST": "write"}

    @documents.refresh
    def post(self, request: Request, watchlist_id: str) -> Response:
        object_in(request, known=(), may_be_empty=True)
        due_at = services.refresh_ask(caller=self.caller, watchlist_id=_id(watchlist_id))
        return Response({"ok": True, "data": {"id": watchlist_id, "dueAt": due_at}}, status=202)


class WatchlistDiffView(Resource):
    scopes = {"GET": "read"}

    @documents.diff
    def get(self, request: Request, watchlist_id: str) -> Response:
        query = Query(request._request, "from", "to")
        names, page = (query.text("from"), query.text("to")), query.page()
        query.finish()
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            watchlist = _find(team, read(PREFIX, watchlist_id))
            revisions = _revisions(watchlist, *names)
            changes = change_page(revisions, page.after, page.limit + 1) if revisions else []
            shown, next_cursor = page.cut(changes, lambda change: change.row_id)
            return Response(listed([change_shown(change) for change in shown], next_cursor))


def _new_list(body: dict[str, Any]) -> tuple[str, ListKind]:
    problems: list[Problem] = []
    name, category = body.get("name"), _KINDS.get(str(body.get("category")))
    longest = documents.LONGEST_LIST_NAME
    if not isinstance(name, str) or not name.strip() or len(name) > longest or "\x00" in name:
        problems.append(Problem("name", f"must be text of 1 to {longest} characters"))
    if category is None:
        problems.append(Problem("category", f"must be one of {', '.join(_KINDS)}"))
    if body.get("source", MANUAL) != MANUAL:
        problems.append(Problem("source", "must be manual: entries are added with /entries"))
    refuse(problems)
    return str(name), category or "internal"


def _revisions(watchlist: Watchlist, before: str | None, after: str | None) -> Revisions | None:
    """The list's revisions in two generations, by default the one in force and the one before it."""
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


def _id(text: str) -> UUID:
    identifier = read(PREFIX, text)
    if identifier is None:
        raise NotFound
    return identifier


def _find(team: Any, watchlist_id: UUID | None) -> Watchlist:
    """A list that the caller may look into; the sandbox sees public ones only."""
    found: Watchlist | None = visible_lists().filter(id=watchlist_id).first() if watchlist_id else None
    if found is None or (team.is_sandbox and found.organisation_id is not None):
        raise NotFound
    return found


def _in_force(watchlist: Watchlist) -> Any:
    """A row that ends with a revision that is only being staged is still in the list."""
    return (
        WatchlistEntry.objects.filter(watchlist_id=watchlist.id, revision_from__lte=watchlist.revision)
        .filter(Q(revision_until=None) | Q(revision_until__gt=watchlist.revision))
        .annotate(plain=Cast("document", TextField()))
        .defer("document")
        .order_by("-id")
    )


def _kind(watchlist: Watchlist) -> ListKind:
    """Of what kind entries are that are added; only manual lists take any, and those have one kind."""
    return _KINDS.get(watchlist.category, "internal")


def _one(team: Any, watchlist_id: UUID | None) -> dict[str, Any]:
    with tenant(team.organisation_id, [team.id]):
        return lists_shown([_find(team, watchlist_id)], timezone.now())[0]


def _changed(changed: services.Changed) -> dict[str, Any]:
    return {
        "generation": changed.generation,
        "entries": [
            {"id": show(ENTRY_PREFIX, one.id), "reference": one.reference, "outcome": one.outcome}
            for one in changed.entries
        ],
    }


def _large_object_in(request: Request) -> dict[str, Any]:
    """A thousand entries do not fit into the megabyte of a usual call."""
    document = decode(read_body(request._request, limit_bytes=BATCH_BYTES))
    if not isinstance(document, dict):
        raise Invalid(errors=[Problem("", "must be a JSON object")])
    return document
