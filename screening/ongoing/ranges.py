"""The ranges of the ongoing lane: planned once per team and generation, taken by lease, done page by page.

The rows are the truth of what is left to do. Whoever dies with a lease loses it after `LEASE`; `attempts` fences it off,
so that a page is counted by exactly one. Every function is called inside `tenant(...)` of the team.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final, NamedTuple
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from ratel.statements import driver_connection
from screening.models import OngoingRange, WatchlistGeneration
from teams.models import Team
from teams.principal import TeamFacts

CUSTOMERS_A_RANGE: Final = 500
LEASE: Final = timedelta(minutes=2)
# A process goes on with the old lists until it has opened the new ones. Whoever it makes a customer meanwhile was not
# screened against what changed, and comes in a last range, which waits until all processes have surely followed.
LATECOMERS_AFTER: Final = timedelta(minutes=5)
_STARTS: Final = (
    "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM screening_customer"
    " WHERE team_id = %s) c WHERE place %% %s = 0 ORDER BY id"
)
_LAST: Final = "SELECT id FROM screening_customer WHERE team_id = %s ORDER BY team_id, id DESC LIMIT 1"


class Bounds(NamedTuple):
    """The ids of a range's customers, both included."""

    first: UUID
    last: UUID
    is_for_latecomers: bool = False


class LeaseLost(Exception):
    """Another worker has taken the range over: what was being done is rolled back, for the other does it."""


@dataclass(frozen=True)
class Counted:
    """What one page adds to its range."""

    screened: int = 0
    alerted: int = 0
    suppressed: int = 0


def plan(team: TeamFacts) -> bool:
    """Writes the ranges for the generations that came into force since the last plan; whether there were any.

    Several generations that came one after the other are one plan: from the last that was planned to the newest.
    """
    planned = [_plan(team, is_private) for is_private in (False, True)]
    return any(planned)


def take(team: TeamFacts) -> OngoingRange | None:
    """The next range that nobody works on, leased; None where there is none."""
    now = timezone.now()
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    found = (
        OngoingRange.objects.select_for_update(skip_locked=True)
        .filter(is_free, team_id=team.id, done_at__isnull=True)
        .order_by("id")
        .first()
    )
    if found is not None:
        found.attempts, found.leased_until = found.attempts + 1, now + LEASE
        found.save(update_fields=["attempts", "leased_until"])
    return found


def open_ranges(team: TeamFacts) -> int:
    """How many ranges are not done."""
    return OngoingRange.objects.filter(team_id=team.id, done_at__isnull=True).count()


def page_done(work: OngoingRange, reached: UUID, counted: Counted) -> None:
    """Counts a page in the transaction of its alerts; raises LeaseLost where the range is somebody else's by now."""
    _update(
        work,
        reached_customer_id=reached,
        leased_until=timezone.now() + LEASE,
        screened=F("screened") + counted.screened,
        alerted=F("alerted") + counted.alerted,
        suppressed=F("suppressed") + counted.suppressed,
    )


def range_done(work: OngoingRange) -> None:
    _update(work, done_at=timezone.now(), leased_until=None)


def give_back(work: OngoingRange) -> None:
    """The range waits for the next worker."""
    OngoingRange.objects.filter(id=work.id, attempts=work.attempts).update(leased_until=None)


def _update(work: OngoingRange, **fields: object) -> None:
    mine = OngoingRange.objects.filter(id=work.id, attempts=work.attempts, done_at__isnull=True)
    if not mine.update(**fields):
        raise LeaseLost


def _plan(team: TeamFacts, is_private: bool) -> bool:
    owner = team.organisation_id if is_private else None
    generations = WatchlistGeneration.objects.filter(organisation_id=owner)
    newest = generations.filter(is_current=True).first()
    if newest is None:
        return False
    last = OngoingRange.objects.filter(team_id=team.id, is_private=is_private).order_by("-id").first()
    since = last.generation if last else _in_force_before(team, owner)
    if since == newest.name:
        return False
    rows = [
        OngoingRange(
            organisation_id=team.organisation_id,
            team_id=team.id,
            is_private=is_private,
            since=since,
            generation=newest.name,
            position=position,
            first_customer_id=one.first,
            last_customer_id=one.last,
            leased_until=newest.created_at + LATECOMERS_AFTER if one.is_for_latecomers else None,
            created_at=timezone.now(),
        )
        for position, one in enumerate(_bounds(team.id))
    ]
    OngoingRange.objects.bulk_create(rows, ignore_conflicts=True)
    return True


def _in_force_before(team: TeamFacts, owner: UUID | None) -> str | None:
    """The generation that was in force when the team was made: whoever came later was screened against it or a newer."""
    made = Team.objects.values_list("created_at", flat=True).get(id=team.id)
    before = WatchlistGeneration.objects.filter(organisation_id=owner, created_at__lte=made)
    newest = before.order_by("-created_at").first()
    return newest.name if newest else None


def _bounds(team_id: UUID) -> Iterator[Bounds]:
    """The customers that there are in ranges of nearly equal size, then whoever comes later."""
    connection = driver_connection()
    starts = [row[0] for row in connection.execute(_STARTS, (team_id, CUSTOMERS_A_RANGE)).fetchall()]
    last = connection.execute(_LAST, (team_id,)).fetchone()
    later = UUID(int=last[0].int + 1) if last else UUID(int=0)
    for start, following in pairwise([*starts, later]):
        yield Bounds(start, UUID(int=following.int - 1))
    yield Bounds(later, UUID(int=(1 << 128) - 1), is_for_latecomers=True)
