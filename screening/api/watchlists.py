"""`/api/watchlists`: the lists that names are screened against, an organisation's own, and what generations changed."""

from typing import Any
from uuid import UUID

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
from screening.models.lists import MANUAL
from screening.names.entity import ListKind
from screening.services import watchlists as services
from screening.services.watchlist_entries import read_entries
from screening.watchlists.lookup import (
    KINDS,
    entries_in_force,
    find_list,
    kind_of,
    new_list_problems,
    revisions_between,
)
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


class WatchlistsView(Resource):
    scopes = {"GET": "read", "POST": "write"}

    @documents.list_watchlists
    def get(self, request: Request) -> Response:
        query = Query(request._request, "category")
        category, page = query.choice("category", KINDS), query.page()
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
            watchlist = find_list(team, read(PREFIX, watchlist_id))
            found = entries_in_force(watchlist)
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
            watchlist = find_list(team, read(PREFIX, watchlist_id))
        problems = [Problem(name[:128], "is not a field here") for name in body if name != "entries"]
        entries = read_entries(body, problems, list_code=watchlist.code, kind=kind_of(watchlist))
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
            watchlist = find_list(team, read(PREFIX, watchlist_id))
            revisions = revisions_between(watchlist, *names)
            changes = change_page(revisions, page.after, page.limit + 1) if revisions else []
            shown, next_cursor = page.cut(changes, lambda change: change.row_id)
            return Response(listed([change_shown(change) for change in shown], next_cursor))


def _new_list(body: dict[str, Any]) -> tuple[str, ListKind]:
    name, category = body.get("name"), body.get("category")
    refuse(new_list_problems(name, category, body.get("source", MANUAL)))
    return str(name), KINDS[str(category)]


def _id(text: str) -> UUID:
    identifier = read(PREFIX, text)
    if identifier is None:
        raise NotFound
    return identifier


def _one(team: Any, watchlist_id: UUID | None) -> dict[str, Any]:
    with tenant(team.organisation_id, [team.id]):
        return lists_shown([find_list(team, watchlist_id)], timezone.now())[0]


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
