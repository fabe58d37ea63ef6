"""Items and results of a chunk at rest: JSON, sealed under the chunk's id."""

from typing import Any
from uuid import UUID

import orjson

from ratel.json import encode
from ratel.sealing import seal, unseal

_ITEMS = b"batch items"
_RESULTS = b"batch results"


def seal_items(chunk_id: UUID, items: list[Any]) -> bytes:
    return seal(encode(items), _ITEMS + chunk_id.bytes)


def open_items(chunk_id: UUID, sealed: bytes) -> list[Any]:
    items: list[Any] = orjson.loads(unseal(sealed, _ITEMS + chunk_id.bytes))
    return items


def seal_results(chunk_id: UUID, results: list[dict[str, Any]]) -> bytes:
    return seal(encode(results), _RESULTS + chunk_id.bytes)


def open_results(chunk_id: UUID, sealed: bytes) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = orjson.loads(unseal(sealed, _RESULTS + chunk_id.bytes))
    return results
