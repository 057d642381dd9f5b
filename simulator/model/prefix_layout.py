"""Routes as rectangles: sources across, destinations down, drawn so that a /32 beside a /8 is still seen.

Rules of this file
1. An axis is cut at every prefix's beginning and end, and each piece gets a size that grows with the logarithm of its
   addresses. So what contains, equals or misses what is kept to the pixel; how large it is, is only hinted at.
2. Addresses that no prefix names are a gap of one size.
3. Values only: the markup is in the templates of the server's page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from .prefixes import Prefix
from .routes import Route

_TOP: Final = 10
_BOTTOM: Final = 30
LINE_HEIGHT: Final = 11
"""Height of a line of text; a character is _CHARACTER wide."""
_CHARACTER: Final = 6.1
_MOST_PAIRS: Final = 10
"""Overlaps that are named in words."""
_GAP: Final = 6.0
_EVERY_PIECE: Final = 20.0
_END: Final = 1 << 32


class LayoutBox(NamedTuple):
    """A rectangle of the picture: its corner, and how large it is."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: LayoutBox) -> bool:
        """Whether the two share more than an edge."""
        across = self.x < other.x + other.width and other.x < self.x + self.width
        return across and self.y < other.y + other.height and other.y < self.y + self.height


class Canvas(NamedTuple):
    """How large a picture is, and the room left of the frame that the axes span, for the destinations."""

    width: float
    height: float
    left: float = 132

    @property
    def frame(self) -> LayoutBox:
        """What the axes span."""
        return LayoutBox(self.left, _TOP, self.width - self.left - 4, self.height - _TOP - _BOTTOM)


PAGE_CANVAS: Final = Canvas(1000, 680)
"""The picture on the page of the mock endpoint, where there is much to show."""
_EVERY_ROW: Final = 60
"""Height of the page's picture for each destination, up to that of PAGE_CANVAS."""


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """Text in the picture, or beside it: each line, and where its first one begins."""

    x: float
    y: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacedRoutes:
    """The routes of one pair of prefixes. `shade` numbers the priorities; `label` is None where there is no room."""

    box: LayoutBox
    routes: tuple[Route, ...]
    shade: int
    label: PlacedLabel | None

    @property
    def standby(self) -> bool:
        """Whether no route here has a weight."""
        return not any(route.weight for route in self.routes)

    @property
    def title(self) -> str:
        """Everything it stands for, in words."""
        first = self.routes[0]
        return f"{first.source} to {first.destination}: " + ", ".join(_words(route) for route in self.routes)


@dataclass(frozen=True, slots=True)
class PrefixLayout:
    """All rectangles, large ones first, so that small ones lie on top; and the prefixes named along the axes."""

    rectangles: tuple[PlacedRoutes, ...]
    sources: tuple[PlacedLabel, ...]
    destinations: tuple[PlacedLabel, ...]
    overlaps: tuple[str, ...]
    left_out: int
    """Routes without an IPv4 prefix, which have no place here."""
    priorities: tuple[int, ...]
    """The priorities, in the order of the shades."""
    canvas: Canvas


class _Axis:
    """Where addresses lie on a line of `length`, of which the first is at `start`."""

    def __init__(self, prefixes: Iterable[Prefix], start: float, length: float) -> None:
        self.prefixes = sorted(set(prefixes))
        cuts = sorted({end for prefix in self.prefixes for end in (prefix.network, _after(prefix))})
        sizes = [_size(cuts[at], cuts[at + 1], self.prefixes) for at in range(len(cuts) - 1)]
        scale = length / (sum(sizes) or 1)
        ends = accumulate((size * scale for size in sizes), initial=start)
        self._at = dict(zip(cuts, ends, strict=False))  # without prefixes there is one end, and no cut

    def span(self, prefix: Prefix) -> tuple[float, float]:
        """Where a prefix begins, and how long it is."""
        start = self._at[prefix.network]
        return start, self._at[_after(prefix)] - start


_Texts = Sequence[tuple[str, ...]]
"""What a box may say: each text is some lines, the best one first."""


def values_of(routes: Sequence[Route]) -> _Texts:
    """A line for each route, else priority above weights where it is the same."""
    texts = [tuple(f"p{route.priority} w{route.weight}" for route in routes)]
    if len({route.priority for route in routes}) == 1:
        texts.append((f"p{routes[0].priority}", "w" + ",".join(str(route.weight) for route in routes)))
    return texts


def layout_of(
    routes: Sequence[Route], canvas: Canvas = PAGE_CANVAS, says: Callable[[Sequence[Route]], _Texts] = values_of
) -> PrefixLayout:
    """The layout of these routes; `says` is what a rectangle may say of its own."""
    pairs: dict[tuple[Prefix, Prefix], tuple[Route, ...]] = {}
    for route in routes:
        if route.source is not None and route.destination is not None:
            pair = (route.source, route.destination)
            pairs[pair] = (*pairs.get(pair, ()), route)
    frame = canvas.frame
    across = _Axis((source for source, _ in pairs), frame.x, frame.width)
    down = _Axis((destination for _, destination in pairs), frame.y, frame.height)
    boxes = {pair: _box(across, down, pair) for pair in pairs}
    drawn = sorted(pairs, key=lambda pair: -boxes[pair].width * boxes[pair].height)
    priorities = tuple(sorted({route.priority for found in pairs.values() for route in found}))
    labels = _labels([(boxes[pair], says(pairs[pair])) for pair in drawn])
    rectangles = [
        PlacedRoutes(boxes[pair], pairs[pair], priorities.index(pairs[pair][0].priority), label)
        for pair, label in zip(drawn, labels, strict=True)
    ]
    left_out = len(routes) - sum(map(len, pairs.values()))
    beside = _across(across, canvas), _down(down, canvas)
    return PrefixLayout(tuple(rectangles), *beside, tuple(_overlaps(rectangles)), left_out, priorities, canvas)


