"""A recipe: what to send, which answers are allowed, and what the lists must show afterwards. Values only.

Rules of this file
1. The steps are creations, deletions and pauses, in order. Each form reads lists and waits in its own way.
2. What a step allows is data: "success", "403 Forbidden", "any 4xx". A script that has it needs no oracle.
3. A history that goes otherwise than recorded, though that is allowed, proves nothing: `recorded` says how it went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pbr_conformance.simulator.model.target import Gateway

RecordedOutcome = Literal["success", "refusal", ""]


@dataclass(frozen=True, slots=True)
class ListedRoute:
    """The members of a route as the list must show them."""

    route_source: str
    route_dest: str
    next_hop: str
    weight: int
    priority: int
    state: str
    optional: bool = False
    """Whether the documentation leaves open that it is listed."""

    @property
    def members(self) -> tuple[str | int, ...]:
        """The values, in the order of the fields."""
        return self.route_source, self.route_dest, self.next_hop, self.weight, self.priority, self.state


@dataclass(frozen=True, slots=True)
class ExpectedMember:
    """What a member of the last answer must be, in JSON; an empty text is absent."""

    name: str
    kind: Literal["one of", "new", "time", "as first"]
    values: tuple[str, ...] = ()
    first: int = 0
    """The step whose answer it must agree with."""


@dataclass(frozen=True, slots=True)
class Call:
    """A creation or a deletion. Its token, if any, lacks the mark that makes it new."""

    number: int
    action: str
    caller: str
    parameters: Mapping[str, str]
    brief: str
    gateway: str
    """The scratch gateway to wait for afterwards; empty where there is none."""
    allowed: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    recorded: RecordedOutcome = ""
    """How it went, where it might have gone otherwise and what follows depends on it."""
    route: ListedRoute | None = None
    """The route that a success creates."""
    deletions: tuple[Mapping[str, str], ...] = ()
    """The parameters that delete what a success created: the next ones are tried where the first are refused."""
    deletes: int = 0
    """The step whose route a deletion takes away."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds in which nothing is sent."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SimultaneousCalls:
    """Creations that are sent at the same time, and which of them may succeed: "SR", the first alone."""

    calls: tuple[Call, ...]
    patterns: tuple[str, ...]


RecipeStep = Call | Pause | SimultaneousCalls


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that scripts are made of."""

    address: str
    title: str
    rule: str
    expected: tuple[str, ...]
    observed: str
    url: str
    region: str
    live: bool
    settle_seconds: float
    lag_seconds: float
    """How long lists may lag."""
    gateways: tuple[Gateway, ...]
    """Those on which something may be created."""
    steps: tuple[RecipeStep, ...]
    looks: bool
    """Whether the lists are compared at the end."""
    members: tuple[ExpectedMember, ...] = field(default=())
    rounds: int = 1

    @property
    def races(self) -> bool:
        """Whether anything is sent at the same time."""
        return any(isinstance(step, SimultaneousCalls) for step in self.steps)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every creation and deletion, also those sent at the same time."""
        return tuple(call for step in self.steps for call in calls_of(step))

    def created_before(self, deletion: Call) -> tuple[int, ...]:
        """The steps before a deletion whose answers may name what it deletes."""
        return tuple(call.number for call in self.calls if call.deletions and call.number < deletion.number)

    @property
    def judged(self) -> Call | None:
        """The last creation, where its answer deviated; None where the lists did, or simultaneous answers."""
        last = self.steps[-1] if self.steps else None
        return None if self.looks or not isinstance(last, Call) else last

    @property
    def wanted(self) -> dict[tuple[str, ListedRoute], tuple[int, ...]]:
        """The steps that may create each route of a gateway: the list shows it where one of them succeeded."""
        found: dict[tuple[str, ListedRoute], tuple[int, ...]] = {}
        for call in self.calls:
            if call.route is not None:
                key = call.parameters["VpnGatewayId"], call.route
                found[key] = (*found.get(key, ()), call.number)
        return found

    @property
    def has_tokens(self) -> bool:
        """Whether any creation has a token."""
        return any(call.parameters.get("ClientToken") for call in self.calls)

    @property
    def callers(self) -> tuple[str, ...]:
        """Whose credentials are needed."""
        return tuple(dict.fromkeys(("owner", *(call.caller for call in self.calls))))


def calls_of(step: RecipeStep) -> tuple[Call, ...]:
    """Return the creations and deletions of a step."""
    match step:
        case SimultaneousCalls():
            return step.calls
        case Call():
            return (step,)
        case Pause():
            return ()
