"""The decisions about matches that are in force for a team, loaded once and kept until one changes or a list does.

A decision whose entry has changed materially since is left out at once, whether or not the ongoing lane has noticed
yet. Kept in process by the bank's own reference, so that an evaluation asks a dictionary, and only about its customer.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from ratel.sealing import unseal
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.match_decisions import Decisions, KnownDecision, folded
from screening.screenings.entries import digests_of, entries_of
from teams.principal import TeamFacts

_IN_FORCE: Final = (
    "SELECT d.id, c.reference, d.entry_id, d.verdict, d.party, d.sealed_words, d.expires_at, d.entry_digest,"
    " d.document_digest FROM screening_matchdecision d JOIN screening_customer c ON c.id = d.customer_id"
    " WHERE d.team_id = %s AND d.status = 'active' AND (d.expires_at IS NULL OR d.expires_at > now())"
)


class Words(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed of a decision."""

    reason: str
    counterparty: str = ""
    end_reason: str = ""


class _Row(NamedTuple):
    id: UUID
    reference: str
    entry_id: str
    verdict: str
    party: str
    sealed_words: bytes
    expires_at: datetime | None
    entry_digest: str
    document_digest: str


@lru_cache(maxsize=100_000)
def decisions_scope(team_id: UUID) -> UUID:
    """The scope of the team's stamp for decisions; the trigger of migration 0004 makes the same."""
    return UUID(bytes=hashlib.md5(f"match decisions {team_id}".encode(), usedforsecurity=False).digest())


def load_decisions(team: TeamFacts) -> Decisions:
    """Every decision in force, by customer."""
    with tenant(team.organisation_id, [team.id]):
        rows = [_Row(*row) for row in driver_connection().execute(_IN_FORCE, (team.id,)).fetchall()]
        outdated = set(outdated_entries(rows)) if rows else set()
    known: dict[str, list[KnownDecision]] = {}
    for row in rows:
        if row.id not in outdated:
            known.setdefault(row.reference, []).append(_known(row))
    return {reference: tuple(decisions) for reference, decisions in known.items()}


def outdated_entries(rows: Sequence[Any]) -> Iterator[UUID]:
    """The ids of decisions (rows with entry_id, entry_digest, document_digest) whose entry is materially another now.

    An entry that left its list matches nobody; should it come back, it is compared then. Inside `tenant(...)`.
    """
    current = digests_of(row.entry_id for row in rows)
    touched = [row for row in rows if current.get(row.entry_id, row.document_digest) != row.document_digest]
    entries = entries_of(row.entry_id for row in touched)
    for row in touched:
        if entries[row.entry_id].material_digest != row.entry_digest:
            yield row.id


def open_words(identifier: UUID, sealed: bytes | memoryview) -> Words:
    return msgspec.json.decode(unseal(bytes(sealed), identifier.bytes), type=Words)


def _known(row: _Row) -> KnownDecision:
    # Only a counterparty's name needs opening; a reason is nothing that a process should hold on to.
    is_customer = row.party == "customer"
    name = None if is_customer else folded(open_words(row.id, row.sealed_words).counterparty)
    return KnownDecision(row.id, row.entry_id, row.verdict, name, row.expires_at)
