"""Loads a list and puts a new generation in force: read, compare, stage, build, try, publish.

The entries in the database are the truth; an index is made of them. Whatever fails or is killed before the last step
changes nothing that anybody can see, and the generation in force keeps answering.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from ratel.identifiers import new_id, show
from ratel.problem import Conflict
from screening.models import Watchlist, WatchlistGeneration, WatchlistSource
from screening.names.entity import ListKind
from screening.watchlists.building import (
    build_public,
    directory_of,
    remove,
    remove_old_directories,
)
from screening.watchlists.canaries import try_index
from screening.watchlists.entries import ListAt
from screening.watchlists.formats import LEAST_SHARE_OF_PREVIOUS, Intake, ListRefused
from screening.watchlists.notices import tell_organisations
from screening.watchlists.private_lists import private_change, put_in_force, refuse_too_many
from screening.watchlists.publishing import NewRevision, name_current, raise_revision
from screening.watchlists.spool import Spooled, spool
from screening.watchlists.staging import Staged, stage
from screening.watchlists.writing import Progress, the_only_loader, writing
from teams.configuration import STAMPS

MIXED: Final = "mixed"


@dataclass(frozen=True)
class ListFile:
    """A list that can be read: its format, where it lies, and under which code and name it is kept."""

    format: str
    path: Path
    code: str
    name: str | None = None
    kind: ListKind | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    canaries: Sequence[str] = ()
    minimum_share_of_previous: float = LEAST_SHARE_OF_PREVIOUS


@dataclass(frozen=True)
class Loaded:
    """What a load changed; `generation` is the one in force now, also where nothing differed."""

    code: str
    generation: str
    entries: int
    added: int
    changed: int
    removed: int
    bad: int
    bad_records: tuple[str, ...]


def load_public_list(
    format_code: str,
    path: Path,
    *,
    code: str | None = None,
    kind: ListKind | None = None,
    name: str | None = None,
    columns: Mapping[str, str] | None = None,
    canaries: Sequence[str] = (),
    minimum_share_of_previous: float = LEAST_SHARE_OF_PREVIOUS,
    progress: Progress = lambda _: None,
) -> Loaded:
    """Replaces the public list of that code by a publisher's file; see `load_list`."""
    file = ListFile(
        format_code,
        Path(path),
        code or format_code,
        name,
        kind,
        columns or {},
        canaries,
        minimum_share_of_previous,
    )
    return load_list(file, progress=progress)


def load_list(
    file: ListFile, *, organisation_id: UUID | None = None, progress: Progress = lambda _: None
) -> Loaded:
    """Replaces a public list, or a private one of an organisation, in effect within seconds.

    Raises ListRefused, and then nothing has changed. One loader works at a time.
    """
    with the_only_loader(organisation_id, progress):
        watchlist = _find(organisation_id, file)
        progress(f"reading {file.path.name}")
        spooled = spool(
            Intake(file.format, file.path, file.code, file.kind, file.columns),
            is_private=organisation_id is not None,
            previous_count=watchlist.entry_count if watchlist else None,
            minimum_share_of_previous=file.minimum_share_of_previous,
        )
        if organisation_id is not None:
            _refuse_too_many(organisation_id, watchlist, spooled)
        watchlist = watchlist or _make(organisation_id, file, spooled)
        current = ListAt(watchlist.id, watchlist.revision)
        progress(f"storing {spooled.entries} entries")
        staged = stage(organisation_id, current, spooled.forms())
        new = NewRevision(current, file.code, staged, _facts(file, spooled, watchlist))
        generation = _put_in_force(organisation_id, new, file, spooled, progress)
    tell_organisations()
    return _loaded(file, spooled, staged, generation)


def _find(organisation_id: UUID | None, file: ListFile) -> Watchlist | None:
    with writing(organisation_id):
        return Watchlist.objects.filter(organisation_id=organisation_id, code=file.code).first()


def _refuse_too_many(organisation_id: UUID, watchlist: Watchlist | None, spooled: Spooled) -> None:
    with writing(organisation_id):
        try:
            refuse_too_many(organisation_id, spooled.entries - (watchlist.entry_count if watchlist else 0))
        except Conflict as conflict:
            raise ListRefused(conflict.detail) from None


