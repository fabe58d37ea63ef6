"""What the desk's team pages read: people with their roles and second factors, keys with their use. Never a secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from teams.key_services import keys_of
from teams.limits.tiers import Limit, limit_of
from teams.models import ApiKey, KeyUsage, Membership, Passkey, SignIn, Team, TimeCode
from teams.principal import Principal
from teams.second_factors import kept

DAYS_SHOWN: Final = 30
BRIEFLY: Final = 8


@dataclass(frozen=True)
class PersonRow:
    """Somebody with a role in the team. `seen_at` is when they last did anything at a desk, as far as it is kept."""

    membership: Membership
    has_app: bool
    passkeys: int
    seen_at: datetime | None
    is_asked: bool

    @property
    def person(self) -> Any:
        return self.membership.person

    @property
    def has_factor(self) -> bool:
        return self.has_app or self.passkeys > 0

    @property
    def factors(self) -> str:
        words = ["app"] if self.has_app else []
        if self.passkeys:
            words.append(f"{self.passkeys} passkey{'s' if self.passkeys > 1 else ''}")
        return ", ".join(words)

    @property
    def state(self) -> str:
        if not self.person.is_active:
            return "left"
        # No password yet, and never here: the link has not been used.
        return "active" if self.person.has_usable_password() or self.seen_at else "invited"


@dataclass(frozen=True)
class KeyRow:
    key: ApiKey
    now: datetime

    @property
    def prefix(self) -> str:
        return ("rk_live_" if self.key.is_live else "rk_test_") + self.key.public_id

    @property
    def limit(self) -> Limit | None:
        return limit_of(self.key.tier, self.key.rate_per_minute, self.key.burst)

    @property
    def state(self) -> str:
        if self.key.revoked_at is not None:
            return "revoked"
        expires_at = self.key.expires_at
        return "expired" if expires_at is not None and expires_at <= self.now else "active"


@dataclass(frozen=True)
class DayOfUse:
    day: date
    calls: int
    rejected: int


@dataclass(frozen=True)
class Counts:
    people: int
    live_keys: int
    test_keys: int
    unused_keys: int


def people_of(caller: Principal) -> "QuerySet[Membership]":
    """In the order in which they came into the team, with what a PersonRow shows, in one statement."""
    mine = {"person_id": OuterRef("person_id")}
    keys = Passkey.objects.filter(**mine).order_by().values("person_id").annotate(count=Count("id"))
    latest = SignIn.objects.filter(**mine).order_by("-seen_at")
    return (
        Membership.objects.filter(team_id=caller.team.id)
        .select_related("person")
        .annotate(
            has_app=Exists(TimeCode.objects.filter(**mine)),
            passkeys=Coalesce(Subquery(keys.values("count")), 0),
            seen_at=Subquery(latest.values("seen_at")[:1]),
        )
        .order_by("id")
    )


def person_rows(memberships: Sequence[Membership], team: Team) -> list[PersonRow]:
    """Of memberships that `people_of` gave."""
    rows = []
    for one in memberships:
        one.team, found = team, cast(Any, one)
        asked = kept.is_asked_of([one]) is not None
        rows.append(PersonRow(one, found.has_app, found.passkeys, found.seen_at, asked))
    return rows


def counts_of(caller: Principal) -> Counts:
    """In one statement, bounded by the most people and keys that a team may have."""
    people = Membership.objects.filter(team_id=caller.team.id, person__is_active=True).order_by()
    keys = living(keys_of(caller)).order_by()
    return Counts(
        **Team.objects.filter(id=caller.team.id).values(
            people=_how_many(people),
            live_keys=_how_many(keys.filter(is_live=True)),
            test_keys=_how_many(keys.filter(is_live=False)),
            unused_keys=_how_many(keys.filter(last_used_at=None)),
        )[0]
    )


def _how_many(rows: "QuerySet[Any]") -> Coalesce:
    counted = rows.annotate(all=Value(1)).values("all").annotate(count=Count("id")).values("count")
    return Coalesce(Subquery(counted), 0)


def living(keys: "QuerySet[ApiKey]") -> "QuerySet[ApiKey]":
    return keys.filter(revoked_at=None).exclude(expires_at__lte=timezone.now())


def sandbox_of(caller: Principal) -> Team | None:
    return Team.objects.filter(sandbox_of_id=caller.team.id).first()


def use_of(key_id: UUID) -> list[DayOfUse]:
    """Thirty days up to today (UTC), the oldest first; days without a call are there with nothing."""
    today = datetime.now(UTC).date()
    found = KeyUsage.objects.filter(key_id=key_id, day__gt=today - timedelta(days=DAYS_SHOWN))
    by_day = {one.day: one for one in found}
    days = [today - timedelta(days=back) for back in reversed(range(DAYS_SHOWN))]
    return [
        DayOfUse(day, by_day[day].calls, by_day[day].rejected) if day in by_day else DayOfUse(day, 0, 0)
        for day in days
    ]


@dataclass(frozen=True)
class UseColumn:
    """A day of the chart in units of its view box: 720 wide, 100 high."""

    day: date
    calls: int
    rejected: int
    x: float
    calls_y: float
    calls_height: float
    rejected_y: float
    rejected_height: float


@dataclass(frozen=True)
class UseChart:
    columns: tuple[UseColumn, ...]
    most: int
    calls: int
    rejected: int


def chart_of(days: Sequence[DayOfUse]) -> UseChart:
    most = max((one.calls + one.rejected for one in days), default=0)
    step = 720 / max(len(days), 1)
    columns = []
    for position, one in enumerate(days):
        calls, rejected = (round(part / most * 100, 2) if most else 0.0 for part in (one.calls, one.rejected))
        columns.append(
            UseColumn(
                day=one.day,
                calls=one.calls,
                rejected=one.rejected,
                x=round(position * step + 2, 2),
                calls_y=round(100 - calls, 2),
                calls_height=calls,
                rejected_y=round(100 - calls - rejected, 2),
                rejected_height=rejected,
            )
        )
    return UseChart(tuple(columns), most, sum(one.calls for one in days), sum(one.rejected for one in days))


def with_status(keys: "QuerySet[ApiKey]", status: str | None) -> "QuerySet[ApiKey]":
    if status == "active":
        return living(keys)
    if status == "expired":
        return keys.filter(revoked_at=None, expires_at__lte=timezone.now())
    return keys.filter(revoked_at__isnull=False) if status == "revoked" else keys
