"""Whether stored evaluations are still what the audit trail recorded when they were decided.

The chain (`teams/audit/chain.py`) vouches for the entries, this module for what they point to: each entry keeps the
SHA-256 of its evaluation's detail, and the columns that are counted over must say what the detail says. It changes
nothing, and names evaluations by their ids only.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from ratel.identifiers import read
from ratel.sealing import Unreadable, unseal
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening import evaluation as evaluations
from teams.models import Team

DECIDED: Final = "evaluation.decided"
# Entries read and compared in one transaction, so that no transaction stays open for long.
BATCH: Final = 1_000
COMPARED: Final = ("decision", "risk_score", "alert_id")
_ENTRIES: Final = (
    "SELECT written_in::text, id, subject_id, content_digest FROM teams_auditentry WHERE organisation_id = %s"
    " AND (written_in, id) > (%s::xid8, %s) AND action = %s ORDER BY written_in, id LIMIT %s"
)
_EVALUATIONS: Final = (
    "SELECT id, sealed_detail, decision, risk_score, alert_id FROM screening_evaluation WHERE id = ANY (%s)"
)


@dataclass(frozen=True)
class Finding:
    """What verifying one entry's evaluation found: `reason` is "" where it is as it was recorded."""

    evaluation: str
    reason: str


def check_organisation(organisation_id: UUID) -> Iterator[Finding]:
    """One finding for each `evaluation.decided` entry of an organisation, in the order of the entries."""
    with tenant(organisation_id):
        team_ids = list(Team.objects.values_list("id", flat=True))
    written_in, last = "0", UUID(int=0)
    while True:
        with tenant(organisation_id, team_ids):
            entries = (
                driver_connection()
                .execute(_ENTRIES, (organisation_id, written_in, last, DECIDED, BATCH))
                .fetchall()
            )
            stored = _stored([read("evl", entry[2]) for entry in entries])
        for _, _, subject, digest in entries:
            yield Finding(subject, _fault(stored.get(read("evl", subject)), digest))
        if len(entries) < BATCH:
            return
        written_in, last = entries[-1][:2]


def _stored(identifiers: list[UUID | None]) -> dict[UUID | None, tuple[Any, ...]]:
    known = [identifier for identifier in identifiers if identifier is not None]
    rows = driver_connection().execute(_EVALUATIONS, (known,)).fetchall()
    return {row[0]: row for row in rows}


def _fault(row: tuple[Any, ...] | None, digest: bytes | None) -> str:
    if row is None:
        return "the evaluation is missing"
    identifier, sealed, *columns = row
    try:
        detail = unseal(bytes(sealed), identifier.bytes)
    except Unreadable:
        return "sealed_detail was altered, or its key is not configured"
    if digest is None or hashlib.sha256(detail).digest() != bytes(digest):
        return "sealed_detail is not what was recorded"
    try:
        evaluation = evaluations.decode(detail)
    except msgspec.MsgspecError:
        return "sealed_detail has a form that this version cannot read"
    differing = [
        name for name, value in zip(COMPARED, columns, strict=True) if value != getattr(evaluation, name)
    ]
    return f"{' and '.join(differing)} altered" if differing else ""
