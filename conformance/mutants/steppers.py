"""The four kinds of generated simulators: what is wrong with them, as a value that can be asked whether it shows.

Rules of this file
1. Each is a stepper. Who knows its kind can find out in a microsecond whether it differs from the right one in a step.
2. `Reading` finds other conditions met, `HearingOtherwise` takes other parameters, `Answering` gives another answer:
   none of them changes what is remembered, but by its answer. `Keeping` may do anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from pbr_conformance.conformance.client.endpoint import Stepper
from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.creation import Case, creation_of
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import Broken, assess

from .operators import StepEvent, StepOutcome
from .parsing import Reread


@dataclass(frozen=True, slots=True)
class Reading:
    """Finds other conditions met than the documentation has it."""

    change: Callable[[Case, tuple[Broken, ...]], Iterable[Broken]]
    """Finds them; the account of the case is at hand as before when it is done."""
    only_where_met: str | None = None
    """The condition without which it finds what the documentation has it."""

    def __call__(self, account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
        return step(account, request, now, dialect, self._assess)

    def _assess(self, account: Account, request: Request, now: int | None, spec: str) -> tuple[Broken, ...]:
        case = Case(account, creation_of(request), request.caller, now)
        return tuple(self.change(case, assess(account, request, now, spec)))


@dataclass(frozen=True, slots=True)
class HearingOtherwise:
    """Takes the texts of some parameters for others (None: absent) before anything looks at them."""

    otherwise: Mapping[str, Reread]

    def __call__(self, account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
        return step(account, self.heard(request), now, dialect)

    def heard(self, request: Request) -> Request:
        """The request as it is heard; itself where nothing is heard otherwise."""
        return hear(request, self.otherwise)


def hear(request: Request, otherwise: Mapping[str, Reread]) -> Request:
    """A creation with some of its texts taken for others; itself where none is."""
    if request.action != CREATE:
        return request
    changed: dict[str, str | None] = {}
    for name, change in otherwise.items():
        text = request.parameters.get(name)
        heard = change(text)
        if heard != text:
            changed[name] = heard
    if not changed:
        return request
    parameters = {name: text for name, text in {**request.parameters, **changed}.items() if text is not None}
    return replace(request, parameters=parameters)


@dataclass(frozen=True, slots=True)
class Answering:
    """Does what is right, and answers otherwise."""

    change: Callable[[StepEvent], Received]

    def __call__(self, account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
        then, answer = step(account, request, now, dialect)
        return then, self.change(StepEvent(account, request, now, dialect, answer))


@dataclass(frozen=True, slots=True)
class Keeping:
    """Keeps something otherwise: routes, tokens, or what it remembers of earlier requests."""

    stepper: Stepper

    def __call__(self, account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
        return self.stepper(account, request, now, dialect)
