"""An organisation's private lists: making and deleting them, adding and removing entries; asking for a public refresh.

Every change is a new generation of the organisation's lists, written with its events and its audit entry in one
transaction and in effect within seconds. Names of private entries never reach the audit trail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from ratel.identifiers import new_id, show
from ratel.problem import Conflict, Forbidden, NotFound
from ratel.tenancy import tenant
from screening.models import Watchlist, WatchlistEntry, WatchlistSource
from screening.models.lists import MANUAL
from screening.names.entity import ListKind
from screening.services.watchlist_entries import NewEntry
from screening.watchlists.entries import ListAt, StoredForm, stored_form
from screening.watchlists.notices import PREFIX
from screening.watchlists.private_lists import (
    Owner,
    private_change,
    put_in_force,
    refuse_too_many,
    take_out_of_force,
)
from screening.watchlists.publishing import NewRevision
from screening.watchlists.staging import Staged, end_entries, insert_entries
from screening.watchlists.writing import writing
from teams.audit import note
from teams.principal import Principal

MOST_PRIVATE_LISTS: Final = 100
_REFRESHED_AT_MOST_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Kept:
    """One entry of a call: its own id, and whether it is new, another than before, or was there as it is."""

    id: UUID
    reference: str
    outcome: str


@dataclass(frozen=True)
class Changed:
    """What a call did to a list; `generation` is None where it changed nothing."""

    generation: str | None
    entries: tuple[Kept, ...]


def watchlist_create(*, caller: Principal, name: str, category: ListKind) -> Watchlist:
    """A private list without entries."""
    _refuse_sandbox(caller)
    organisation_id = caller.team.organisation_id
    with private_change(organisation_id):
        if Watchlist.objects.filter(organisation_id=organisation_id).count() >= MOST_PRIVATE_LISTS:
            raise Conflict(
                f"An organisation has at most {MOST_PRIVATE_LISTS} private lists", code="too_many_lists"
            )
        identifier = new_id()
        watchlist = Watchlist.objects.create(
            id=identifier,
            organisation_id=organisation_id,
            code=show(PREFIX, identifier),
            name=name,
            category=category,
            source_format=MANUAL,
            loaded_at=timezone.now(),
        )
        _note(caller, "watchlist.created", watchlist, after={"name": name, "category": category})
    return watchlist


def watchlist_delete(*, caller: Principal, watchlist_id: UUID) -> None:
    """Deletes a private list with its entries for good."""
    with private_change(caller.team.organisation_id) as owner:
        watchlist = _own(caller, watchlist_id)
        _note(
            caller,
            "watchlist.deleted",
            watchlist,
            before={"name": watchlist.name, "category": watchlist.category, "entries": watchlist.entry_count},
        )
        take_out_of_force(owner, watchlist)


def entries_add(*, caller: Principal, watchlist_id: UUID, entries: Sequence[NewEntry]) -> Changed:
    """Adds entries to a manual private list; one whose reference is there already is replaced."""
    with private_change(caller.team.organisation_id) as owner:
        watchlist = _manual(caller, watchlist_id)
        forms = [stored_form(entry.entity, is_private=True, more=entry.more) for entry in entries]
        there = _there(watchlist, [form.reference for form in forms])
        kept = tuple(_outcome(form, there.get(form.reference)) for form in forms)
        new = [pair for pair in zip(forms, kept, strict=True) if pair[1].outcome != "unchanged"]
        if not new:
            return Changed(None, kept)
        replaced = [form.reference for form, one in new if one.outcome == "changed"]
        staged = Staged(len(new) - len(replaced), len(replaced), 0)
        refuse_too_many(owner.organisation_id, staged.added)
        current = ListAt(watchlist.id, watchlist.revision)
        end_entries(current, replaced)
        insert_entries(owner.organisation_id, current, [form for form, _ in new], [one.id for _, one in new])
        return Changed(_publish(caller, owner, watchlist, staged, "watchlist.entries_added"), kept)


def entry_remove(*, caller: Principal, watchlist_id: UUID, key: UUID | None) -> Changed:
    """Takes one entry out of a manual private list."""
    with private_change(caller.team.organisation_id) as owner:
        watchlist = _manual(caller, watchlist_id)
        entry = WatchlistEntry.objects.filter(
            watchlist_id=watchlist.id, key=key, revision_until=None, key__isnull=False
        ).first()
        if entry is None or entry.key is None:
            raise NotFound
        end_entries(ListAt(watchlist.id, watchlist.revision), [entry.reference])
        generation = _publish(caller, owner, watchlist, Staged(0, 0, 1), "watchlist.entry_removed")
        return Changed(generation, (Kept(entry.key, entry.reference, "removed"),))


def refresh_ask(*, caller: Principal, watchlist_id: UUID) -> datetime:
    """Has a list's source read soon, however old it is; the time from which it will be. At most once a minute."""
    team = caller.team
    with tenant(team.organisation_id, [team.id]):
        watchlist = Watchlist.objects.filter(id=watchlist_id).first()
    if watchlist is None:
        raise NotFound
    with writing(None):
        source = (
            WatchlistSource.objects.select_for_update()
            .filter(organisation_id=None, code=watchlist.code)
            .first()
        )
        if source is None or watchlist.organisation_id is not None:
            raise Conflict("This list has no source to be read from", code="no_source")
        if not source.is_enabled:
            raise Conflict("Refreshing rests, because the list was set back", code="refresh_rests")
        due_at = _due_soon(source)
    with tenant(team.organisation_id, [team.id]):
        _note(caller, "watchlist.refresh_asked", watchlist, after={"dueAt": due_at.isoformat()})
    return due_at


