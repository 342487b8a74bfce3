"""Where each dot of the chart of claimed factors goes: a row a resource, a log scale from left to right.

Places from left to right are percentages, so that the picture fits every width without a script; heights
are in pixels of CSS.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import get_args

from summarizer.records import Resource

_STEP = 12.0
"""From one dot to the next above it."""
_APART = 2.0
"""Percent: how near two dots may be side by side; a little less than a dot on a wide screen."""
_HIGHEST = 150.0
"""A column of dots that would be higher is packed closer."""
_LINE = 17.0
"""Above the dots of a row: room for its label."""
_AXIS = 26.0
_MIDDLE = 45.0
"""Percent: a dot beyond has its name above."""
_LETTER = 2.0
"""Percent: how wide a letter of a name is, on a narrow screen."""
_WIDE_LETTER = 0.95
"""And on a wide one, where there is room for more names."""


@dataclass(frozen=True)
class Point:
    """A claim to be drawn: its factor (> 1), what it saves, the card it leads to, its name in brief."""

    factor: float
    resource: Resource
    anchor: str
    name: str


@dataclass(frozen=True)
class Dot:
    """A point in its place. ``named``: there is room for its name beside it, on a wide screen."""

    point: Point
    x: float
    y: float
    named: bool = False


@dataclass(frozen=True)
class Row:
    """The dots of one resource, the largest factor last; ``base`` is the height of the row's line.

    The name of the last dot stands beside it, or at the height ``above`` where it could run out of the
    picture.
    """

    resource: Resource
    base: float
    dots: tuple[Dot, ...]
    above: float | None


@dataclass(frozen=True)
class Tick:
    """A line of the scale. A ``minor`` one has no room for its number on a narrow screen."""

    factor: float
    x: float
    minor: bool


@dataclass(frozen=True)
class Chart:
    """All of the picture, ``height`` pixels high."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    height: float


def draw(points: Iterable[Point]) -> Chart | None:
    """Place ``points``, or return ``None`` where there are none. The same points get the same places."""
    by_resource: dict[Resource, list[Point]] = {}
    for point in points:
        by_resource.setdefault(point.resource, []).append(point)
    if not by_resource:
        return None
    ticks = _ticks(max(point.factor for row in by_resource.values() for point in row))
    decades = math.log10(ticks[-1].factor)
    rows, top = [], 0.0
    for resource in get_args(Resource):
        if resource in by_resource:
            rows.append(_row(resource, by_resource[resource], top, decades))
            top = rows[-1].base + _STEP
    return Chart(tuple(rows), ticks, round(top + _AXIS, 1))


def _row(resource: Resource, points: list[Point], top: float, decades: float) -> Row:
    ends: list[float] = []  # of each level, where its last dot is
    places = []
    for point in sorted(points, key=lambda point: (point.factor, point.anchor)):
        x = round(100 * math.log10(point.factor) / decades, 2)
        level = next((level for level, end in enumerate(ends) if x - end >= _APART), len(ends))
        ends[level : level + 1] = [x]
        places.append((point, x, level))
    step = min(_STEP, _HIGHEST / len(ends))
    base = top + _LINE + _STEP / 2 + step * (len(ends) - 1) + _STEP / 2
    dots = tuple(
        Dot(
            point, x, round(base - _STEP / 2 - level * step, 1), len(ends) == 1 and _has_room(point, x, after)
        )
        for (point, x, level), after in zip(places, [*(x for _, x, _ in places[1:]), 0.0], strict=True)
    )
    last = dots[-1]
    above = None
    if last.x > _MIDDLE:
        under = (dot.y for dot in dots if dot.x > last.x - _LETTER * (len(last.point.name) + 8))
        above = round(min(under) - 10, 1)
    return Row(resource, round(base, 1), dots, above)


def _has_room(point: Point, x: float, after: float) -> bool:
    """Tell whether the name of ``point`` at ``x`` ends before the next dot; it is the figure and the name."""
    return after - x > 2 * _APART + _WIDE_LETTER * (len(point.name) + 7)


def _ticks(largest: float) -> tuple[Tick, ...]:
    """Return the scale from 1 to the first round number that no factor exceeds."""
    factors = [1.0]
    for power in count():
        factors += [step * 10.0**power for step in (2, 5, 10)]
        if factors[-1] >= largest:
            break
    end = next(index for index, factor in enumerate(factors) if factor >= largest)
    factors = factors[: end + 1]
    decades = math.log10(factors[-1])
    if decades > 4:  # only powers of ten, and at most about eight of them
        apart = math.ceil(decades / 8)
        last = math.ceil(decades / apart) * apart
        factors, decades = [10.0**power for power in range(0, last + 1, apart)], float(last)
    if decades > 4:
        minor = [index % 2 == 1 for index in range(len(factors))]
    else:
        minor = [decades > 1.5 and not math.log10(factor).is_integer() for factor in factors]
    return tuple(
        Tick(factor, round(100 * math.log10(factor) / decades, 2), small)
        for factor, small in zip(factors, minor, strict=True)
    )
