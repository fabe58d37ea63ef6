"""Sets the public lists back to an earlier generation: each list gets a new revision that holds what it held then.

History goes on and is never rewritten: the generation that results is a new one, and its difference is told as always.
The sources of the lists rest afterwards, or the next refresh would bring back what was just undone.
"""

import tempfile
from typing import IO

from django.conf import settings

from ratel.identifiers import new_id, show
from screening.models import Watchlist, WatchlistGeneration, WatchlistSource
from screening.watchlists.building import (
    build_public,
    current_public,
    directory_for,
    directory_of,
    remove,
    remove_old_directories,
)
from screening.watchlists.differences import Revisions, compared
from screening.watchlists.entries import ListAt, forms_at
from screening.watchlists.formats import ListRefused
from screening.watchlists.generations import lists_with
from screening.watchlists.notices import tell_organisations
from screening.watchlists.publishing import NewRevision, name_current, raise_revision
from screening.watchlists.spool import forms_in, keep
from screening.watchlists.staging import stage
from screening.watchlists.writing import Progress, reading, the_only_loader, writing
from teams.configuration import STAMPS


def restore(name: str | None = None, *, progress: Progress = lambda _: None) -> WatchlistGeneration:
    """Puts the lists of generation `name` (default: the one before the current) in force again.

    Lists that were not there then stay as they are. Raises ListRefused where there is nothing to go back to.
    """
    with the_only_loader(None, progress):
        current = current_public()
        target = _target(current, name)
        news = [
            _stage(one, target, progress)
            for one in compared(current.lists if current else {}, target.lists, None)
        ]
        if not news:
            raise ListRefused("the lists are as they were in that generation")
        generation = _publish(target, news, progress)
    tell_organisations()
    return generation


def _target(current: WatchlistGeneration | None, name: str | None) -> WatchlistGeneration:
    wanted = name or (current.previous if current else None)
    found = WatchlistGeneration.objects.filter(organisation_id=None, name=wanted).first() if wanted else None
    if found is None:
        raise ListRefused("there is no such generation to go back to")
    return found


def _stage(one: Revisions, target: WatchlistGeneration, progress: Progress) -> NewRevision:
    """Makes the list's next revision what it was in the target, which must still be kept whole."""
    watchlist = Watchlist.objects.get(id=one.watchlist_id)
    facts = target.lists[one.code]
    progress(f"setting {one.code} back")
    with tempfile.TemporaryFile() as file:
        if _copy(ListAt(one.watchlist_id, one.after), file) != facts["entries"]:
            raise ListRefused(f"the entries of {one.code} in that generation are not kept any more")
        current = ListAt(watchlist.id, watchlist.revision)
        staged = stage(None, current, forms_in(file))
    return NewRevision(
        current, one.code, staged, {"entry_count": facts["entries"], "source_digest": facts["digest"]}
    )


def _copy(then: ListAt, file: IO[bytes]) -> int:
    count = 0
    with reading(None):
        for form in forms_at(then):
            keep(file, form)
            count += 1
    return count


def _publish(target: WatchlistGeneration, news: list[NewRevision], progress: Progress) -> WatchlistGeneration:
    """The directory of then answers again where it is whole and holds the same lists; else another is built."""
    identifier = new_id()
    name = show("gen", identifier)
    directory = directory_for(target)
    is_reused = directory.exists() and set(target.lists) == _codes()
    if not is_reused:
        progress("building the index")
        directory = directory_of(settings.RATEL_STATE_DIRECTORY, name)
    try:
        build_public(directory, lists_with(news))
        with writing(None):
            for new in news:
                raise_revision(new)
            generation = name_current(
                identifier=identifier,
                name=name,
                organisation_id=None,
                changes={new.code: new.staged for new in news},
                restored_from=directory.name if is_reused else None,
            )
            WatchlistSource.objects.filter(organisation_id=None, code__in=[new.code for new in news]).update(
                is_enabled=False
            )
    except BaseException:
        if not is_reused:
            remove(directory)
        raise
    STAMPS.forget()
    remove_old_directories()
    return generation


def _codes() -> set[str]:
    return set(Watchlist.objects.filter(organisation_id=None, revision__gt=0).values_list("code", flat=True))
