"""Which of many prefix pairs overlap a given pair in both dimensions, without a scan over them.

Rules of this file
1. A prefix overlaps a stored one if it equals it or lies inside it (one look for each length in use, up to its own) or
   contains it (a table of what lies inside each prefix of the query's length: one look).
2. The same idea serves both dimensions: under a source stand the destinations that go with it.
3. A table is made when a query first needs it, and kept up to date from then on.
4. Up to a handful of prefixes a plain loop is faster than any table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

from .prefixes import MASKS, Prefix

K = TypeVar("K")

_Key = tuple[int, int]
"""A Prefix, or a tuple that equals one: to look something up, it need not be one, and is made in half the time."""

_FEW: Final = 32


class _Destinations:
    """A multiset of prefixes that says how many of them overlap a given one."""

    __slots__ = ("_entries", "_inside", "_lengths")

    def __init__(self) -> None:
        self._entries: dict[_Key, int] = {}
        self._lengths: set[int] | None = None
        """Those of the prefixes that are in, or were; None until a query needs them."""
        self._inside: dict[int, dict[int, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def items(self) -> Iterable[tuple[_Key, int]]:
        """Each prefix, and how many times it is in."""
        return self._entries.items()

    def change(self, prefix: _Key, by: int) -> None:
        """Put a prefix in (1) or take it out (-1)."""
        _count(self._entries, prefix, by)
        network, own = prefix
        if self._lengths is None:
            return
        self._lengths.add(own)
        for length, inside in self._inside.items():
            if own > length:
                _count(inside, network & MASKS[length], by)

    def count(self, prefix: _Key) -> int:
        """How many overlap a prefix."""
        network, length = prefix
        entries = self._entries
        if len(entries) <= _FEW:
            total, mask = 0, MASKS[length]
            for (other, other_length), times in entries.items():
                if not (network ^ other) & mask & MASKS[other_length]:
                    total += times
            return total
        if self._lengths is None:
            self._lengths = {own for _, own in entries}
        inside = self._inside.get(length)
        if inside is None:
            inside = self._lying_inside(length)
        total = inside.get(network, 0)
        for shorter in self._lengths:
            if shorter <= length:
                total += entries.get((network & MASKS[shorter], shorter), 0)
        return total

    def _lying_inside(self, length: int) -> dict[int, int]:
        inside = self._inside[length] = dict[int, int]()
        for (network, own), times in self._entries.items():
            if own > length:
                _count(inside, network & MASKS[length], times)
        return inside


class OverlapIndex:
    """A multiset of (source, destination) pairs that says how many of them overlap a given pair."""

    __slots__ = ("_few", "_inside", "_lengths", "_sources")

    def __init__(self) -> None:
        self._few: dict[tuple[int, int], int] = {}
        """Every pair, as long as they are few."""
        self._sources: dict[_Key, _Destinations] | None = None
        self._lengths: set[int] = set()
        """Those of the sources that are in, or were."""
        self._inside: dict[int, dict[int, _Destinations]] = {}

    def add(self, source: Prefix, destination: Prefix, times: int = 1) -> None:
        """Put one pair in, or as often as is said."""
        if self._sources is None:
            _count(self._few, _packed(source, destination), times)
            return
        network, own = source
        self._lengths.add(own)
        _change_under(self._sources, source, destination, times)
        for length, inside in self._inside.items():
            if own > length:
                _change_under(inside, network & MASKS[length], destination, times)

    def remove(self, source: Prefix, destination: Prefix) -> None:
        """Take one pair out that was put in before."""
        self.add(source, destination, -1)

    def count(self, source: Prefix, destination: Prefix) -> int:
        """How many pairs overlap: one source contains or equals the other, and so do the destinations."""
        sources = self._sources
        if sources is None:
            if len(self._few) <= _FEW:
                return self._scan(source, destination)
            sources = self._by_source()
        network, length = source
        inside = self._inside.get(length)
        if inside is None:
            inside = self._lying_inside(sources, length)
        under = inside.get(network)
        total = 0 if under is None else under.count(destination)
        for shorter in self._lengths:
            if shorter <= length:
                around = sources.get((network & MASKS[shorter], shorter))
                if around is not None:
                    total += around.count(destination)
        return total

    def _scan(self, source: Prefix, destination: Prefix) -> int:
        bits, mask = _packed(source, destination)
        total = 0
        for entry in self._few:
            other, other_mask = entry
            if not (bits ^ other) & mask & other_mask:
                total += self._few[entry]
        return total

    def _by_source(self) -> dict[_Key, _Destinations]:
        self._sources = {}
        for entry, times in self._few.items():
            source, destination = _unpacked(*entry)
            self._lengths.add(source[1])
            _change_under(self._sources, source, destination, times)
        self._few.clear()
        return self._sources

    def _lying_inside(self, sources: dict[_Key, _Destinations], length: int) -> dict[int, _Destinations]:
        inside = self._inside[length] = dict[int, _Destinations]()
        for (network, own), destinations in sources.items():
            if own > length:
                for destination, times in destinations.items():
                    _change_under(inside, network & MASKS[length], destination, times)
        return inside


def _packed(source: Prefix, destination: Prefix) -> tuple[int, int]:
    """Both networks side by side in 64 bits, and both masks: so that one comparison does for two."""
    return source[0] << 32 | destination[0], MASKS[source[1]] << 32 | MASKS[destination[1]]


def _unpacked(bits: int, mask: int) -> tuple[Prefix, Prefix]:
    source = Prefix(bits >> 32, (mask >> 32).bit_count())
    return source, Prefix(bits & 0xFFFFFFFF, (mask & 0xFFFFFFFF).bit_count())


def _count(counts: dict[K, int], key: K, by: int) -> None:
    times = counts.get(key, 0) + by
    if times:
        counts[key] = times
    else:
        del counts[key]


def _change_under(table: dict[K, _Destinations], key: K, destination: _Key, by: int) -> None:
    under = table.get(key)
    if under is None:
        under = table[key] = _Destinations()
    under.change(destination, by)
    if by < 0 and not under:
        del table[key]
