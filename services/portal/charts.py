"""Charts drawn by the server: bars, and a line over them, measured for a template to draw.

A chart shows the shape of what a table beside it says in numbers; whoever cannot see it loses
nothing. No script draws it and no style is written into it, so a page's policy stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 200
_LEFT: Final = 52
_TOP: Final = 10
_BOTTOM: Final = 24
_LABELS_MOST: Final = 8
_TICKS: Final = 4
Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Point:
    """A value's place; ``x`` is the middle of its column."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A value as a bar."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """A text beside an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: bars of the first series, lines of the others, and what the axes say.

    A line breaks where there is no value, and a value with none beside it is a dot.
    """

    bars: Sequence[Bar]
    lines: Sequence[Sequence[Sequence[Point]]]
    columns: Sequence[Label]
    ticks: Sequence[Label]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    floor: int = HEIGHT - _BOTTOM


def chart(
    labels: Sequence[str],
    bars: Sequence[Number | None],
    *lines: Sequence[Number | None],
    from_zero: bool = True,
) -> Chart | None:
    """A chart of values by column, None where there is no value at all.

    ``from_zero`` is left out for what lies far from zero and moves little, such as a price; bars
    begin at zero always.
    """
    known = [float(v) for series in (bars, *lines) for v in series if v is not None]
    if not known:
        return None
    low, high, step = _scale(0.0 if from_zero else min(known), max(known))
    column = (WIDTH - _LEFT) / len(labels)
    span = HEIGHT - _TOP - _BOTTOM

    def point(place: int, value: Number) -> Point:
        share = (float(value) - low) / (high - low)
        return Point(round(_LEFT + column * (place + 0.5), 1), round(_TOP + span * (1 - share), 1))

    drawn = [(point(n, v)) for n, v in enumerate(bars) if v is not None]
    wide = round(min(column * 0.7, 40.0), 1)
    every = max(1, ceil(len(labels) / _LABELS_MOST))
    return Chart(
        bars=[
            Bar(round(at.x - wide / 2, 1), at.y, wide, round(HEIGHT - _BOTTOM - at.y, 1))
            for at in drawn
        ],
        lines=[list(_pieces(series, point)) for series in lines],
        columns=[
            Label(round(_LEFT + column * (n + 0.5), 1), labels[n])
            for n in range(0, len(labels), every)
        ],
        ticks=[
            Label(round(_TOP + span * (1 - (value - low) / (high - low)), 1), _short(value, step))
            for value in _steps(low, high, step)
        ],
    )


def _pieces(
    series: Sequence[Number | None], point: Callable[[int, Number], Point]
) -> Iterator[list[Point]]:
    """The pieces of a line between the places without a value."""
    piece: list[Point] = []
    for place, value in enumerate(series):
        if value is not None:
            piece.append(point(place, value))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """From where to where an axis goes, and in which steps: 1, 2 or 5 of a power of ten."""
    room = (high - low) or abs(high) or 1.0
    power = 10.0 ** floor(log10(room / _TICKS))
    step = next(power * n for n in (1, 2, 5, 10) if power * n * _TICKS >= room)
    return floor(low / step) * step, max(ceil(high / step), floor(low / step) + 1) * step, step


def _steps(low: float, high: float, step: float) -> Iterator[float]:
    return (low + step * n for n in range(round((high - low) / step) + 1))


def _short(value: float, step: float) -> str:
    """A value of an axis with the decimals that its steps need."""
    return f"{value:.{max(0, -floor(log10(step)))}f}"
