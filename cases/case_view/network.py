"""Who paid whom around a customer, laid out for a drawing: payers on the left, the customer in the middle, payees on the
right, lines as thick as the money. Pure: numbers in, numbers out. The same rows are the drawing's twin as a table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

MOST_SHOWN: Final = 7
WIDTH: Final = 640
ROW: Final = 34
_THINNEST: Final = 1.0
_THICKEST: Final = 9.0
_LABEL: Final = 26
_LEFT_X: Final = 190
_RIGHT_X: Final = WIDTH - 190
_MIDDLE_LEFT: Final = 255
_MIDDLE_RIGHT: Final = WIDTH - 255


@dataclass(frozen=True)
class Flow:
    """The payments of one counterparty in one direction. `other_cases` also know this counterparty."""

    name: str
    direction: str
    count: int
    total: Decimal
    last_at: datetime
    other_cases: int = 0


@dataclass(frozen=True)
class Line:
    """One flow as it is drawn: where its label stands, its curve, how thick it is."""

    flow: Flow
    label: str
    x: int
    y: int
    anchor: str
    path: str
    thickness: float


@dataclass(frozen=True)
class Network:
    """`flows` are all of them, the most money first; `lines` those that are drawn."""

    flows: tuple[Flow, ...]
    lines: tuple[Line, ...]
    height: int
    middle: int
    hidden: int

    width: int = WIDTH

    @property
    def money_in(self) -> Decimal:
        return sum((one.total for one in self.flows if one.direction == "credit"), Decimal(0))

    @property
    def money_out(self) -> Decimal:
        return sum((one.total for one in self.flows if one.direction == "debit"), Decimal(0))


@dataclass(frozen=True)
class Edge:
    """One payment, or the sum of `count`, as far as the drawing needs it."""

    party: str
    name: str
    direction: str | None
    amount: Decimal | None
    at: datetime
    key: int | None = None
    count: int = 1


def flows_of(edges: Iterable[Edge], other_cases: Mapping[int, int]) -> list[Flow]:
    """Payments summed by counterparty and direction, the most money first; those of no known direction are left out."""
    sums: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        if edge.direction in {"credit", "debit"}:
            sums.setdefault((edge.party, edge.direction), []).append(edge)
    flows = [
        Flow(
            name=group[0].name,
            direction=direction,
            count=sum(one.count for one in group),
            total=sum((one.amount or Decimal(0) for one in group), Decimal(0)),
            last_at=max(one.at for one in group),
            other_cases=max((other_cases.get(one.key, 0) for one in group if one.key is not None), default=0),
        )
        for (_, direction), group in sums.items()
    ]
    return sorted(flows, key=lambda one: (-one.total, one.name))


def drawn(flows: list[Flow]) -> Network:
    sides = {side: [one for one in flows if one.direction == side] for side in ("credit", "debit")}
    shown = {side: found[:MOST_SHOWN] for side, found in sides.items()}
    rows = max([len(found) for found in shown.values()] + [1])
    height = rows * ROW + 12
    largest = max((one.total for one in flows), default=Decimal(0))
    lines = [
        _line(flow, position, len(found), height, largest)
        for found in shown.values()
        for position, flow in enumerate(found)
    ]
    hidden = len(flows) - len(lines)
    return Network(tuple(flows), tuple(lines), height, height // 2, hidden)


def _line(flow: Flow, position: int, count: int, height: int, largest: Decimal) -> Line:
    middle = height // 2
    y = middle + round((position - (count - 1) / 2) * ROW)
    is_in = flow.direction == "credit"
    start, end = ((_LEFT_X, y), (_MIDDLE_LEFT, middle)) if is_in else ((_MIDDLE_RIGHT, middle), (_RIGHT_X, y))
    bend = (start[0] + end[0]) // 2
    share = float(flow.total / largest) if largest else 0.0
    label = flow.name if len(flow.name) <= _LABEL else f"{flow.name[: _LABEL - 1]}…"
    return Line(
        flow=flow,
        label=label,
        x=_LEFT_X - 8 if is_in else _RIGHT_X + 8,
        y=y,
        anchor="end" if is_in else "start",
        path=f"M{start[0]} {start[1]} C{bend} {start[1]} {bend} {end[1]} {end[0]} {end[1]}",
        thickness=round(_THINNEST + share * (_THICKEST - _THINNEST), 1),
    )
