"""One range of customers, screened against what a refresh changed: who comes near is judged by the whole index.

Safe to repeat and to be killed at any moment: a page's alerts, its count and how far it came are one transaction, and a
match that was alerted on is known. Nothing is stored of a customer without a new match; the range is their proof.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.utils import timezone

from ratel.identifiers import new_id
from ratel.tenancy import tenant
from screening.configuration import TeamConfiguration, configuration_of
from screening.layers import NoList
from screening.models import OngoingRange, Screening
from screening.names.entity import NameMatch, NameQuery, SearchResult
from screening.names.index import MOST_MATCHES
from screening.ongoing.changes import ChangedEntries, changed_entries
from screening.ongoing.ranges import Counted, page_done, range_done
from screening.screenings.customers import KnownCustomer, customers_after, lock_customers
from screening.screenings.record import Occasion, Screened, record
from screening.screenings.subject import subject_of
from screening.services.screenings import judged_by
from screening.watchlists.current import BETWEEN_GENERATIONS
from teams import audit
from teams.principal import TeamFacts

CUSTOMERS_A_PAGE: Final = 100
LANE: Final = Screening.Lane.ONGOING


class NotOpenYet(Exception):
    """This process still searches an older generation than the one that changed: the range waits."""


@dataclass(frozen=True)
class Work:
    """A range with what it takes to work on it."""

    team: TeamFacts
    row: OngoingRange
    configuration: TeamConfiguration
    changed: ChangedEntries


def screen_range(team: TeamFacts, row: OngoingRange) -> None:
    """Works on a leased range until it is done; raises LeaseLost, or NotOpenYet."""
    owner = team.organisation_id if row.is_private else None
    work = Work(team, row, configuration_of(team), changed_entries(owner, row.since, row.generation))
    if not work.changed.is_nothing:
        for page in _pages(team, row):
            _screen_page(work, page)
    with tenant(team.organisation_id, [team.id]):
        range_done(row)


def _pages(team: TeamFacts, row: OngoingRange) -> Iterator[Sequence[KnownCustomer]]:
    """The customers that are left, some at a time, each page read in a transaction of its own."""
    after = row.reached_customer_id
    within = (row.first_customer_id, row.last_customer_id)
    while True:
        with tenant(team.organisation_id, [team.id]):
            page = customers_after(team.id, within, after, at_once=CUSTOMERS_A_PAGE)
        if page:
            yield page
            after = page[-1].id
        if len(page) < CUSTOMERS_A_PAGE:
            return


def _screen_page(work: Work, page: Sequence[KnownCustomer]) -> None:
    team, now = work.team, timezone.now()
    found = [one for customer in page if (one := _screened(work, customer, now)) is not None]
    matched = [one for one in found if one.judged.matches]
    policy_version = work.configuration.ruleset.policy.version
    occasion = Occasion(team, LANE, audit.system(), policy_version, now)
    with tenant(team.organisation_id, [team.id]):
        lock_customers(team.id, [one.subject.reference for one in matched if one.subject.reference])
        alerts = record(matched, occasion, only_new=True)
        suppressed = sum(bool(one.judged.suppressed) for one in found)
        page_done(work.row, page[-1].id, Counted(len(page), len(alerts), suppressed))


def _screened(work: Work, customer: KnownCustomer, now: datetime) -> Screened | None:
    """What the whole index says of a customer that a changed entry comes near to; None of all others."""
    query, changed = customer.query(), work.changed
    near = changed.near(query) if query else ()
    if query is None or (changed.index is not None and not near):
        return None
    judged = judged_by(
        work.configuration,
        query,
        customer.reference,
        now,
        search=lambda asked: _search(work, asked, near),
        only=changed.entry_ids,
    )
    return Screened(new_id(), subject_of(customer, query), customer.id, judged)


def _search(work: Work, query: NameQuery, near: Sequence[NameMatch]) -> SearchResult:
    """The whole index's result; a changed entry that found no room among very many matches keeps its own score."""
    names = work.configuration.ruleset.names
    if names is None:
        raise NoList
    whole = names.search(query)
    _require_open(whole.generation, work.row)
    if len(whole.matches) < MOST_MATCHES:
        return whole
    seen = {match.entry_id for match in whole.matches}
    cut = tuple(match for match in near if match.entry_id not in seen)
    return replace(whole, matches=(*whole.matches, *cut))


def _require_open(generation: str, row: OngoingRange) -> None:
    """Names of generations sort by time; of two, the second is that of the private lists."""
    public, joint, private = generation.partition(BETWEEN_GENERATIONS)
    searched = private if row.is_private and joint else public
    if searched < row.generation and (joint or not row.is_private):
        raise NotOpenYet
