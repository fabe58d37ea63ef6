"""Decisions about matches that last: "not this person" and "confirmed", made, replaced, withdrawn and re-opened.

One decision is active per customer, entry and party; a newer one replaces it. Each step is audited; reasons and names are
sealed with the decision and never in the audit trail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ratel.identifiers import new_id, show
from ratel.problem import Conflict, Invalid, NotFound, Problem
from ratel.sealing import blind_index, seal
from ratel.tenancy import tenant
from screening.decided import Words, open_words, outdated_entries
from screening.match_decisions import folded
from screening.models import Customer, MatchDecision
from screening.screenings.customers import lock_customers
from screening.screenings.entries import Entry, digests_of, entries_of
from teams import audit
from teams.audit import note
from teams.configuration import STAMPS
from teams.principal import Principal, TeamFacts

EXPIRED: Final = "expired"
STATUSES: Final = (*MatchDecision.Status.values, EXPIRED)


@dataclass(frozen=True)
class Wanted:
    """What somebody decides. `counterparty` is the name it is about, None where it is about the customer itself."""

    reference: str
    entry_id: str
    verdict: str
    reason: str
    counterparty: str | None
    expires_at: datetime | None


def decision_create(*, caller: Principal, wanted: Wanted) -> MatchDecision:
    """The decision, in force at once; raises Invalid where there is no such customer or entry."""
    team, now = caller.team, timezone.now()
    with tenant(team.organisation_id, [team.id]):
        transaction.on_commit(STAMPS.forget)
        lock_customers(team.id, [wanted.reference])
        customer = Customer.objects.filter(team_id=team.id, reference=wanted.reference).first()
        entry = entries_of([wanted.entry_id]).get(wanted.entry_id)
        if customer is None or entry is None:
            raise Invalid(errors=list(_unknown(customer, entry)))
        decision = _decision(caller, wanted, customer, entry, now)
        _supersede(caller, decision, now)
        decision.save(force_insert=True)
        _note(caller, "match_decision.created", decision)
        return decision


def decision_withdraw(*, caller: Principal, decision_id: UUID | None, reason: str) -> MatchDecision:
    """Ends an active decision: the match alerts again. Raises NotFound, or Conflict where it has ended already."""
    team = caller.team
    with tenant(team.organisation_id, [team.id]):
        transaction.on_commit(STAMPS.forget)
        decision = decision_get(team=team, decision_id=decision_id, for_update=True)
        if decision.status != MatchDecision.Status.ACTIVE:
            raise Conflict("The decision has ended already", extra={"allowed": []})
        words = open_words(decision.id, decision.sealed_words)
        decision.sealed_words = _sealed(decision.id, msgspec.structs.replace(words, end_reason=reason))
        _end(decision, MatchDecision.Status.WITHDRAWN, caller.id, timezone.now())
        _note(caller, "match_decision.withdrawn", decision)
        return decision


def decision_get(*, team: TeamFacts, decision_id: UUID | None, for_update: bool = False) -> MatchDecision:
    """One of the team's decisions; raises NotFound. Inside `tenant(...)`."""
    decisions = MatchDecision.objects.select_for_update() if for_update else MatchDecision.objects.all()
    decision = decisions.filter(team_id=team.id, id=decision_id).first() if decision_id else None
    if decision is None:
        raise NotFound
    return decision


def decisions_found(
    *, team: TeamFacts, reference: str | None, status: str | None, filters: Mapping[str, Any]
) -> "QuerySet[MatchDecision]":
    """The team's decisions that the filters leave, the newest first. Inside `tenant(...)`."""
    found = MatchDecision.objects.filter(team_id=team.id, **filters)
    is_over = Q(status=MatchDecision.Status.ACTIVE, expires_at__lte=timezone.now())
    if status == EXPIRED:
        found = found.filter(is_over)
    elif status is not None:
        found = found.filter(~is_over, status=status)
    if reference is not None:
        customers = Customer.objects.filter(team_id=team.id, reference=reference)
        found = found.filter(customer_id__in=customers.values("id"))
    return found.order_by("-id")


