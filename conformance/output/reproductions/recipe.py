"""A recipe: what to send, what may come back, and what the lists must show afterwards. Values only.

Rules of this file
1. The steps are those of the story: creations, deletions and pauses, in order. How a list is read, and how one waits
   for a gateway, is the business of each form.
2. What a step allows is data: "success", "403 Forbidden", "any 4xx". A script that has it needs no oracle.
3. A recipe that goes otherwise than recorded, though allowed, proves nothing: `recorded` says how it went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pbr_conformance.simulator.model.target import Gateway

Outcome = Literal["success", "refusal", ""]


@dataclass(frozen=True, slots=True)
class Listed:
    """A route as the list must show it. `optional`: it may, for the documentation leaves it open."""

    gateway: str
    route_source: str
    route_dest: str
    next_hop: str
    weight: int
    priority: int
    state: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """What a member of the answer must be, in JSON; an empty text is absent. `first`: the step it must agree with."""

    name: str
    kind: Literal["one of", "new", "time", "as first"]
    values: tuple[str, ...] = ()
    first: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A creation or a deletion. Its token, if any, lacks the mark that makes it new."""

    number: int
    action: str
    caller: str
    parameters: Mapping[str, str]
    brief: str
    settles: bool
    """Whether the gateway is to be waited for afterwards."""
    allowed: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    recorded: Outcome = ""
    """How it went, where it might have gone otherwise and what follows depends on it."""
    route: Listed | None = None
    """The route that a success creates, or deletes."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds in which nothing is sent."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Batch:
    """Creations that are sent at the same time, and which of them may succeed: "SR", the first alone."""

    calls: tuple[Call, ...]
    patterns: tuple[str, ...]


Step = Call | Pause | Batch


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a script is made of."""

    address: str
    title: str
    rule: str
    expected: tuple[str, ...]
    observed: str
    url: str
    region: str
    live: bool
    settle_seconds: float
    gateways: tuple[Gateway, ...]
    """Those on which something may be created: their lists are looked at first, and cleaned up in the end."""
    steps: tuple[Step, ...]
    looks: bool
    """Whether the lists are what deviated."""
    members: tuple[Member, ...]
    messages: Mapping[str, tuple[str, ...]]
    """The messages of each code, where messages are judged."""
    rounds: int
    priority_documented: bool

    @property
    def races(self) -> bool:
        """Whether anything is sent at the same time."""
        return any(isinstance(step, Batch) for step in self.steps)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every creation and deletion, also of a batch."""
        return tuple(call for step in self.steps for call in calls_of(step))

    @property
    def has_tokens(self) -> bool:
        """Whether any creation has a token."""
        return any(call.parameters.get("ClientToken") for call in self.calls)

    @property
    def callers(self) -> tuple[str, ...]:
        """Whose credentials are needed."""
        return tuple(dict.fromkeys(("owner", *(call.caller for call in self.calls))))


def calls_of(step: Step) -> tuple[Call, ...]:
    """The creations and deletions of a step."""
    return step.calls if isinstance(step, Batch) else (step,) if isinstance(step, Call) else ()
