"""Prefixes that a person would write down, and how prefixes are related to one another.

Rules of this file
1. Simple first: where something may be chosen freely, the first entry is taken, and shrinking moves towards it.
2. Sources are from 192.168.0.0/16 and 172.16.0.0/12, destinations from 10.0.0.0/9, so that nothing is met by accident
   that the target's VPC, its SSL clients or the documentation keep for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from pbr_conformance.simulator.model.prefixes import MASKS, Prefix, parse

SOURCE: Final = "192.168.1.0/24"
DESTINATION: Final = "10.0.0.0/24"

ROUTE_SOURCES: Final = (
    SOURCE, "192.168.2.0/24", "192.168.0.0/16", "192.168.1.0/25", "192.168.1.128/25", "192.168.1.7/32",
    "172.16.0.0/12", "172.16.1.0/24", "192.168.0.0/23", "192.168.3.0/24", "0.0.0.0/0", "172.16.0.0/16",
)  # fmt: skip
ROUTE_DESTINATIONS: Final = (
    DESTINATION, "10.0.1.0/24", "10.0.0.0/16", "10.0.0.0/25", "10.0.0.128/25", "10.0.0.9/32",
    "10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/23", "10.1.2.0/24", "10.2.0.0/15", "10.1.2.3/32",
)  # fmt: skip

_RELATED: Final[Mapping[str, Callable[[int, int], tuple[int, int]]]] = {
    "equal": lambda network, length: (network, length),
    "parent": lambda network, length: (network & MASKS[length - 1], length - 1),
    "lower half": lambda network, length: (network, length + 1),
    "upper half": lambda network, length: (network | 1 << (31 - length), length + 1),
    "host": lambda network, length: (network | 1, 32),
    "root": lambda network, length: (0, 0),
    "sibling": lambda network, length: (network ^ 1 << (32 - length), length),
    "elsewhere": lambda network, length: (network ^ 1 << 31 >> min(8, length - 1), length),
}
RELATIONS: Final = tuple(_RELATED)
"""How one prefix may be related to another. The last two are disjoint from it."""
_INSIDE: Final = frozenset({"lower half", "upper half", "host"})


@lru_cache(maxsize=4096)
def related(text: str, relation: str) -> str | None:
    """The prefix that stands in a relation to a strict one; None where there is none (a /32 has no halves)."""
    prefix = parse(text)
    assert prefix is not None
    if relation != "equal" and prefix.length == (32 if relation in _INSIDE else 0):
        return None
    return str(Prefix(*_RELATED[relation](*prefix)))


def relatives(source: str, destination: str) -> Iterator[tuple[str, str, str]]:
    """Every pair of relatives of a source and a destination, with its name: "parent x equal"."""
    for of_source in RELATIONS:
        for of_destination in RELATIONS:
            if of_destination == "root":
                continue  # 0.0.0.0/0 as a destination is reserved
            pair = related(source, of_source), related(destination, of_destination)
            if pair[0] is not None and pair[1] is not None:
                yield f"{of_source} x {of_destination}", pair[0], pair[1]


def filler(number: int) -> tuple[str, str]:
    """The source and destination of one of 8,192 routes that overlap neither one another nor the tables above."""
    return f"172.31.{number & 255}.0/24", f"10.{64 + (number >> 8 & 31)}.{number & 255}.0/24"
