"""Departures of a document from what is encoded here: typed, and with what rests on them.

Rules of this file
1. A finding is about one thing at one row. Which conditions and checks rest on the row is looked up, never written.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.simulator.rules.condition import Concern
from pbr_conformance.simulator.rules.conditions import CONDITIONS


class Aspect(Enum):
    """What a finding is about, in the order in which findings are shown."""

    PARAMETER = "parameter"
    TYPE = "type"
    REQUIRED = "required"
    FIELD = "response field"
    CODE = "code"
    STATUS = "status"
    MESSAGE = "message"
    CONSTRAINT = "constraint"
    DESCRIPTION = "description"


class DriftKind(Enum):
    """How a document departs from a row."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure. `encoded` is what stands here, `said` what the document says; empty where there is nothing."""

    about: Aspect
    kind: DriftKind
    subject: str
    """The row, by its id, or by the id that it would have."""
    encoded: str
    said: str
    rests: tuple[str, ...] = ()
    """The clauses that are touched; the subject where there are no others."""

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that rest on it."""
        wanted = self.rests or (self.subject,)
        found = [c for c in CONDITIONS if _cites((*c.clauses, *(f"error/{name}" for name in c.errors)), wanted)]
        if self.about in (Aspect.REQUIRED, Aspect.TYPE):
            found = [c for c in found if (c.subject is Concern.ABSENT) is (self.about is Aspect.REQUIRED)]
        return tuple(c.id for c in found)

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks that are no conditions, and rest on it."""
        wanted = self.rests or (self.subject,)
        found = [c.address for c in CHECKS if c.condition is None and _cites(c.clauses, wanted)]
        return (*found, *(each for each in _ALWAYS.get((self.about, self.kind), ()) if each not in found))


_ALWAYS: Final = {
    (Aspect.MESSAGE, DriftKind.CHANGED): ("answer/message",),
    (Aspect.STATUS, DriftKind.CHANGED): ("answer/refusal",),
    (Aspect.CODE, DriftKind.NEW): ("answer/refusal",),
    (Aspect.FIELD, DriftKind.NEW): ("answer/success",),
}
"""Checks that look at every row of a kind, and so cite none."""


def _cites(clauses: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return any(id in clauses for id in wanted)


@dataclass(frozen=True, slots=True)
class Drift:
    """A document held against a version. `compared` says how many rows of each kind were compared.

    `notes` says what the form does not have, `gaps` what a source of this form should have and was not compared.
    """

    source: str
    form: str
    language: str
    spec: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    gaps: tuple[str, ...]
    compared: dict[str, int]
    best_fitting: str = ""
    """The version from which it departs least, where none was named and it is another."""

    @property
    def exit_status(self) -> int:
        """0 no drift, 1 drift, 3 no drift in what could be read."""
        return 1 if self.findings else 3 if self.gaps else 0