def _due_soon(source: WatchlistSource) -> datetime:
    tries = [at for at in (source.last_success_at, source.last_failure_at) if at is not None]
    soon = max([timezone.now(), *(at + _REFRESHED_AT_MOST_EVERY for at in tries)])
    if soon < source.due_at:
        source.due_at = soon
        source.save(update_fields=["due_at"])
    return source.due_at


def _own(caller: Principal, watchlist_id: UUID) -> Watchlist:
    """The caller's private list; raises NotFound for another organisation's, Forbidden for a public one."""
    watchlist = Watchlist.objects.filter(id=watchlist_id).first()
    if watchlist is None:
        raise NotFound
    if watchlist.organisation_id is None:
        raise Forbidden("Public lists are everybody's and change by their sources only", code="public_list")
    _refuse_sandbox(caller)
    return watchlist


def _manual(caller: Principal, watchlist_id: UUID) -> Watchlist:
    watchlist = _own(caller, watchlist_id)
    if watchlist.source_format != MANUAL:
        raise Conflict("This list is read from a file and changes with it only", code="list_from_file")
    return watchlist


def _refuse_sandbox(caller: Principal) -> None:
    """Private lists name real people and are screened for live payments."""
    if caller.team.is_sandbox:
        raise Forbidden("The sandbox has no private lists", code="sandbox")


def _there(watchlist: Watchlist, references: Sequence[str]) -> dict[str, WatchlistEntry]:
    entries = WatchlistEntry.objects.filter(
        watchlist_id=watchlist.id, reference__in=references, revision_until=None
    )
    return {entry.reference: entry for entry in entries}


def _outcome(form: StoredForm, before: WatchlistEntry | None) -> Kept:
    if before is None:
        return Kept(form.id, form.reference, "added")
    outcome = "unchanged" if before.digest == form.digest else "changed"
    return Kept(before.key or before.id, form.reference, outcome)


def _publish(caller: Principal, owner: Owner, watchlist: Watchlist, staged: Staged, action: str) -> str:
    entry_count = watchlist.entry_count + staged.added - staged.removed
    current = ListAt(watchlist.id, watchlist.revision)
    generation = put_in_force(
        owner, NewRevision(current, watchlist.code, staged, {"entry_count": entry_count})
    )
    counts = {"added": staged.added, "changed": staged.changed, "removed": staged.removed}
    _note(caller, action, watchlist, after={"generation": generation.name, **counts})
    return generation.name


def _note(caller: Principal, action: str, watchlist: Watchlist, **entry: Any) -> None:
    note(caller=caller, action=action, subject=_subject(watchlist), **entry)


def _subject(watchlist: Watchlist) -> tuple[str, str]:
    return "watchlist", show(PREFIX, watchlist.id)
