"""What was asked about a customer's past, as it is stored with an evaluation: a short key per aggregate.

A key follows from what the aggregate says, never from where it stands, so that numbers find their aggregate again
after the order or the selection has changed.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Final

from screening.rules.aggregates import Aggregate
from screening.rules.document import node_document

# 36 bits: of 200 different aggregates two share a key once in three million rulesets.
KEY_CHARACTERS: Final = 6


def text_key(aggregate: Aggregate) -> str:
    """The aggregate's key, the same in every process and version."""
    where = None if aggregate.where is None else node_document(aggregate.where)
    said = [aggregate.function, aggregate.of, aggregate.window_seconds, where, aggregate.group_by]
    digest = hashlib.sha256(json.dumps(said).encode()).digest()
    return urlsafe_b64encode(digest)[:KEY_CHARACTERS].decode()


def asked_text(asked: Sequence[Aggregate]) -> str:
    """The keys of all in order, one after the other."""
    return "".join([text_key(aggregate) for aggregate in asked])


def keys_in(text: str) -> list[str]:
    """The keys that `asked_text` wrote."""
    return [text[start : start + KEY_CHARACTERS] for start in range(0, len(text), KEY_CHARACTERS)]
