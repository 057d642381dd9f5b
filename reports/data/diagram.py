"""A diagram of boxes over two axes. Nothing here knows what the axes mean: whoever makes a diagram says so in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .fields import Size, Whole


class BoxRole(StrEnum):
    """What a box stands for, in the order in which boxes lie on one another."""

    HELD = "held"
    SENT = "sent"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class DiagramBox:
    """A rectangle of a diagram."""

    x: Size
    """From the left."""
    y: Size
    """From the top."""
    width: Size
    """How wide."""
    height: Size
    """How high."""
    role: BoxRole
    """A route that was there, the one that was sent, or what they share."""
    numbers: tuple[Whole, ...]
    """The requests of the sequence that it stands for."""
    says: str = ""
    """In words."""
    label: tuple[Size, Size] | None = None
    """Where its numbers begin, if there is room for them."""


@dataclass(frozen=True, slots=True)
class DiagramLabel:
    """A text beside an axis."""

    at: Size
    """Where on the axis."""
    text: str
    """What it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """Boxes over two axes, in units of `width` and `height`."""

    width: Size
    """Units it is wide."""
    height: Size
    """Units it is high."""
    frame: tuple[Size, Size, Size, Size]
    """What the axes span: x, y, width, height."""
    across: str = ""
    """What the axis to the right is."""
    down: str = ""
    """What the other axis is."""
    boxes: tuple[DiagramBox, ...]
    """From the back to the front."""
    columns: tuple[DiagramLabel, ...] = ()
    """Texts along the axis to the right."""
    rows: tuple[DiagramLabel, ...] = ()
    """Texts along the other axis."""
