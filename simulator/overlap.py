"""Which of many prefix pairs overlap a given pair in both dimensions, without a scan over them.

Rules of this file
1. A prefix overlaps a stored one if it lies inside it (a stored prefix of a shorter length: one look for each length
   in use) or contains it (a table of what lies below each prefix of the query's length: one look).
2. The same idea serves both dimensions: under a source stand the destinations that go with it.
3. A table is made when a query first needs it, and kept up to date from then on.
4. Up to a handful of prefixes a plain loop is faster than any table.
"""

from __future__ import annotations

from typing import Final, TypeVar

from .prefixes import MASKS, Prefix

K = TypeVar("K")

_FEW: Final = 32


class _Destinations:
    """A multiset of prefixes that says how many of them overlap a given one."""

    __slots__ = ("_below", "_entries", "_lengths")

    def __init__(self) -> None:
        self._entries: dict[Prefix, int] = {}
        self._lengths: dict[int, int] | None = None
        self._below: dict[int, dict[int, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def change(self, prefix: Prefix, by: int) -> None:
        """Put a prefix in (1) or take it out (-1)."""
        _count(self._entries, prefix, by)
        if self._lengths is not None:
            _count(self._lengths, prefix[1], by)
        for length, below in self._below.items():
            if prefix[1] >= length:
                _count(below, prefix[0] & MASKS[length], by)

    def count(self, prefix: Prefix) -> int:
        """How many overlap a prefix."""
        network, length = prefix
        mask = MASKS[length]
        entries = self._entries
        if len(entries) <= _FEW:
            total = 0
            for (other, other_length), times in entries.items():
                if not (network ^ other) & mask & MASKS[other_length]:
                    total += times
            return total
        total = self._lying_below(length).get(network, 0)
        for shorter in self._used():
            if shorter < length:
                total += entries.get(Prefix(network & MASKS[shorter], shorter), 0)
        return total

    def _used(self) -> dict[int, int]:
        if self._lengths is None:
            self._lengths = {}
            for (_, length), times in self._entries.items():
                _count(self._lengths, length, times)
        return self._lengths

    def _lying_below(self, length: int) -> dict[int, int]:
        below = self._below.get(length)
        if below is None:
            below = self._below[length] = {}
            for (network, own), times in self._entries.items():
                if own >= length:
                    _count(below, network & MASKS[length], times)
        return below


class OverlapIndex:
    """A multiset of (source, destination) pairs that says how many of them overlap a given pair."""

    __slots__ = ("_below", "_entries", "_lengths", "_sources")

    def __init__(self) -> None:
        self._entries: dict[tuple[int, int], int] = {}
        self._sources: dict[Prefix, _Destinations] | None = None
        self._lengths: dict[int, int] = {}
        self._below: dict[int, dict[int, _Destinations]] = {}

    def add(self, source: Prefix, destination: Prefix) -> None:
        """Put one pair in."""
        self._change(source, destination, 1)

    def remove(self, source: Prefix, destination: Prefix) -> None:
        """Take one pair out that was put in before."""
        self._change(source, destination, -1)

    def count(self, source: Prefix, destination: Prefix) -> int:
        """How many pairs overlap: one source contains or equals the other, and so do the destinations."""
        if len(self._entries) <= _FEW:
            return self._scan(source, destination)
        network, length = source
        sources = self._by_source()
        inside = self._lying_below(length).get(network)
        total = 0 if inside is None else inside.count(destination)
        for shorter in self._lengths:
            if shorter < length:
                around = sources.get(Prefix(network & MASKS[shorter], shorter))
                if around is not None:
                    total += around.count(destination)
        return total

    def _scan(self, source: Prefix, destination: Prefix) -> int:
        bits, mask = _packed(source, destination)
        total = 0
        for entry in self._entries:
            other, other_mask = entry
            if not (bits ^ other) & mask & other_mask:
                total += self._entries[entry]
        return total

    def _change(self, source: Prefix, destination: Prefix, by: int) -> None:
        _count(self._entries, _packed(source, destination), by)
        if self._sources is None:
            return
        _count(self._lengths, source[1], by)
        _change_under(self._sources, source, destination, by)
        for length, below in self._below.items():
            if source[1] >= length:
                _change_under(below, source[0] & MASKS[length], destination, by)

    def _by_source(self) -> dict[Prefix, _Destinations]:
        if self._sources is None:
            self._sources = {}
            for entry, times in self._entries.items():
                source, destination = _unpacked(*entry)
                _count(self._lengths, source[1], times)
                _change_under(self._sources, source, destination, times)
        return self._sources

    def _lying_below(self, length: int) -> dict[int, _Destinations]:
        below = self._below.get(length)
        if below is None:
            below = self._below[length] = {}
            for entry, times in self._entries.items():
                source, destination = _unpacked(*entry)
                if source[1] >= length:
                    _change_under(below, source[0] & MASKS[length], destination, times)
        return below


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


def _change_under(table: dict[K, _Destinations], key: K, destination: Prefix, by: int) -> None:
    under = table.get(key)
    if under is None:
        under = table[key] = _Destinations()
    under.change(destination, by)
    if not under:
        del table[key]
