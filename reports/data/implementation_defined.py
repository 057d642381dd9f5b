"""Implementation-defined behaviour: what an endpoint does where the documentation leaves a choice."""

from __future__ import annotations

from dataclasses import dataclass

from .fields import Flag, Whole


@dataclass(frozen=True, slots=True)
class ReportedDecision:
    """What the endpoint did where one condition alone was met."""

    address: str
    """The condition."""
    strength: str
    """MUST or MAY."""
    decided: str
    """"accepts", or the code it refused with."""
    count: Whole = 1
    """How often."""
    example: str = ""
    """What was sent when it first decided so, in a few words."""


@dataclass(frozen=True, slots=True)
class ReportedPrecedence:
    """Which of two conditions that one request met was answered."""

    won: str
    """The condition whose code came."""
    lost: str
    """The other one."""
    code: str
    """The code."""
    count: Whole = 1
    """How often."""
    clear: Flag = True
    """False where the code answers both, or neither: then the order of the two says nothing."""


@dataclass(frozen=True, slots=True)
class ImplementationDefined:
    """What the endpoint decided for itself."""

    decisions: tuple[ReportedDecision, ...] = ()
    """Where one condition alone was met."""
    precedences: tuple[ReportedPrecedence, ...] = ()
    """Of two conditions that one request met, whose code came."""
