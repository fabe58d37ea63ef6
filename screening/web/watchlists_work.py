"""What people do to lists at the desk: refresh one, make and delete private ones, add, import and remove entries."""

import base64
import binascii
from typing import Final
from uuid import UUID

from django.http import HttpResponse

from ratel.identifiers import read
from ratel.problem import Invalid, NotFound, Problem
from ratel.sealing import Unreadable, seal, unseal
from ratel.tenancy import tenant
from screening.models import Watchlist
from screening.services import watchlists as services
from screening.services.watchlist_entries import read_entries
from screening.services.watchlist_import import MOST_BYTES, ImportRead, entry_in_form, read_import
from screening.watchlists.lookup import KINDS, find_list, kind_of, new_list_problems
from screening.watchlists.notices import PREFIX
from screening.watchlists.shown import ENTRY_PREFIX
from teams.web.desk import Desk, action

# The file between preview and import: it names people, so it is kept nowhere but, sealed, in the page itself.
_IMPORT: Final = b"list import"


@action(section="watchlists", needs="write")
def watchlist_create(desk: Desk) -> HttpResponse:
    name, category = desk.request.POST.get("name", ""), desk.request.POST.get("category", "")
    problems = new_list_problems(name, category)
    if problems:
        raise Invalid("The list was not made", errors=problems)
    made = services.watchlist_create(caller=desk.caller, name=name.strip(), category=KINDS[category])
    desk.say(f"Made the list {made.name}; it is screened from its first entry on.")
    return desk.to("watchlist", made.code)


@action(section="watchlists", needs="write")
def watchlist_delete(desk: Desk, watchlist_id: str) -> HttpResponse:
    one = _list(desk, watchlist_id)
    services.watchlist_delete(caller=desk.caller, watchlist_id=one.id)
    desk.say(f"Deleted the list {one.name} with its {one.entry_count} entries.")
    return desk.to("watchlists")


@action(section="watchlists", needs="write")
def watchlist_refresh(desk: Desk, watchlist_id: str) -> HttpResponse:
    due_at = services.refresh_ask(caller=desk.caller, watchlist_id=_id(watchlist_id))
    desk.say(f"Its source will be read at {due_at:%H:%M:%S} UTC or within seconds after.")
    return desk.to("watchlist", watchlist_id)


@action(section="watchlists", needs="write")
def watchlist_entry_add(desk: Desk, watchlist_id: str) -> HttpResponse:
    one = _list(desk, watchlist_id)
    problems: list[Problem] = []
    body = {"entries": [entry_in_form(desk.request.POST.dict())]}
    entries = read_entries(body, problems, list_code=one.code, kind=kind_of(one))
    if problems:
        raise Invalid("The entry was not added", errors=_without_position(problems))
    changed = services.entries_add(caller=desk.caller, watchlist_id=one.id, entries=entries)
    desk.say(f"{_counted(changed)}; screened against within seconds.")
    return desk.to("watchlist", watchlist_id)


@action(section="watchlists", needs="write")
def watchlist_entry_remove(desk: Desk, watchlist_id: str, entry_id: str) -> HttpResponse:
    services.entry_remove(
        caller=desk.caller, watchlist_id=_id(watchlist_id), key=read(ENTRY_PREFIX, entry_id)
    )
    desk.say("Removed the entry; nobody is screened against it any more within seconds.")
    return desk.back("watchlist", watchlist_id)


@action(section="watchlists", needs="write")
def watchlist_import(desk: Desk, watchlist_id: str) -> HttpResponse:
    """Shows what a file would add and what is wrong with its other lines. Nothing is written."""
    one = _list(desk, watchlist_id)
    file = desk.request.FILES.get("file")
    if file is None:
        raise Invalid("Choose a CSV file to import")
    content = file.read(MOST_BYTES + 1)
    found = read_import(content, list_code=one.code, kind=kind_of(one))
    sealed = seal(content, _context(desk, one))
    context = {
        "one": one,
        "watchlist_id": watchlist_id,
        "found": found,
        "shown_good": found.good[:50],
        "shown_bad": found.bad[:100],
        "sealed": base64.b64encode(sealed).decode(),
    }
    return desk.render("desk/watchlists/import.html", context)


@action(section="watchlists", needs="write")
def watchlist_import_confirm(desk: Desk, watchlist_id: str) -> HttpResponse:
    """Adds the good lines of the file that was shown."""
    one = _list(desk, watchlist_id)
    found = _shown_before(desk, one)
    if not found.good:
        raise Invalid("No line of the file can be added")
    changed = services.entries_add(caller=desk.caller, watchlist_id=one.id, entries=found.entries)
    left_out = f" {len(found.bad)} lines were left out." if found.bad else ""
    desk.say(f"{_counted(changed)}; screened against within seconds.{left_out}")
    return desk.to("watchlist", watchlist_id)


def _shown_before(desk: Desk, one: Watchlist) -> ImportRead:
    try:
        sealed = base64.b64decode(desk.request.POST.get("sealed", ""), validate=True)
        content = unseal(sealed, _context(desk, one))
    except (Unreadable, binascii.Error):
        raise Invalid("The file must be chosen again") from None
    return read_import(content, list_code=one.code, kind=kind_of(one))


def _context(desk: Desk, one: Watchlist) -> bytes:
    """What was shown to one person for one list can be imported by them into that list only."""
    return _IMPORT + one.id.bytes + desk.person.id.bytes


def _counted(changed: services.Changed) -> str:
    counts = {
        word: sum(entry.outcome == word for entry in changed.entries)
        for word in ("added", "changed", "unchanged")
    }
    words = [f"{count} {word}" for word, count in counts.items() if count]
    return f"Of {len(changed.entries)} entries {', '.join(words)}"


def _without_position(problems: list[Problem]) -> list[Problem]:
    return [Problem(one.path.removeprefix("entries[0]."), one.message) for one in problems]


def _id(watchlist_id: str) -> UUID:
    identifier = read(PREFIX, watchlist_id)
    if identifier is None:
        raise NotFound
    return identifier


def _list(desk: Desk, watchlist_id: str) -> Watchlist:
    team = desk.caller.team
    with tenant(team.organisation_id, [team.id]):
        return find_list(team, _id(watchlist_id))