def page_for(routes: Iterable[Route]) -> Canvas:
    """PAGE_CANVAS, or less of it for few destinations: one route is not to fill the screen."""
    destinations = len({route.destination for route in routes})
    return PAGE_CANVAS._replace(height=min(PAGE_CANVAS.height, _TOP + _BOTTOM + _EVERY_ROW * max(2, destinations)))


def _after(prefix: Prefix) -> int:
    return min(prefix.network + (1 << (32 - prefix.length)), _END)


def _size(start: int, end: int, prefixes: Iterable[Prefix]) -> float:
    named = any(prefix.network <= start and end <= _after(prefix) for prefix in prefixes)
    return _EVERY_PIECE + (end - start).bit_length() if named else _GAP


def _box(across: _Axis, down: _Axis, pair: tuple[Prefix, Prefix]) -> LayoutBox:
    (x, width), (y, height) = across.span(pair[0]), down.span(pair[1])
    return LayoutBox(round(x, 1), round(y, 1), round(width, 1), round(height, 1))


# --- Text --------------------------------------------------------------------------------------------------


def _words(route: Route) -> str:
    return f"route {route.number} with priority {route.priority} and weight {route.weight}"


def _labels(boxes: Sequence[tuple[LayoutBox, _Texts]]) -> list[PlacedLabel | None]:
    """A label for each box, in a corner of it that no later box and no other label covers; None where none is free."""
    placed: list[LayoutBox] = []
    labels: list[PlacedLabel | None] = []
    for number, (box, texts) in enumerate(boxes):
        taken = [*placed, *(other for other, _ in boxes[number + 1 :])]
        found = next(((room, lines) for room, lines in _rooms(box, texts) if not any(map(room.meets, taken))), None)
        if found is None:
            labels.append(None)
            continue
        (x, y, *_), lines = found
        placed.append(found[0])
        labels.append(PlacedLabel(round(x + 3, 1), round(y + LINE_HEIGHT - 1, 1), lines))
    return labels


def _rooms(box: LayoutBox, texts: _Texts) -> Iterator[tuple[LayoutBox, tuple[str, ...]]]:
    """Where in a box its text could stand."""
    for text in texts:
        width, height = _CHARACTER * max(map(len, text)) + 5, LINE_HEIGHT * len(text) + 2.0
        if width <= box.width and height <= box.height:
            right, low = box.x + box.width - width, box.y + box.height - height
            for x, y in ((box.x, box.y), (right, low), (right, box.y), (box.x, low)):
                yield LayoutBox(x, y, width, height), text


def _across(axis: _Axis, canvas: Canvas) -> tuple[PlacedLabel, ...]:
    """The sources that can be named below without touching each other, each under what it names."""
    labels: list[PlacedLabel] = []
    free = 0.0
    for prefix in axis.prefixes:
        start, length = axis.span(prefix)
        width = _CHARACTER * len(str(prefix))
        x = min(max(start, free), canvas.width - width)
        if x >= free and (x <= start or x + width <= start + length):
            labels.append(PlacedLabel(round(x, 1), canvas.height - _BOTTOM + LINE_HEIGHT + 4, (str(prefix),)))
            free = x + width + 12
    return tuple(labels)


def _down(axis: _Axis, canvas: Canvas) -> tuple[PlacedLabel, ...]:
    """The destinations that can be named at the left without touching each other, each beside what it names."""
    labels: list[PlacedLabel] = []
    free = 0.0
    for prefix in axis.prefixes:
        start, height = axis.span(prefix)
        first = min(start + LINE_HEIGHT, start + height / 2 + LINE_HEIGHT / 3)
        y = max(first, free + LINE_HEIGHT)
        if y == first or y <= start + height:
            labels.append(PlacedLabel(canvas.left - 8, round(y, 1), (str(prefix),)))
            free = y
    return tuple(labels)


def _overlaps(rectangles: Sequence[PlacedRoutes]) -> Iterator[str]:
    """Which rectangles overlap, _MOST_PAIRS of them in words and the others counted."""
    found = [
        f"{_numbers(one)} and {_numbers(other)}"
        for at, one in enumerate(rectangles)
        for other in rectangles[at + 1 :]
        if one.box.meets(other.box)
    ]
    yield from found[:_MOST_PAIRS]
    if len(found) > _MOST_PAIRS:
        yield f"{len(found) - _MOST_PAIRS:,} more"


def _numbers(rectangle: PlacedRoutes) -> str:
    numbers = ", ".join(str(route.number) for route in rectangle.routes)
    return f"routes {numbers}" if len(rectangle.routes) > 1 else f"route {numbers}"
