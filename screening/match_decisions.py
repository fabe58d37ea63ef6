"""What people decided about matches, as name screening reads it: which matches are suppressed, which are confirmed.

Pure: decisions are loaded by `screening/decided.py`. A decision holds for one customer and one entry; one about a
counterparty only for the counterparty's name, so that the same entry is still found behind another one.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from screening.names.entity import ListedEntity, NameMatch

NOT_THIS_PERSON: Final = "not_this_person"
CONFIRMED: Final = "confirmed"
CUSTOMER: Final = "customer"


@dataclass(frozen=True, slots=True)
class KnownDecision:
    """One decision that is in force. `counterparty` is the folded name it is about, None for the customer itself."""

    id: UUID
    entry_id: str
    verdict: str
    counterparty: str | None
    expires_at: datetime | None

    def holds_at(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


# By the bank's own reference of the customer; customers without any decision are not in it.
Decisions = Mapping[str, tuple[KnownDecision, ...]]
OfParty = Mapping[str, KnownDecision]
NOTHING_DECIDED: Final[Decisions] = {}


@dataclass(frozen=True)
class Sorted:
    """Matches that count, and those that would but for a decision."""

    kept: tuple[NameMatch, ...]
    suppressed: tuple[tuple[NameMatch, KnownDecision], ...]


def folded(name: str) -> str:
    """A name as decisions about counterparties compare it."""
    return " ".join(name.casefold().split())


def in_force(decisions: Decisions, reference: str, now: datetime) -> tuple[KnownDecision, ...]:
    """What was decided about a customer and has not expired."""
    known = decisions.get(reference)
    return tuple([one for one in known if one.holds_at(now)]) if known else ()


def of_party(known: Iterable[KnownDecision], role: str, name: str) -> OfParty:
    """By entry what was decided about one party of a payment, or about a customer that is screened by itself."""
    about = None if role == CUSTOMER else folded(name)
    return {one.entry_id: one for one in known if one.counterparty == about}


def sort_matches(found: Iterable[NameMatch], decided: OfParty, counts: Callable[[NameMatch], bool]) -> Sorted:
    """A match that was confirmed counts whatever its score; one that is "not this person" never does."""
    kept: list[NameMatch] = []
    suppressed: list[tuple[NameMatch, KnownDecision]] = []
    for match in found:
        decision = decided.get(match.entry_id)
        if decision is not None and decision.verdict == CONFIRMED:
            kept.append(match)
        elif counts(match):
            if decision is None:
                kept.append(match)
            else:
                suppressed.append((match, decision))
    return Sorted(tuple(kept), tuple(suppressed))


def material_digest(entity: ListedEntity) -> str:
    """Stands for the parts of an entry that a decision rests on: names, birth dates, countries, identifiers.

    Their order, and whatever else an entry says (remarks, addresses), makes no difference.
    """
    parts = [
        sorted((name.text, name.quality) for name in entity.names),
        sorted(entity.birth_dates),
        sorted(entity.countries),
        sorted(entity.identifiers),
    ]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]