def status_of(decision: MatchDecision, now: datetime) -> str:
    """The status as it is shown: an active decision whose time is over has expired."""
    is_active = decision.status == MatchDecision.Status.ACTIVE
    return EXPIRED if is_active and decision.expires_at and decision.expires_at <= now else decision.status


def reopen_changed(*, team: TeamFacts) -> int:
    """Ends the active decisions whose entry is materially another now, and returns how many. Inside `tenant(...)`.

    Decisions whose entry changed in something else are compared with its new form from then on.
    """
    decisions = list(
        MatchDecision.objects.select_for_update().filter(team_id=team.id, status=MatchDecision.Status.ACTIVE)
    )
    current, now = digests_of(one.entry_id for one in decisions), timezone.now()
    outdated = set(outdated_entries(decisions))
    for decision in decisions:
        digest = current.get(decision.entry_id, decision.document_digest)
        if decision.id in outdated:
            _end(decision, MatchDecision.Status.REOPENED, None, now)
            _note_of_system(team, decision, now)
        elif digest != decision.document_digest:
            decision.document_digest = digest
            decision.save(update_fields=["document_digest"])
    return len(outdated)


def _unknown(customer: Customer | None, entry: Entry | None) -> list[Problem]:
    problems = []
    if customer is None:
        problems.append(Problem("customerId", "is not a customer of the team"))
    if entry is None:
        problems.append(Problem("entryId", "is not on any list"))
    return problems


def _decision(
    caller: Principal, wanted: Wanted, customer: Customer, entry: Entry, now: datetime
) -> MatchDecision:
    identifier, team = new_id(), caller.team
    name = wanted.counterparty
    parties = MatchDecision.Party
    return MatchDecision(
        id=identifier,
        organisation_id=team.organisation_id,
        team_id=team.id,
        customer_id=customer.id,
        entry_id=wanted.entry_id,
        party=parties.CUSTOMER if name is None else parties.COUNTERPARTY,
        counterparty_key=None if name is None else blind_index(team.id.bytes, "n" + folded(name)),
        verdict=wanted.verdict,
        entry_digest=entry.material_digest,
        document_digest=entry.digest,
        sealed_words=_sealed(identifier, Words(wanted.reason, name or "")),
        decided_by_kind=caller.kind,
        decided_by=caller.id,
        decided_at=now,
        expires_at=wanted.expires_at,
    )


def _supersede(caller: Principal, decision: MatchDecision, now: datetime) -> None:
    """Ends the one that the new decision takes the place of."""
    earlier = MatchDecision.objects.filter(
        team_id=decision.team_id,
        customer_id=decision.customer_id,
        entry_id=decision.entry_id,
        party=decision.party,
        counterparty_key=decision.counterparty_key,
        status=MatchDecision.Status.ACTIVE,
    ).first()
    if earlier is not None:
        _end(earlier, MatchDecision.Status.SUPERSEDED, caller.id, now)
        _note(caller, "match_decision.superseded", earlier)


def _end(decision: MatchDecision, status: str, by: UUID | None, now: datetime) -> None:
    decision.status, decision.ended_at, decision.ended_by = status, now, by
    decision.save(update_fields=["status", "ended_at", "ended_by", "sealed_words"])


def _sealed(identifier: UUID, words: Words) -> bytes:
    return seal(msgspec.json.encode(words), identifier.bytes)


def _facts(decision: MatchDecision) -> dict[str, Any]:
    return {
        "customer": show("cus", decision.customer_id),
        "entryId": decision.entry_id,
        "party": decision.party,
        "verdict": decision.verdict,
        "status": decision.status,
        "expiresAt": decision.expires_at,
    }


def _note(caller: Principal, action: str, decision: MatchDecision) -> None:
    note(
        caller=caller,
        action=action,
        subject=("match_decision", show("mdc", decision.id)),
        after=_facts(decision),
    )


def _note_of_system(team: TeamFacts, decision: MatchDecision, now: datetime) -> None:
    audit.record(
        organisation_id=team.organisation_id,
        team_id=team.id,
        actor=audit.system(),
        action="match_decision.reopened",
        subject=("match_decision", show("mdc", decision.id)),
        after=_facts(decision),
        at=now,
    )
