"""The result of an exhaustive search, scope by scope: what was tried and met, and the states that are known.

Rules of this file
1. Values. Nothing is sent or judged here.
2. The hash is made of what was sent and answered in each state: the same endpoint gives the same hash, whoever worked
   in which order, and however often the search was broken off and resumed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .found import Found, SearchCounts
from .frontier import Frontier


@dataclass(kw_only=True)
class ScopeResult(SearchCounts):
    """The result of one scope so far."""

    name: str
    frontier: Frontier = field(default_factory=Frontier)
    done: bool = False
    histories: tuple[int, ...] = ()
    """How many there are of each length, once it is done."""

    def take(self, found: Found) -> None:
        """Add what was found. Raises Contradicted where it does not fit what was found before."""
        for each in found.slices:
            self.frontier.take(each)
        self.add(found)

    def go_on(self, depth: int) -> None:
        """Go on to the next level, once this one is done; there is none after the last operation."""
        frontier = self.frontier
        is_last = frontier.level + 1 == depth
        if not frontier.next_level(follows=not is_last) or is_last:
            self.histories, self.done = frontier.histories(depth), True
