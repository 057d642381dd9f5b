"""How long gateways are at work after a change, as far as the latest waits tell.

Rules of this file
1. A wait that did not suffice is made longer: by little, as it may have been an accident. Two in a row are believed.
2. After many waits that sufficed, shorter ones are tried; after twice as many, where the first of them did not suffice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

_LEAST: Final = 0.05
"""Seconds below which no wait is made shorter."""
_MANY: Final = 4
"""Waits in a row that sufficed, after which shorter ones are tried for the first time."""
_SHORTER, _LONGER = 0.95, 1.25


@dataclass(frozen=True, slots=True)
class Pace:
    """For how many seconds gateways are taken to be at work after a change; 0 where they settle at once."""

    seconds: float = 0.0
    is_known: bool = False
    """Whether it is known for how long gateways are at work after a creation."""
    sufficed: int = 0
    """How many waits in a row did."""
    late: float = 0.0
    """How long the newest wait had to be, where it was not long enough; else 0."""
    many: int = _MANY
    """How many waits in a row have to suffice before a shorter one is tried."""
    kinds: Mapping[str, bool] = field(default_factory=dict)
    """The kinds of change that were looked at, and whether they take time."""

    def in_time(self) -> Pace:
        """The same after a gateway had settled when it was first asked."""
        if not self.seconds:
            return self
        shorter = max(_SHORTER * self.seconds, _LEAST) if self.sufficed >= self.many else self.seconds
        return replace(self, seconds=shorter, sufficed=self.sufficed + 1, late=0.0)

    def too_late(self, seconds: float) -> Pace:
        """The same after a gateway was at work for so long, and had not settled when it was first asked."""
        if not self.seconds or self.late:
            return replace(self, seconds=min(seconds, self.late or seconds), sufficed=0, late=0.0)
        tried = self.sufficed - self.many
        many = 2 * self.many if tried == 1 else self.many if tried < 1 else _MANY
        longer = min(seconds, _LONGER * self.seconds)
        return replace(self, seconds=longer, sufficed=0, late=seconds, many=many)

    def knowing(self, kind: str, *, takes_time: bool) -> Pace:
        """The same, where it is known of a kind of change whether it takes time."""
        return replace(self, kinds={**self.kinds, kind: takes_time}, is_known=self.is_known or kind == "creation")

    def doubting(self) -> Pace:
        """The same, where no kind of change is taken to take no time."""
        return replace(self, kinds={kind: takes_time for kind, takes_time in self.kinds.items() if takes_time})


@dataclass(slots=True)
class SharedPace:
    """What several clients of one endpoint know together."""

    newest: Pace = field(default_factory=Pace)
