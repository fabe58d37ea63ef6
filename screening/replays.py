"""Stored evaluations, read back whole: for replays, for explanations, for repeating them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from ratel.sealing import unseal
from screening import evaluation as evaluations
from screening.evaluation import Evaluation
from screening.transaction import Transaction
from screening.unit_of_work import UnitOfWork

_BY_ID = b"SELECT id, sealed_detail FROM screening_evaluation WHERE id = ANY (%s::uuid[])"


def load_evaluations(work: UnitOfWork, identifiers: Sequence[UUID]) -> dict[UUID, Evaluation]:
    """The evaluations with these ids that the team may see."""
    if not identifiers:
        return {}
    rows = work.read(_BY_ID, ["{" + ",".join([str(identifier) for identifier in identifiers]) + "}"])
    return {row[0]: open_evaluation(row[0], bytes(row[1])) for row in rows}


def open_transaction(identifier: UUID, sealed: bytes | memoryview) -> Transaction:
    """The payment as it was sent, out of the row's `sealed_input`."""
    return msgspec.json.decode(unseal(bytes(sealed), identifier.bytes), type=Transaction)


def open_evaluation(identifier: UUID, sealed: bytes) -> Evaluation:
    return evaluations.decode(unseal(sealed, identifier.bytes))
