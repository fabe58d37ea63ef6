"""The scores of a window as bars, coloured by what the draft makes of them, with the thresholds old and new. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from screening.what_if.compare import Outlook
from screening.what_if.counting import BAR_POINTS

WIDTH: Final = 790
LEFT: Final = 20
TOP: Final = 40
BASE: Final = 152
STEP: Final = 24.5
OUTCOMES: Final = ("pass", "review", "escalate", "block")
# About how wide a letter of a label is: a label that would lie on an earlier one goes a line down.
_LETTER: Final = 6.4
_LINE_HEIGHT: Final = 12


@dataclass(frozen=True)
class Piece:
    tone: str
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """One step of scores: its pieces from pass up, and what it says when pointed at."""

    pieces: tuple[Piece, ...]
    label: str
    x: float


@dataclass(frozen=True)
class Line:
    """A threshold of the draft, and where it was (None where it did not move). `text_y` is the label's place."""

    name: str
    value: Any
    x: float
    text_x: float
    anchor: str
    text_y: int
    was: Any
    was_x: float | None


@dataclass(frozen=True)
class Chart:
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]
    label: str


def chart_of(draft: Outlook, live_fields: Mapping[str, Any], draft_fields: Mapping[str, Any]) -> Chart:
    bars = draft.counted.bars
    highest = max((sum(bar) for bar in bars), default=0)
    lines = _lines(live_fields, draft_fields)
    return Chart(
        bars=tuple([_bar(place, bar, highest) for place, bar in enumerate(bars) if sum(bar)]),
        lines=lines,
        ticks=tuple([(_x(score), str(score)) for score in range(0, 151, 25)]),
        label="Scores of the window. "
        + "; ".join(
            f"{line.name} from {line.value}" + (f", was {line.was}" if line.was is not None else "")
            for line in lines
        ),
    )


def _bar(place: int, bar: tuple[int, int, int, int], highest: int) -> Bar:
    """Heights go by the root of the number: a bank's scores are nearly all low, and the rest must be seen too."""
    total = sum(bar)
    height = max(2.0, (BASE - TOP) * math.sqrt(total / highest))
    pieces, bottom = [], float(BASE)
    for tone, number in zip(OUTCOMES, bar, strict=True):
        if number:
            part = height * number / total
            bottom -= part
            pieces.append(Piece(tone, round(_x(place * BAR_POINTS) + 1, 1), round(bottom, 1), round(part, 1)))
    upper = "and more" if place == 30 else f"to {place * BAR_POINTS + BAR_POINTS - 1}"
    said = ", ".join(f"{number:,} {tone}" for tone, number in zip(OUTCOMES, bar, strict=True) if number)
    return Bar(tuple(pieces), f"{place * BAR_POINTS} {upper}: {said}", round(_x(place * BAR_POINTS), 1))


def _lines(live: Mapping[str, Any], draft: Mapping[str, Any]) -> tuple[Line, ...]:
    """The draft's thresholds; where the live policy adds up otherwise, its own would say nothing here."""
    is_alike = live["aggregation"] == draft["aggregation"]
    before = _thresholds(live) if is_alike else {}
    lines: list[Line] = []
    taken: list[tuple[int, float, float]] = []
    for name, value in _thresholds(draft).items():
        was = before.get(name)
        moved = was if was != value else None
        x, width = _x(value), _LETTER * len(f"{name} {value}{f', was {moved}' if moved is not None else ''}")
        anchor, begin = ("end", x - 6 - width) if x + 6 + width > WIDTH else ("start", x + 6)
        row = _free_row(taken, begin, begin + width)
        lines.append(
            Line(
                name,
                value,
                x,
                x - 6 if anchor == "end" else x + 6,
                anchor,
                _LINE_HEIGHT * (row + 1),
                moved,
                None if moved is None else _x(moved),
            )
        )
    return tuple(lines)


def _free_row(taken: list[tuple[int, float, float]], begin: float, end: float) -> int:
    """The highest row in which nothing lies from `begin` to `end`; takes it."""
    row = 0
    while any(other == row and begin < its_end and its_begin < end for other, its_begin, its_end in taken):
        row += 1
    taken.append((row, begin, end))
    return row


def _thresholds(fields: Mapping[str, Any]) -> dict[str, Any]:
    if fields["aggregation"] == "sum":
        return {
            "review": fields["txReviewScore"],
            "escalate": fields["txEscalateScore"],
            "report draft": fields["txSarScore"],
        }
    return {**fields["bands"], "report draft": fields["txSarScore"]}


def _x(score: Any) -> float:
    """Everything from 150 on lies in the last bar."""
    return round(LEFT + min(float(score), 155) / BAR_POINTS * STEP, 1)
