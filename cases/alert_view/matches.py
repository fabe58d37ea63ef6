"""A name match side by side with the list entry: what agrees, what differs, what is not known. Pure.

The score and its reasons are those of the time of the decision; the entry is shown as its list has it now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cases.alert_view.read import AlertFile
from screening.names.entity import ListedEntity

MOST_MATCHES: Final = 3
_MOST_NAMES: Final = 3
# From here on a match is one of the name, however it is written.
_SAME_NAME_FROM: Final = 90
_KINDS: Final = {
    "sanctions": "sanctions",
    "pep": "politically exposed",
    "internal": "private list",
    "adverse_media": "adverse media",
}


@dataclass(frozen=True)
class Side:
    """One fact of both; `verdict` is same, differs or unknown."""

    label: str
    ours: str
    theirs: str
    verdict: str


@dataclass(frozen=True)
class Decided:
    verdict: str
    by: str
    at: str


@dataclass(frozen=True)
class Match:
    """`party` is customer or counterparty; `name` is who was screened; `is_listed` whether the entry is still there."""

    entry_id: str
    party: str
    name: str
    list_code: str
    reference: str
    kind: str
    listed_name: str
    matched_name: str
    score: float
    reasons: tuple[str, ...]
    sides: tuple[Side, ...]
    is_listed: bool
    decided: Decided | None


@dataclass(frozen=True)
class _Found:
    """A match in one form, whether a payment or a screening found it."""

    party: str
    name: str
    entry_id: str
    list_code: str
    kind: str
    reference: str
    matched_name: str
    listed_name: str
    score: float
    explanation: tuple[str, ...]


@dataclass(frozen=True)
class Proof:
    """What screening a party compared it with, where nothing counted as a match."""

    party: str
    best: float
    candidates: int


def entry_ids(file: AlertFile) -> list[str]:
    return [one.entry_id for one in _found(file)][:MOST_MATCHES]


def matches_of(file: AlertFile, entries: Mapping[str, ListedEntity]) -> list[Match]:
    return [_match(file, one, entries.get(one.entry_id)) for one in _found(file)[:MOST_MATCHES]]


def proofs_of(file: AlertFile) -> list[Proof]:
    """The parties that match nobody, with how near the nearest came."""
    return [
        Proof(party["role"], party["bestScore"], party["candidates"])
        for party in _parties(file)
        if not party["matches"]
    ]


def _parties(file: AlertFile) -> Sequence[Mapping[str, Any]]:
    evidence = file.evaluation.layer("sanctions").evidence if file.evaluation else None
    parties: Sequence[Mapping[str, Any]] = (evidence or {}).get("parties", ())
    return parties


def _found(file: AlertFile) -> list[_Found]:
    if file.judged is not None and file.subject is not None:
        name = file.subject.name
        found = [
            _Found(
                "customer",
                name,
                one.entry_id,
                one.list_code,
                one.category,
                one.reference,
                one.matched_name,
                one.listed_name,
                one.score,
                one.explanation,
            )
            for one in file.judged.matches
        ]
    else:
        found = [
            _Found(
                party["role"],
                _name_of(file, party["role"]),
                one["entryId"],
                one["list"],
                one["kind"],
                one["reference"],
                one["matchedName"],
                one["listedName"],
                one["score"],
                tuple(one["explanation"]),
            )
            for party in _parties(file)
            for one in party["matches"]
        ]
    return sorted(found, key=lambda one: -one.score)


def _name_of(file: AlertFile, party: str) -> str:
    sent = file.transaction
    if party == "counterparty":
        return (sent.counterparty.name if sent else None) or ""
    return (sent.customer.name if sent else None) or file.customer_name


def _match(file: AlertFile, one: _Found, entry: ListedEntity | None) -> Match:
    decided = next(
        (each for each in file.decisions if each["entry"] == one.entry_id and each["party"] == one.party),
        None,
    )
    return Match(
        entry_id=one.entry_id,
        party=one.party,
        name=one.name,
        list_code=one.list_code,
        reference=one.reference,
        kind=_KINDS.get(one.kind, one.kind),
        listed_name=one.listed_name,
        matched_name=one.matched_name,
        score=one.score,
        reasons=one.explanation,
        sides=_sides(file, one, entry),
        is_listed=entry is not None,
        decided=Decided(decided["verdict"], decided["by"] or "", decided["at"]) if decided else None,
    )


def _sides(file: AlertFile, one: _Found, entry: ListedEntity | None) -> tuple[Side, ...]:
    others = [name.text for name in entry.names if name.text != one.listed_name] if entry else []
    names = one.listed_name + (f" (also {', '.join(others[:_MOST_NAMES])})" if others else "")
    sides = [Side("Name", one.name, names, "same" if _is_same_name(one) else "unknown")]
    if entry is None:
        return tuple(sides)
    facts = _facts(file, one.party)
    sides.append(_side("Born", facts["born"], entry.birth_dates, agrees=_same_birth))
    sides.append(_side("Countries", facts["countries"], entry.countries, agrees=_any_same))
    sides.append(_side("Gender", facts["gender"], entry.genders, agrees=_any_same))
    sides.append(_side("Identifiers", facts["identifiers"], entry.identifiers, agrees=_any_same))
    kind = "" if entry.entity_type == "unknown" else entry.entity_type
    sides.append(_side("Is a", facts["kind"], (kind,) if kind else (), agrees=_any_same))
    return tuple(side for side in sides if side.ours or side.theirs)


def _is_same_name(one: _Found) -> bool:
    """What else differs lowers the score of a match; it does not make the name another one."""
    return one.score >= _SAME_NAME_FROM or _words_of(one.name) == _words_of(one.matched_name)


def _words_of(name: str) -> list[str]:
    return sorted(name.casefold().split())


def _facts(file: AlertFile, party: str) -> dict[str, tuple[str, ...]]:
    if party == "counterparty":
        sent = file.transaction.counterparty if file.transaction else None
        return {
            "born": (),
            "countries": _known(sent.country if sent else None),
            "gender": (),
            "identifiers": _known(sent.national_id if sent else None),
            "kind": (),
        }
    subject, identity, row = file.subject, file.identity, file.row
    kind = {"business": "company", "individual": "person"}.get(row.entity_type or "")
    return {
        "born": _known((subject.birth_date if subject else None) or identity.birth_date),
        "countries": _known(subject.nationality if subject else None, identity.nationality, row.home_country),
        "gender": _known((subject.gender if subject else None) or identity.gender),
        "identifiers": _known((subject.national_id if subject else None) or file.profile.national_id),
        "kind": _known((subject.entity_type if subject else None) or kind),
    }


def _known(*values: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _side(label: str, ours: Iterable[str], theirs: Iterable[str], *, agrees: Any) -> Side:
    mine, listed = tuple(ours), tuple(theirs)
    verdict = "unknown" if not mine or not listed else "same" if agrees(mine, listed) else "differs"
    return Side(label, ", ".join(mine), ", ".join(listed[:4]), verdict)


def _any_same(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    return bool({one.casefold() for one in ours} & {one.casefold() for one in theirs})


def _same_birth(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """As far as both say it: a year alone agrees with any day of it."""
    return any(one.startswith(other) or other.startswith(one) for one in ours for other in theirs)
