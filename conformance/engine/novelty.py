"""Values that no request of a plan has had yet: a sample cannot tell their worth, since a mutant is tied to few values.

Rule 1. A value of a creation is its text; of a strict prefix its length, and where it begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import parse

_VALUE_WIDTH: Final = 2
"""Bits of a value: as many as those of one mutant."""


class Novelty:
    """Gives every value bits of its own."""

    def __init__(self, first: int) -> None:
        """`first`: the place of the first bit that is free."""
        self._next = first
        self._bits: dict[tuple[str, str], int] = {}

    def bits(self, request: Request) -> int:
        """The bits of all values of a creation."""
        bits = 0
        for value in _values(request) if request.action == CREATE else ():
            if value not in self._bits:
                self._bits[value] = ((1 << _VALUE_WIDTH) - 1) << self._next
                self._next += _VALUE_WIDTH
            bits |= self._bits[value]
        return bits


def _values(request: Request) -> Iterator[tuple[str, str]]:
    for name, text in request.parameters.items():
        prefix = parse(text) if name in ("RouteSource", "RouteDest") else None
        if prefix is None:
            yield name, text
        else:
            yield name, f"/{prefix.length}"
            yield name, str(prefix.network >> 24)
