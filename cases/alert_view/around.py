"""The largest counterparties of a customer in 30 days, and who else with open alerts deals with them. Pure."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from screening.replays import open_transaction

# The picture's own units.
WIDTH: Final = 330
MOST_NAMED: Final = 4
_TOP: Final = 16
_STEP: Final = 30
_MOST_ON_A_SIDE: Final = 3
_WIDEST: Final = 6.0
_LONGEST_LABEL: Final = 20
# Where a counterparty's name stands: over its line, under it where the line comes from below.
_OVER: Final = -6
_UNDER: Final = 14


@dataclass(frozen=True)
class Other:
    """Another customer with an open alert."""

    alert_id: UUID
    reference: str


@dataclass(frozen=True)
class Flow:
    """What went to and came from one counterparty."""

    name: str
    count: int
    received: Decimal
    paid: Decimal
    others: tuple[Other, ...]

    @property
    def total(self) -> Decimal:
        return self.received + self.paid

    @property
    def others_beyond(self) -> int:
        """How many of the others are not named."""
        return max(0, len(self.others) - MOST_NAMED)

    @property
    def is_incoming(self) -> bool:
        return self.received > self.paid


@dataclass(frozen=True)
class Node:
    """A counterparty in the picture with its line to the customer."""

    flow: Flow
    label: str
    x: int
    y: int
    text_x: int
    text_dy: int
    anchor: str
    path: str
    width: float


@dataclass(frozen=True)
class Around:
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    height: int
    initials: str

    @property
    def middle(self) -> int:
        return self.height // 2

    @property
    def center(self) -> int:
        return WIDTH // 2

    @property
    def shared(self) -> list[Flow]:
        """The counterparties that others with open alerts deal with too."""
        return [flow for flow in self.flows if flow.others]

    @property
    def others_count(self) -> int:
        return len({other.alert_id for flow in self.flows for other in flow.others})


def around_of(rows: Sequence[Mapping[str, Any]], customer: str) -> Around:
    flows = tuple(_flow(row) for row in rows)
    incoming = [flow for flow in flows if flow.is_incoming][:_MOST_ON_A_SIDE]
    outgoing = [flow for flow in flows if not flow.is_incoming][:_MOST_ON_A_SIDE]
    rows_needed = max(len(incoming), len(outgoing), 1)
    height = _TOP * 2 + _STEP * (rows_needed - 1) + 14
    largest = max((flow.total for flow in flows), default=Decimal(1)) or Decimal(1)
    nodes = [
        *_side(incoming, height, largest, is_left=True),
        *_side(outgoing, height, largest, is_left=False),
    ]
    initials = "".join(word[0] for word in customer.split()[:2] if word).upper()
    return Around(tuple(nodes), flows, height, initials or "?")


def _side(flows: Sequence[Flow], height: int, largest: Decimal, *, is_left: bool) -> list[Node]:
    first = (height - _STEP * (len(flows) - 1)) // 2
    return [
        _node(flow, first + _STEP * number, height // 2, largest, is_left)
        for number, flow in enumerate(flows)
    ]


def _node(flow: Flow, y: int, middle: int, largest: Decimal, is_left: bool) -> Node:
    x, bend, end = (8, 90, WIDTH // 2 - 18) if is_left else (WIDTH - 8, WIDTH - 90, WIDTH // 2 + 18)
    label = flow.name if len(flow.name) <= _LONGEST_LABEL else flow.name[: _LONGEST_LABEL - 1] + "…"
    return Node(
        flow=flow,
        label=label,
        x=x,
        y=y,
        text_x=x + 9 if is_left else x - 9,
        text_dy=_UNDER if y > middle else _OVER,
        anchor="start" if is_left else "end",
        path=f"M{x} {y} C{bend} {y} {bend} {middle} {end} {middle}",
        width=round(1 + float(flow.total / largest) * (_WIDEST - 1), 1),
    )


def _flow(row: Mapping[str, Any]) -> Flow:
    transaction_id, sealed = row["last"]
    sent = open_transaction(UUID(transaction_id), b64decode(sealed)).counterparty
    return Flow(
        name=sent.name or sent.account or sent.entity_id or sent.national_id or "unknown",
        count=row["count"],
        received=Decimal(row["received"] or 0),
        paid=Decimal(row["paid"] or 0),
        others=tuple(Other(UUID(one[0]), one[1]) for one in row["others"] or ()),
    )
