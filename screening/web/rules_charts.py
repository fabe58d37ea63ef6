"""Hits by day as columns of an SVG: numbers only, drawn by the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

WIDTH: Final = 660
HEIGHT: Final = 96
_FOOT: Final = 14


@dataclass(frozen=True)
class Column:
    """A day: the whole column from `y`, and the part of it that is told apart from `part_y`."""

    x: float
    width: float
    y: float
    height: float
    part_y: float
    part_height: float
    title: str


@dataclass(frozen=True)
class Tick:
    x: float
    text: str


@dataclass(frozen=True)
class Chart:
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    most: int
    is_empty: bool
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - _FOOT


def chart(days: Sequence[tuple[date, int, int]], whole: str, part: str) -> Chart:
    """Days with a count and the part of it to be told apart, oldest first; `whole` and `part` are their words."""
    most = max((max(count, some) for _, count, some in days), default=0)
    step = WIDTH / max(len(days), 1)
    room = HEIGHT - _FOOT - 4
    columns = []
    for number, (day, count, some) in enumerate(days):
        height, part_height = (round(room * value / most, 1) if most else 0 for value in (count, some))
        columns.append(
            Column(
                x=round(number * step + step * 0.1, 1),
                width=round(step * 0.8, 1),
                y=HEIGHT - _FOOT - height,
                height=height,
                part_y=HEIGHT - _FOOT - part_height,
                part_height=part_height,
                title=f"{day.day} {day:%b}: {count} {whole}, {some} {part}",
            )
        )
    every = max(len(days) // 5, 1)
    ticks = tuple(
        Tick(columns[number].x, f"{days[number][0].day} {days[number][0]:%b}")
        for number in range(0, len(days), every)
    )
    return Chart(tuple(columns), ticks, most, is_empty=most == 0)