def _make(organisation_id: UUID | None, file: ListFile, spooled: Spooled) -> Watchlist:
    """A list without entries yet: nothing shows it before its first revision."""
    with writing(organisation_id):
        return Watchlist.objects.create(
            organisation_id=organisation_id,
            code=file.code,
            name=file.name or file.code,
            category=_category(spooled),
            source_format=file.format,
            loaded_at=timezone.now(),
        )


def _facts(file: ListFile, spooled: Spooled, watchlist: Watchlist) -> dict[str, Any]:
    """What is stored of the list itself beside its revision."""
    return {
        "name": file.name or watchlist.name,
        "category": _category(spooled),
        "source_format": file.format,
        "source_digest": spooled.digest,
        "entry_count": spooled.entries,
        "bad_record_count": spooled.bad,
    }


def _category(spooled: Spooled) -> str:
    return next(iter(spooled.kinds)) if len(spooled.kinds) == 1 else MIXED


def _put_in_force(
    organisation_id: UUID | None, new: NewRevision, file: ListFile, spooled: Spooled, progress: Progress
) -> str:
    """The name of the generation that has the new revision; the one in force where nothing differs."""
    in_force = _in_force(organisation_id)
    if new.staged.is_nothing and in_force is not None:
        with writing(organisation_id):
            Watchlist.objects.filter(id=new.before.watchlist_id).update(loaded_at=timezone.now(), **new.facts)
        return in_force
    if organisation_id is not None:
        return _publish_private(organisation_id, new)
    return _publish_public(new, file, spooled, progress)


def _in_force(organisation_id: UUID | None) -> str | None:
    with writing(organisation_id):
        current = WatchlistGeneration.objects.filter(organisation_id=organisation_id, is_current=True).first()
        return current.name if current else None


def _publish_private(organisation_id: UUID, new: NewRevision) -> str:
    with private_change(organisation_id) as owner:
        return put_in_force(owner, new).name


def _publish_public(new: NewRevision, file: ListFile, spooled: Spooled, progress: Progress) -> str:
    identifier = new_id()
    name = show("gen", identifier)
    directory = directory_of(settings.RATEL_STATE_DIRECTORY, name)
    try:
        progress("building the index")
        build_public(directory, lists_with([new]))
        progress("trying the index")
        try_index(directory, _canaries(file), spooled.samples)
        with writing(None):
            raise_revision(new)
            name_current(
                identifier=identifier, name=name, organisation_id=None, changes={new.code: new.staged}
            )
    except BaseException:
        remove(directory)
        raise
    STAMPS.forget()
    remove_old_directories()
    return name


def lists_with(news: Sequence[NewRevision]) -> list[ListAt]:
    """All public lists as they are, the new revisions among them."""
    next_ones = {new.before.watchlist_id: new.before.revision + 1 for new in news}
    others = Watchlist.objects.filter(organisation_id=None, revision__gt=0).exclude(id__in=next_ones)
    return [ListAt(*one) for one in (*next_ones.items(), *others.values_list("id", "revision"))]


def _canaries(file: ListFile) -> dict[str, Sequence[str]]:
    """The chosen names of every list that is there; the other lists must not be lost by this load either."""
    loaded = set(
        Watchlist.objects.filter(organisation_id=None, revision__gt=0).values_list("code", flat=True)
    )
    chosen = {
        code: names
        for code, names in WatchlistSource.objects.filter(organisation_id=None).values_list(
            "code", "canaries"
        )
        if code in loaded
    }
    return {**chosen, **({file.code: file.canaries} if file.canaries else {})}


def _loaded(file: ListFile, spooled: Spooled, staged: Staged, generation: str) -> Loaded:
    return Loaded(
        file.code,
        generation,
        spooled.entries,
        staged.added,
        staged.changed,
        staged.removed,
        spooled.bad,
        tuple(f"{record.location}: {record.reason}" for record in spooled.bad_records),
    )
