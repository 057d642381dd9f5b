"""A partial order as a drawing: names in boxes, what comes first on top, a line to what comes right after.

Rules of this file
1. Positions are worked out here, in SVG units; the template draws them. Nothing is measured in a browser.
2. A name stands one row below the lowest of those that come before it. Within a row names stand as near as can be to
   those they are joined to, so that few lines cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

BOX: Final = (196, 28)
"""Width and height of a box."""
_GAP: Final = (18, 34)
"""Between boxes of a row, and between rows."""
_SWEEPS: Final = 8
"""How often rows are put in order, downwards and upwards."""


@dataclass(frozen=True, slots=True)
class HasseBox:
    """A name, and where the middle of its box is."""

    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class HasseLine:
    """From the bottom of one box to the top of another."""

    first: str
    then: str
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and lines, and the size of it all."""

    width: int
    height: int
    boxes: tuple[HasseBox, ...]
    lines: tuple[HasseLine, ...]


def drawing(steps: Sequence[tuple[str, str]]) -> Drawing:
    """The drawing of an order without cycles: each step is a name, and one that comes right after it."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for first, then in steps:
        above.setdefault(then, []).append(first)
        below.setdefault(first, []).append(then)
    names = sorted({name for step in steps for name in step})
    rows = _rows(names, above)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        _arrange(rows if down else rows[::-1], above if down else below)
    return _placed(rows, steps)


def _rows(names: Sequence[str], above: Mapping[str, list[str]]) -> list[list[str]]:
    depth: dict[str, int] = {}
    left = list(names)
    while left:
        ready = [name for name in left if all(other in depth for other in above.get(name, ()))] or left
        for name in ready:
            depth[name] = 1 + max((depth.get(other, -1) for other in above.get(name, ())), default=-1)
        left = [name for name in left if name not in depth]
    rows: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in names:
        rows[depth[name]].append(name)
    return rows


def _arrange(rows: Sequence[list[str]], joined: Mapping[str, list[str]]) -> None:
    """Sort each row by the middle of those that its names are joined to."""
    places: dict[str, float] = {}
    for row in rows:
        middle = {
            name: sum(found) / len(found) if (found := [places[o] for o in joined.get(name, ()) if o in places]) else at
            for at, name in enumerate(row)
        }
        row.sort(key=lambda name: middle[name])
        places |= {name: number - (len(row) - 1) / 2 for number, name in enumerate(row)}


def _placed(rows: Sequence[Sequence[str]], steps: Sequence[tuple[str, str]]) -> Drawing:
    (box_width, box_height), (gap, between) = BOX, _GAP
    widest = max((len(row) for row in rows), default=0)
    width = widest * (box_width + gap) + gap
    boxes = {
        name: HasseBox(
            name,
            width / 2 + (number - (len(row) - 1) / 2) * (box_width + gap),
            between / 2 + box_height / 2 + depth * (box_height + between),
        )
        for depth, row in enumerate(rows)
        for number, name in enumerate(row)
    }
    lines = tuple(HasseLine(first, then, _path(boxes[first], boxes[then])) for first, then in steps)
    return Drawing(width, len(rows) * (box_height + between) + between, tuple(boxes.values()), lines)


def _path(upper: HasseBox, lower: HasseBox) -> str:
    top, bottom = upper.y + BOX[1] / 2, lower.y - BOX[1] / 2
    middle = (top + bottom) / 2
    return f"M{upper.x:g} {top:g}C{upper.x:g} {middle:g} {lower.x:g} {middle:g} {lower.x:g} {bottom:g}"
