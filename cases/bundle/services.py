"""Asks for bundles, makes them, hands them out. A bundle is a row; small ones are made while the asker waits, large ones
by background hands, which take the row under a lease. The archive is sealed at rest and kept for a week."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db.models import F, Q, Sum
from django.utils import timezone

from cases.bundle import archive
from cases.bundle.collect import Found, found_in, parts_of
from cases.bundle.scope import Scope
from cases.case_view.steps import note_step
from cases.files import store
from cases.models import Attachment, Bundle, Case
from ratel.identifiers import show
from ratel.problem import Conflict, NotFound
from ratel.tenancy import tenant
from screening.models import Customer
from teams import audit
from teams.directory import facts_of
from teams.models import Person, Team
from teams.principal import Principal, TeamFacts

log = structlog.get_logger(__name__)
BUNDLE: Final = "bnd"
KEPT_FOR: Final = timedelta(days=7)
# Many times what millions of decisions take.
LEASE: Final = timedelta(hours=1)
MOST_ATTEMPTS: Final = 3
MOST_WAITING: Final = 5
LONGEST_PERIOD: Final = timedelta(days=366)
# What somebody can wait for in front of a page.
_SMALL_EVALUATIONS: Final = 1_000
_SMALL_FILES_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class About:
    """What a bundle is asked about: a case, a customer, or the time between two instants."""

    kind: str
    subject_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None


def bundle_ask(*, caller: Principal, about: About) -> Bundle:
    """A bundle about something of the team: ready where it is small, else waiting. Raises NotFound, Conflict."""
    team = caller.team
    with tenant(team.organisation_id, [team.id]):
        case = _known(team, about)
        waiting = Bundle.objects.filter(team_id=team.id, state=Bundle.State.WAITING)
        if waiting[:MOST_WAITING].count() >= MOST_WAITING:
            raise Conflict(
                f"{MOST_WAITING} bundles of the team are being made: wait for one", code="too_many"
            )
        bundle = Bundle(
            organisation_id=team.organisation_id,
            team_id=team.id,
            scope=about.kind,
            subject_id=about.subject_id,
            period_start=about.start,
            period_end=about.end,
            with_reports=caller.may("reports.read"),
            asked_by_kind=caller.kind,
            asked_by_id=caller.id,
            asked_at=timezone.now(),
        )
        bundle.save(force_insert=True)
        audit.note(
            caller=caller,
            action="bundle.asked",
            subject=("bundle", show(BUNDLE, bundle.id)),
            after={"about": _named(bundle)},
        )
        if case is not None:
            note_step(caller, case, "bundled")
    if about.kind != "period":
        scope = scope_of(bundle, team)
        found = found_in(scope)
        if _is_small(team, found) and _claimed(bundle):
            _make(bundle, scope, found)
    return bundle


def _known(team: TeamFacts, about: About) -> Case | None:
    """The case that it is about, if it is about one; raises NotFound for what the team does not have."""
    if about.kind == "period":
        return None
    model = Case if about.kind == "case" else Customer
    found = model.objects.filter(team_id=team.id, id=about.subject_id).first() if about.subject_id else None
    if found is None:
        raise NotFound
    return found if isinstance(found, Case) else None


def _is_small(team: TeamFacts, found: Found) -> bool:
    if len(found.evaluations) > _SMALL_EVALUATIONS:
        return False
    with tenant(team.organisation_id, [team.id]):
        files = Attachment.objects.filter(team_id=team.id, case_id__in=found.cases)
        return (files.aggregate(total=Sum("size_bytes"))["total"] or 0) <= _SMALL_FILES_BYTES


def scope_of(bundle: Bundle, team: TeamFacts) -> Scope:
    return Scope(
        team, bundle.scope, bundle.subject_id, bundle.period_start, bundle.period_end, bundle.with_reports
    )


def make(bundle: Bundle) -> bool:
    """Makes one that waits, unless somebody else is at it; False where nothing was made."""
    if not _claimed(bundle):
        return False
    with tenant(bundle.organisation_id, [bundle.team_id]):
        team = Team.objects.get(id=bundle.team_id)
    facts = facts_of(team)
    scope = scope_of(bundle, facts)
    try:
        _make(bundle, scope, found_in(scope))
    except Exception as error:
        log.error("bundle_not_made", bundle=str(bundle.id), error=type(error).__name__)
        _let_go(bundle)
        return False
    return True


def _claimed(bundle: Bundle) -> bool:
    """Takes the row for LEASE; whoever dies leaves it to the next."""
    now = timezone.now()
    with tenant(bundle.organisation_id, [bundle.team_id]):
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        rows = Bundle.objects.filter(
            free, id=bundle.id, state=Bundle.State.WAITING, attempts__lt=MOST_ATTEMPTS
        )
        is_ours = rows.update(leased_until=now + LEASE, attempts=F("attempts") + 1) == 1
        if is_ours:
            bundle.refresh_from_db()
        return is_ours


def _make(bundle: Bundle, scope: Scope, found: Found) -> None:
    now = timezone.now()
    about = {
        "bundle": show(BUNDLE, bundle.id),
        "about": _named(bundle),
        "team": str(scope.team.id),
        "organisation": str(scope.team.organisation_id),
        "madeFor": _asker(bundle),
    }
    with store.Writer(bundle.id) as file:
        bundle.files = archive.pack(file, parts_of(scope, found), about, now)
    try:
        _finish(bundle, file)
    except BaseException:
        store.remove(file.stored_as)
        raise


def _finish(bundle: Bundle, file: store.Writer) -> None:
    with tenant(bundle.organisation_id, [bundle.team_id]):
        kept = Bundle.objects.filter(
            id=bundle.id, state=Bundle.State.WAITING, attempts=bundle.attempts
        ).update(
            state=Bundle.State.READY,
            stored_as=file.stored_as,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            files=bundle.files,
            finished_at=timezone.now(),
            leased_until=None,
        )
        if not kept:
            store.remove(file.stored_as)
            return
        audit.record(
            organisation_id=bundle.organisation_id,
            team_id=bundle.team_id,
            actor=audit.system(),
            action="bundle.made",
            subject=("bundle", show(BUNDLE, bundle.id)),
            after={"sha256": file.sha256, "files": bundle.files, "bytes": file.size_bytes},
        )
        bundle.refresh_from_db()


def _let_go(bundle: Bundle) -> None:
    """Tried again by the next hand, until it has failed often enough."""
    with tenant(bundle.organisation_id, [bundle.team_id]):
        state = Bundle.State.FAILED if bundle.attempts >= MOST_ATTEMPTS else Bundle.State.WAITING
        Bundle.objects.filter(id=bundle.id, attempts=bundle.attempts).update(state=state, leased_until=None)


def _named(bundle: Bundle) -> str:
    if bundle.subject_id is not None:
        return f"{bundle.scope} {show('cas' if bundle.scope == 'case' else 'cus', bundle.subject_id)}"
    return f"period {bundle.period_start:%Y-%m-%d} to {bundle.period_end:%Y-%m-%d}"


def _asker(bundle: Bundle) -> str:
    with tenant(bundle.organisation_id, [bundle.team_id]):
        person = Person.objects.filter(id=bundle.asked_by_id).first()
    return f"{person.name} ({person.email})" if person else f"API key {bundle.asked_by_id}"


def bundle_get(*, caller: Principal, bundle_id: UUID | None) -> Bundle:
    """A ready bundle to be handed out, which is recorded. Raises NotFound, also where it tells more than the caller may
    know; Conflict while it is being made."""
    team = caller.team
    with tenant(team.organisation_id, [team.id]):
        bundle = Bundle.objects.filter(team_id=team.id, id=bundle_id).first() if bundle_id else None
        if bundle is None or (bundle.with_reports and not caller.may("reports.read")):
            raise NotFound
        if bundle.state != Bundle.State.READY:
            raise Conflict(f"The bundle is {bundle.get_state_display().lower()}", code="not_ready")
        audit.note(
            caller=caller,
            action="bundle.downloaded",
            subject=("bundle", show(BUNDLE, bundle.id)),
            after={"sha256": bundle.sha256},
        )
        return bundle


def purge(now: datetime, organisation_id: UUID, team_ids: tuple[UUID, ...]) -> int:
    """Removes the archives of bundles whose time is over, and gives up those whose makers died too often; the rows stay
    and say so. How many archives."""
    removed = 0
    with tenant(organisation_id, team_ids):
        Bundle.objects.filter(
            team_id__in=team_ids,
            state=Bundle.State.WAITING,
            attempts__gte=MOST_ATTEMPTS,
            leased_until__lt=now,
        ).update(state=Bundle.State.FAILED, leased_until=None)
        over = Bundle.objects.filter(
            team_id__in=team_ids, state=Bundle.State.READY, finished_at__lt=now - KEPT_FOR
        )
        for bundle in over[:100]:
            store.remove(bundle.stored_as)
            Bundle.objects.filter(id=bundle.id).update(state=Bundle.State.REMOVED, stored_as="")
            removed += 1
    return removed
