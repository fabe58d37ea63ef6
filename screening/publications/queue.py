"""The sink of publications: a row in the decision's own transaction, so that what is decided is published."""

from collections.abc import Sequence
from typing import Any, Final

from ratel.identifiers import new_id
from ratel.statements import InsertInto, Write
from screening.persist import Recorded

PUBLICATION_INSERT: Final = InsertInto(
    "screening_publication",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "evaluation_id": "uuid",
        "topic": "text",
        "version": "text",
        "next_attempt_at": "timestamptz",
        "created_at": "timestamptz",
    },
)


def queue_publications(recorded: Sequence[Recorded]) -> list[Write]:
    """One of RATEL_DECISION_SINKS."""
    rows = [_row(record) for record in recorded if record.request.publication is not None]
    return [(PUBLICATION_INSERT, rows)] if rows else []


def _row(record: Recorded) -> tuple[Any, ...]:
    publication = record.request.publication
    assert publication is not None  # noqa: S101 - the caller has looked
    return (
        new_id(),
        record.team.organisation_id,
        record.team.id,
        record.evaluation.id,
        publication.topic,
        publication.version,
        record.now,
        record.now,
    )
