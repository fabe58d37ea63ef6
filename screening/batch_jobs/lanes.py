"""How the items of a batch are dealt to chunks. Pure.

All items of a customer are in one lane, in their order, and a lane is worked on front to back: the hands that work on
one batch never wait for each other's customers, and velocity rules see a customer's payments as they were sent.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

MOST_LANES: Final = 16
# A small batch is one chunk; a large one is in enough pieces for several hands.
ITEMS_A_LANE: Final = 100
ITEMS_A_CHUNK: Final = 200


@dataclass(frozen=True)
class Dealt:
    """The items at these positions of the batch; `number` counts the chunks of a lane."""

    lane: int
    number: int
    positions: tuple[int, ...]


def deal(items: Sequence[Any]) -> list[Dealt]:
    """Every position once; the first chunks of all lanes come first."""
    lanes: list[list[int]] = [[] for _ in range(min(MOST_LANES, max(1, len(items) // ITEMS_A_LANE)))]
    for position, item in enumerate(items):
        lanes[zlib.crc32(_customer(item).encode(errors="replace")) % len(lanes)].append(position)
    chunks = [
        Dealt(lane, start // ITEMS_A_CHUNK, tuple(positions[start : start + ITEMS_A_CHUNK]))
        for lane, positions in enumerate(lanes)
        for start in range(0, len(positions), ITEMS_A_CHUNK)
    ]
    return sorted(chunks, key=lambda chunk: (chunk.number, chunk.lane))


def _customer(item: Any) -> str:
    """The sending entity as far as it can be told before the item is parsed."""
    sender = item.get("sender") if isinstance(item, dict) else None
    return str(sender.get("entity_id")) if isinstance(sender, dict) else ""
