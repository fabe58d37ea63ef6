"""Columns of a chart as numbers for SVG: computed here, drawn by templates, because pages carry no inline style."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 720.0
HEIGHT: Final = 132.0
LEFT: Final = 38.0
BOTTOM: Final = 18.0
# Room for half of the last label, and for the upper half of the top number.
RIGHT: Final = 16.0
TOP: Final = 6.0
MOST_LABELS: Final = 8


@dataclass(frozen=True)
class Part:
    """One stretch of a column; `tone` is the class that colours it."""

    tone: str
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    """`says` is the whole of it in words; `label` stands below it, on some of them."""

    x: float
    width: float
    parts: tuple[Part, ...]
    says: str
    label: str = ""

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Line:
    """A line across at a round number."""

    y: float
    label: str


@dataclass(frozen=True)
class Chart:
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    width: float = WIDTH + RIGHT
    top: float = -TOP
    below: float = HEIGHT + BOTTOM - 3
    height: float = HEIGHT + BOTTOM + TOP
    right: float = WIDTH
    left: float = LEFT
    base: float = HEIGHT


@dataclass(frozen=True)
class Bar:
    """What a column shows: its parts from the ground up."""

    parts: Sequence[tuple[str, int]]
    says: str
    label: str = ""

    @property
    def total(self) -> int:
        return sum(count for _, count in self.parts)


def stacked(bars: Sequence[Bar]) -> Chart:
    """Columns over a common scale that begins at nothing and ends at a round number."""
    top = round_up(max((bar.total for bar in bars), default=0))
    room = (WIDTH - LEFT) / max(len(bars), 1)
    every = -(-len(bars) // MOST_LABELS) if bars else 1
    columns = tuple(
        Column(
            x=round(LEFT + room * position + room * 0.12, 1),
            width=round(room * 0.76, 1),
            parts=tuple(_parts(bar, top)),
            says=bar.says,
            # Counted from the end, so that the newest has its label.
            label=bar.label if (len(bars) - 1 - position) % every == 0 else "",
        )
        for position, bar in enumerate(bars)
    )
    lines = tuple(Line(round(HEIGHT - HEIGHT * share, 1), f"{round(top * share):,}") for share in (0.5, 1.0))
    return Chart(columns, lines)


def _parts(bar: Bar, top: int) -> list[Part]:
    found, ground = [], HEIGHT
    for tone, count in bar.parts:
        if count:
            # Never thinner than can be seen.
            height = max(HEIGHT * count / top, 1.0)
            ground -= height
            found.append(Part(tone, round(max(ground, 0.0), 1), round(height, 1)))
    return found


def round_up(number: int) -> int:
    """The smallest of 2, 4, 6, 8, 10, 20, 40, 60, 80, 100, 200, ... that is not smaller."""
    unit: int = 10 ** max(len(str(max(number, 1))) - 1, 0)
    return next(step * unit for step in (1, 2, 4, 6, 8, 10) if step * unit >= max(number, 2))
