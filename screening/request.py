"""One thing to decide, as a dialect hands it over: the canonical transaction and what makes it idempotent."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import orjson

from screening.publications.topics import Publication
from screening.transaction import Transaction


@dataclass(frozen=True)
class EvaluateRequest:
    """`key_hash` stands for the external id (None: nothing is deduplicated), `body_hash` for the canonical JSON.

    With `occurs_now` no time was given: the transaction occurs when its customer's turn comes, after those before it.
    """

    transaction: Transaction
    dialect: str
    persist: bool
    key_hash: UUID | None
    body_hash: bytes
    occurs_now: bool = False
    # Where the id of the evaluation was promised before it is made (queue mode).
    evaluation_id: UUID | None = None
    # Where the result is published to beside the answer (framl's `topicId`).
    publication: Publication | None = None


def key_hash(external_id: str) -> UUID:
    """128 bits that stand for an external id; the team is a column beside it."""
    return UUID(bytes=hashlib.sha256(external_id.encode()).digest()[:16])


def body_hash(document: object) -> bytes:
    """SHA-256 of the canonical JSON (sorted keys, no blanks) of what was sent."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).digest()
