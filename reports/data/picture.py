"""A picture of boxes over two axes, as data: what a report keeps of it, and its JSON.

Rules of this file
1. Nothing here knows what the axes mean: whoever makes a picture says so in words, and draws to scale or not.
2. What is read is held within LARGEST, so that no file can make a page that nobody can look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final

from .document import Node, wrong

LARGEST: Final = 10_000
"""Units that a picture may be wide or high."""


class Role(Enum):
    """What a box of a picture is, in the order in which boxes lie on one another."""

    HELD = "held"
    SENT = "sent"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a picture: where, how large, and in words. `numbers` are requests of the sequence."""

    x: float
    y: float
    width: float
    height: float
    role: Role
    numbers: tuple[int, ...]
    says: str
    label: tuple[float, float] | None = None
    """Where its numbers begin, if there is room for them."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A text beside an axis, and where on it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes over two axes, where that shows best what happened. Everything is in units of `width` and `height`."""

    width: float
    height: float
    frame: tuple[float, float, float, float]
    """What the axes span: its corner, and how large it is."""
    across: str
    """What the axis to the right is."""
    down: str
    boxes: tuple[Box, ...]
    columns: tuple[Mark, ...] = ()
    rows: tuple[Mark, ...] = ()


def picture_to_json(picture: Picture) -> dict[str, Any]:
    """The document of a picture."""
    return {
        "width": picture.width,
        "height": picture.height,
        "frame": list(picture.frame),
        "across": picture.across,
        "down": picture.down,
        "boxes": [_box_to_json(box) for box in picture.boxes],
        "columns": [asdict(mark) for mark in picture.columns],
        "rows": [asdict(mark) for mark in picture.rows],
    }


def picture_from_json(node: Node) -> Picture:
    """The picture of a document. Raises ValueError as `document` does."""
    frame = _sizes(node, "frame", 4)
    return Picture(
        width=_size(node, "width"),
        height=_size(node, "height"),
        frame=(frame[0], frame[1], frame[2], frame[3]),
        across=node.text("across", ""),
        down=node.text("down", ""),
        boxes=tuple(_box(item) for item in node.nodes("boxes")),
        columns=tuple(Mark(_size(item, "at"), item.text("text")) for item in node.nodes("columns", ())),
        rows=tuple(Mark(_size(item, "at"), item.text("text")) for item in node.nodes("rows", ())),
    )


_ROLES: Final[Mapping[str, Role]] = {role.value: role for role in Role}


def _box_to_json(box: Box) -> dict[str, Any]:
    label = None if box.label is None else list(box.label)
    return {**asdict(box), "role": box.role.value, "numbers": list(box.numbers), "label": label}


def _box(node: Node) -> Box:
    x, y, width, height = (_size(node, name) for name in ("x", "y", "width", "height"))
    label = None if node.members.get("label") is None else _sizes(node, "label", 2)
    where = None if label is None else (label[0], label[1])
    return Box(x, y, width, height, node.choice("role", _ROLES), node.wholes("numbers"), node.text("says", ""), where)


def _sizes(node: Node, key: str, count: int) -> tuple[float, ...]:
    sizes = node.numbers(key)
    if len(sizes) != count or max(sizes) > LARGEST:
        wrong(f"{node.where}.{key}", list(sizes), f"{count} numbers of 0 to {LARGEST}")
    return sizes


def _size(node: Node, key: str) -> float:
    size = node.number(key)
    if size > LARGEST:
        wrong(f"{node.where}.{key}", size, f"a number of 0 to {LARGEST}")
    return size
