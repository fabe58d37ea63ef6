"""What differs between two generations: which entries were added, changed or removed. Reads only.

    difference_of(generation: str) -> Difference          .added .changed .removed: tuples of EntryChange
    changed_entities(generation: str) -> Iterator[ListedEntity]   the entries that were added or changed, as they are now
    changes_between(lists) -> Iterator[EntryChange]       the same streamed, for any two revisions of lists

`generation` is a generation's name (`gen_01H...`, as evaluations store it) and is compared with the one that it replaced.
Call inside a transaction: any for the public lists, `tenant(organisation_id)` for an organisation's private ones. It is
exact while the entries are kept (screening/watchlists/upkeep.py says how long). The first load of a large list is a
difference of millions: stream that one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, cast
from uuid import UUID

from screening.models import Watchlist, WatchlistGeneration
from screening.names.entity import ListedEntity
from screening.watchlists.entries import open_entity, stream

Change = Literal["added", "changed", "removed"]
CHANGES: Final[tuple[Change, ...]] = ("added", "changed", "removed")


NEW_ROWS: Final = (
    "SELECT n.id, n.reference, CASE WHEN o.id IS NULL THEN 'added' ELSE 'changed' END AS change"
    " FROM screening_watchlistentry n LEFT JOIN screening_watchlistentry o ON o.reference = n.reference"
    " AND o.watchlist_id = %(watchlist)s AND o.revision_from <= %(before)s"
    " AND (o.revision_until IS NULL OR o.revision_until > %(before)s)"
    " WHERE n.watchlist_id = %(watchlist)s AND n.revision_from > %(before)s AND n.revision_from <= %(after)s"
    " AND (n.revision_until IS NULL OR n.revision_until > %(after)s) AND (o.id IS NULL OR o.digest <> n.digest)"
)
"""Entries that were added or changed: id, reference, change."""
GONE_ROWS: Final = (
    "SELECT o.id, o.reference, 'removed' AS change FROM screening_watchlistentry o"
    " WHERE o.watchlist_id = %(watchlist)s AND o.revision_from <= %(before)s"
    " AND o.revision_until > %(before)s AND o.revision_until <= %(after)s"
    " AND NOT EXISTS (SELECT 1 FROM screening_watchlistentry n WHERE n.watchlist_id = %(watchlist)s"
    " AND n.reference = o.reference AND n.revision_from <= %(after)s"
    " AND (n.revision_until IS NULL OR n.revision_until > %(after)s))"
)
ALL_ROWS: Final = f"{NEW_ROWS} UNION ALL {GONE_ROWS}"
_DOCUMENTS: Final = (
    f"SELECT e.id, e.document, e.sealed_document FROM ({NEW_ROWS}) d"  # noqa: S608 - our own fragments
    " JOIN screening_watchlistentry e ON e.id = d.id ORDER BY d.id"
)
_CHANGES: Final = f"SELECT d.id, d.change, d.reference FROM ({ALL_ROWS}) d ORDER BY d.id"  # noqa: S608


class UnknownGeneration(LookupError):
    """There is no such generation, or it is another organisation's."""


class Revisions(NamedTuple):
    """One list at two times; 0 is a list before its first load."""

    watchlist_id: UUID
    code: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One entry that differs. `entry_id` is that of a NameMatch: list code and the publisher's own reference."""

    change: Change
    watchlist_id: UUID
    list_code: str
    reference: str
    row_id: UUID

    @property
    def entry_id(self) -> str:
        return f"{self.list_code}:{self.reference}"


@dataclass(frozen=True, slots=True)
class Difference:
    generation: str
    previous: str | None
    added: tuple[EntryChange, ...]
    changed: tuple[EntryChange, ...]
    removed: tuple[EntryChange, ...]


def difference_of(generation: str) -> Difference:
    """What a generation has that the one before it had not; raises UnknownGeneration."""
    row = _generation(generation)
    found: dict[Change, list[EntryChange]] = {change: [] for change in CHANGES}
    for one in changes_between(revisions_of(row)):
        found[one.change].append(one)
    return Difference(
        generation, row.previous, tuple(found["added"]), tuple(found["changed"]), tuple(found["removed"])
    )


def changed_entities(generation: str) -> Iterator[ListedEntity]:
    """Every entry that was added or changed by a generation, as it is in that generation."""
    for one in revisions_of(_generation(generation)):
        for identifier, plain, sealed in stream(_DOCUMENTS, parameters_of(one)):
            yield open_entity(identifier, plain, sealed)


def changes_between(lists: Sequence[Revisions]) -> Iterator[EntryChange]:
    """The entries that differ, list by list, streamed."""
    for one in lists:
        for identifier, change, reference in stream(_CHANGES, parameters_of(one)):
            yield EntryChange(cast("Change", change), one.watchlist_id, one.code, reference, identifier)


def revisions_of(generation: WatchlistGeneration) -> list[Revisions]:
    """Each list of a generation whose revision is another than in the generation before."""
    before = _generation(generation.previous).lists if generation.previous else {}
    return compared(before, generation.lists, generation.organisation_id)


def compared(
    before: Mapping[str, Any], after: Mapping[str, Any], organisation_id: UUID | None
) -> list[Revisions]:
    """The lists in `after` that are at another revision than in `before`, both as generations store them."""
    differing = {
        code: (before.get(code, {}).get("revision", 0), facts["revision"])
        for code, facts in after.items()
        if before.get(code, {}).get("revision", 0) != facts["revision"]
    }
    ids = dict(
        Watchlist.objects.filter(organisation_id=organisation_id, code__in=differing).values_list(
            "code", "id"
        )
    )
    return [Revisions(ids[code], code, *differing[code]) for code in sorted(differing) if code in ids]


def _generation(name: str) -> WatchlistGeneration:
    found = WatchlistGeneration.objects.filter(name=name).first()
    if found is None:
        raise UnknownGeneration(name)
    return found


def parameters_of(one: Revisions) -> dict[str, Any]:
    """What NEW_ROWS and GONE_ROWS are asked with."""
    return {"watchlist": one.watchlist_id, "before": one.before, "after": one.after}
