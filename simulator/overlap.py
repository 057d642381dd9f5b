"""Which of many prefix pairs overlap a given pair in both dimensions, without a scan over them.

Rules of this file
1. Two pairs overlap if, for the shorter length of each dimension, the leading bits agree. So all stored pairs
   whose lengths play the same part (shorter than the query's, or not) can share one hash table, keyed by
   those bits. A query asks each such table once: its cost grows with the *lengths* in use, not with the pairs.
2. Tables are made when a query first needs them, and brought up to date from a log when they are asked again.
3. Up to a handful of pairs a plain loop is faster than any table.
"""

from __future__ import annotations

from typing import Final

from .prefixes import MASKS, Prefix

_FEW: Final = 12
_Entry = tuple[int, int, int, int]
"""source network, source length, destination network, destination length"""
_Part = tuple[int, bool]
"""a length, and whether the table holds that length alone (True) or every length from it on (False)"""


class _Table:
    """How many pairs of some lengths have given leading bits."""

    __slots__ = ("_at", "_counts", "_destination", "_mask", "_source")

    def __init__(self, source: _Part, destination: _Part) -> None:
        self._source, self._destination = source, destination
        self._mask = MASKS[source[0]] << 32 | MASKS[destination[0]]
        self._counts: dict[int, int] = {}
        self._at = 0

    def count(self, key: int, log: list[tuple[_Entry, int]]) -> int:
        if self._at != len(log):
            self._catch_up(log)
        return self._counts.get(key & self._mask, 0)

    def _catch_up(self, log: list[tuple[_Entry, int]]) -> None:
        (s_from, s_alone), (d_from, d_alone) = self._source, self._destination
        counts, mask = self._counts, self._mask
        for (source, s_length, destination, d_length), sign in log[self._at :]:
            fits_source = s_length == s_from if s_alone else s_length >= s_from
            if fits_source and (d_length == d_from if d_alone else d_length >= d_from):
                key = (source << 32 | destination) & mask
                counts[key] = counts.get(key, 0) + sign
        self._at = len(log)


class OverlapIndex:
    """A multiset of (source, destination) pairs that says how many of them overlap a given pair."""

    __slots__ = ("_entries", "_lengths", "_log", "_plans", "_tables")

    def __init__(self) -> None:
        self._entries: dict[_Entry, int] = {}
        self._lengths: dict[tuple[int, int], int] = {}
        self._log: list[tuple[_Entry, int]] = []
        self._tables: dict[tuple[_Part, _Part], _Table] = {}
        self._plans: dict[tuple[int, int], list[_Table]] = {}

    def add(self, source: Prefix, destination: Prefix) -> None:
        """Put one pair in."""
        self._change((*source, *destination), 1)

    def remove(self, source: Prefix, destination: Prefix) -> None:
        """Take one pair out that was put in before."""
        self._change((*source, *destination), -1)

    def count(self, source: Prefix, destination: Prefix) -> int:
        """How many pairs overlap: one source contains or equals the other, and so do the destinations."""
        if len(self._entries) <= _FEW:
            return self._scan(source, destination)
        if not self._tables:
            self._log = list(self._entries.items())
        plan = self._plans.get((source[1], destination[1]))
        if plan is None:
            plan = self._plans[source[1], destination[1]] = self._plan(source[1], destination[1])
        key = source[0] << 32 | destination[0]
        log = self._log
        total = 0
        for table in plan:
            total += table.count(key, log)
        return total

    def _scan(self, source: Prefix, destination: Prefix) -> int:
        (s, s_length), (d, d_length) = source, destination
        s_mask, d_mask = MASKS[s_length], MASKS[d_length]
        total = 0
        for (other_s, s_other, other_d, d_other), times in self._entries.items():
            if not ((s ^ other_s) & s_mask & MASKS[s_other] or (d ^ other_d) & d_mask & MASKS[d_other]):
                total += times
        return total

    def _plan(self, s_length: int, d_length: int) -> list[_Table]:
        """The tables that answer for a query of these lengths, one for each part that stored lengths play."""
        parts = {
            ((s, True) if s < s_length else (s_length, False), (d, True) if d < d_length else (d_length, False))
            for s, d in self._lengths
        }
        return [self._tables.setdefault(part, _Table(*part)) for part in sorted(parts)]

    def _change(self, entry: _Entry, sign: int) -> None:
        times = self._entries.get(entry, 0) + sign
        if times:
            self._entries[entry] = times
        else:
            del self._entries[entry]
        self._count_length((entry[1], entry[3]), sign)
        if self._tables:
            self._log.append((entry, sign))
            if len(self._log) > 2 * len(self._entries) + 1000:
                self._tables, self._plans = {}, {}

    def _count_length(self, lengths: tuple[int, int], sign: int) -> None:
        times = self._lengths.get(lengths, 0)
        if not times:
            self._plans = {}
        if times + sign:
            self._lengths[lengths] = times + sign
        else:
            del self._lengths[lengths]
