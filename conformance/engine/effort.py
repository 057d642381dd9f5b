"""How much a check may do, and what is kept of what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.client.recording import MOST_ROWS
from pbr_conformance.conformance.client.strands import Strand
from pbr_conformance.conformance.transcripts.writer import TranscriptWriter


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a check may do."""

    examples: int
    seed: int
    stop: Callable[[int], bool] = lambda requests: False
    """Asked before each history but the first, with the requests of this check so far: whether that was enough."""
    stop_confirming: Callable[[int], bool] = lambda requests: False
    """The same, asked before each history that confirms a failure."""
    most: float = inf
    """How many requests it may send at the most: a history that does not fit is cut."""
    beyond: float = 0
    """How many more it may send to see whether what failed at their end does so again, and who else is there."""
    strength: int = 2
    """How many conditions are combined with one another: 2 or 3."""
    lazy: bool = False
    """Whether requests are few: gateways are looked at when they are first named."""
    rows: int = MOST_ROWS
    """How many of its requests are kept for the report."""
    strand: Strand | None = None
    """What it gives way by, where other checks are examined at the same time."""
    pace: Pace | None = None
    """What is known of how long gateways are at work after a change."""
    writer: TranscriptWriter | None = None
    """What keeps all that it sends and what comes."""
