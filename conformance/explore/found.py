"""The values of an exhaustive search: what is to be sent, and what was found by it.

Rules of this file
1. Values. Nothing is sent or judged here.
2. What is found of requests does not depend on what else was sent before, after or with them: found in any order, by
   any process, in one piece or in many, it adds up to the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Final, NamedTuple

from pydantic import BeforeValidator, Field, InstanceOf, PlainSerializer

from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.transcripts.transcript_format import read_interactions, write_interaction

Steps = tuple[int, ...]
"""A history, by the numbers of its requests in their scope."""

DIGESTS: Final = 1 << 256
"""What digests of requests are added up modulo."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of work: requests, by number, in the state that a history leads to."""

    steps: Steps
    first: int
    after: int
    state: str = ""
    """Where the history led before; empty where that is not known yet."""


class Arrow(NamedTuple):
    """A request that leads to another state, and how many differ from it in names alone."""

    to: str
    request: int
    times: int


_WrittenTranscript = Annotated[
    tuple[InstanceOf[Interaction], ...],
    BeforeValidator(lambda lines: tuple(sent for line in lines for sent in read_interactions(line))),
    PlainSerializer(lambda transcript: [write_interaction(sent) for sent in transcript]),
]
"""Interactions, in JSON as a transcript has them."""


@dataclass(frozen=True, slots=True)
class ScopeContradiction:
    """A history that failed, how, and what was sent and received until it did."""

    steps: Steps
    deviation: Deviation
    transcript: _WrittenTranscript = ()


@dataclass
class SearchCounts:
    """The counts of a piece of work, of a scope or of a whole search."""

    judged: int = 0
    """Requests that were sent and judged: of those that differ in names alone, one."""
    requests: int = 0
    """All that its histories take: looks, waiting and deletions are in it. In process a list that is known is counted,
    and not read."""
    outcomes: Counter[str] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    failing: int = 0
    contradictions: dict[str, ScopeContradiction] = field(default_factory=dict)
    """The smallest history that fails at each address."""
    inconclusive: Annotated[Counter[str], Field(alias="unjudged")] = field(default_factory=Counter)

    def add(self, other: SearchCounts) -> None:
        """Add what was counted elsewhere."""
        self.judged += other.judged
        self.requests += other.requests
        self.failing += other.failing
        for name in ("outcomes", "conditions", "pairs", "inconclusive"):
            getattr(self, name).update(getattr(other, name))
        for failed in other.contradictions.values():
            self._keep_smallest(failed)

    def fails(self, failed: ScopeContradiction) -> None:
        """Count a history that failed."""
        self.failing += 1
        self._keep_smallest(failed)

    def _keep_smallest(self, failed: ScopeContradiction) -> None:
        address = failed.deviation.plausible[0]
        known = self.contradictions.get(address)
        if known is None or _size(failed) < _size(known):
            self.contradictions[address] = failed


def _size(failed: ScopeContradiction) -> tuple[int, Steps]:
    return len(failed.steps), failed.steps


@dataclass
class FoundState:
    """What the requests of one slice showed of its state, and where they lead."""

    steps: Steps
    first: int
    after: int
    """The requests that were sent: from the first, and before this one."""
    state: str = ""
    offered: int = 0
    """Requests that can be sent in the state, each counted for itself."""
    arrows: list[Arrow] = field(default_factory=list)
    digest: str = "0"
    """The sum of the SHA-256 of what was sent and came, a line for each request: the same in any order."""

    def note(self, lines: Iterable[str]) -> None:
        """Add what was sent and what came to the digest."""
        added = sum(int.from_bytes(sha256(line.encode("utf-8", "surrogatepass")).digest()) for line in lines)
        self.digest = f"{(int(self.digest, 16) + added) % DIGESTS:x}"


@dataclass
class Found(SearchCounts):
    """The result of some slices."""

    slices: list[FoundState] = field(default_factory=list)
    interrupted: bool = False
    gone: bool = False
    """Whether it was stopped because nothing can be judged any more."""
