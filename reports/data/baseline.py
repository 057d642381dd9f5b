"""Known failures: what a report keeps of the baseline that it was compared with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .fields import Flag


class Standing(StrEnum):
    """What a run says of an entry of the baseline."""

    SEEN = "seen"
    """It failed, as known."""
    STALE = "stale"
    """Its check was judged and did not fail: the entry has to go."""
    OPEN = "open"
    """Nothing is known of it: its check was not judged, or ended at another failure."""


@dataclass(frozen=True, slots=True)
class Known:
    """An entry of a baseline: a failure that is expected, and why."""

    check: str
    """The address of the check that it is found by."""
    contradicts: str
    """What it contradicts."""
    failure: str
    """Its title; each `*` stands for any characters."""
    reason: str
    """Why it is known."""
    flaky: Flag = False
    """Whether it does not always fail: then it is never stale."""
    standing: Standing = Standing.OPEN
    """What this run says of it: seen (it failed, as known), stale (judged, no longer failing) or open (not judged)."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known failures that the run was compared with."""

    file: str
    """As it was named on the command line."""
    entries: tuple[Known, ...]
    """Each known failure."""

    @property
    def stale(self) -> tuple[Known, ...]:
        """The entries that no longer fail."""
        return tuple(each for each in self.entries if each.standing is Standing.STALE)
