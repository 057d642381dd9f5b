"""A correct endpoint as the field has it: one account in virtual time, with several clients, and conditions.

Rules of this file
1. Every answer to a request that arrives is the simulator's own.
2. Whose a route is, is known here for certain: by who sent its creation. Who deletes another's route trespasses. What
   a mutant takes although the simulator would not, at the same request, is the mutant's doing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from typing import Final

from pbr_conformance.conformance.client.clock import EndpointClock
from pbr_conformance.conformance.client.endpoint import Embedded, Stepper
from pbr_conformance.conformance.judge.interaction import Interaction, Received, Transcript
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect

from .turns import Turns

THEM: Final = "them"
_EXPIRED: Final = Answer(400, {"Code": "InvalidTimeStamp.Expired", "Message": "Expired.", "RequestId": "door"})
_MOST_OFF: Final = 15 * 60_000
"""Milliseconds that the time of a signature may be off."""
_REQUEST_TAKES: Final = 20
"""Milliseconds that a request and its answer take."""
_LONG_SETTLED: Final = 1_000_000_000
"""Milliseconds after which no gateway is at work."""
Place = tuple[str, int]
"""A route by its gateway and serial number."""


class Condition:
    """What befalls an account. This one is a calm day; others override what they change."""

    def begins(self, account: SharedAccount, run: int) -> None:
        """A run begins, the first of which is number 1."""

    def before(self, account: SharedAccount, request: Request, who: str) -> None:
        """Something happens before a request arrives."""

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        """What comes for a request that does not arrive; None where it does."""

    def after(self, account: SharedAccount, request: Request, who: str, received: Received) -> Received:
        """What the client hears for an answer."""
        return received

    def happened(self, account: SharedAccount) -> None:
        """Something has just happened at a moment of its own."""


class SharedAccount:
    """The simulator, with several clients. `trespasses` are deletions of what somebody else created."""

    def __init__(
        self,
        target: Target,
        dialect: Dialect,
        conditions: Sequence[Condition],
        turns: Turns | None = None,
        stepper: Stepper = step,
    ) -> None:
        """`stepper`: who answers; a mutant, where it is measured what the suite finds here."""
        self.inside = Embedded(target, dialect, stepper)
        self.stepper = stepper
        self.conditions = conditions
        self.turns = turns
        self.owners: dict[Place, str] = {}
        self.trespasses: list[str] = []
        self.taken_by_mutant = 0
        """Routes of others that went with a request which did not ask for that."""
        self.requests = 0
        self.newest: Request | None = None
        """The newest creation that a run sent."""
        self._later: list[tuple[int, Callable[[], object]]] = []

    def now(self) -> int:
        """The endpoint's time, in milliseconds since the epoch."""
        return self.inside.now()

    def later(self, seconds: float, happens: Callable[[], object]) -> None:
        """Have something happen in so many seconds."""
        self._later.append((self.now() + round(seconds * 1000), happens))

    def pass_until(self, moment: int) -> None:
        """Let time pass; what is to happen until then does, in its order."""
        for when, happens in sorted(self._later, key=lambda each: each[0]):
            if when <= moment:
                self._later.remove((when, happens))
                self.inside.sleep(max(0, when - self.now()) / 1000)
                happens()
                for condition in self.conditions:
                    condition.happened(self)
        self.inside.sleep(max(0, moment - self.now()) / 1000)

    def send(self, request: Request, who: str) -> Received:
        """What a run hears for a request."""
        self.requests += 1
        self.pass_until(self.now() + _REQUEST_TAKES)
        for condition in self.conditions:
            condition.before(self, request, who)
        instead = (condition.instead(self, request, who) for condition in self.conditions)
        received = next((each for each in instead if each is not None), None) or self.perform(request, who)
        if request.action == CREATE:
            self.newest = request
        for condition in self.conditions:
            received = condition.after(self, request, who, received)
        return received

    def perform(self, request: Request, who: str) -> Received:
        """Have a request arrive."""
        number = self.inside.account.serial
        changes = not request.action.startswith("Describe")
        earlier, before = self.inside.account, self._places() if changes else frozenset()
        answer = self.inside.send(request)
        after = self._places() if changes else before
        self.owners |= dict.fromkeys(after - before, who)
        for gone in before - after:
            owner = self.owners[gone]
            if owner == who or who == THEM:  # a route of ours that others take is their own affair
                continue
            if not self._asks_for(earlier, request, gone):
                self.taken_by_mutant += 1
            else:
                self.trespasses.append(f"{who} deleted a route of {owner}, {gone}: {request!r} at {number}")
        return answer

    def _asks_for(self, earlier: Account, request: Request, gone: Place) -> bool:
        """Whether the simulator would have taken a route away, too, once the gateway has settled."""
        then, _ = step(earlier, request, self.now() + _LONG_SETTLED, self.inside.dialect)
        return gone not in _places_of(then)

    def by_them(self, request: Request) -> bool:
        """Somebody else sends a request; whether it succeeded."""
        answer = self.perform(request, THEM)
        return isinstance(answer, Answer) and answer.status == 200

    def _places(self) -> frozenset[Place]:
        return _places_of(self.inside.account)

    def routes(self, owners: Iterable[str]) -> list[tuple[str, Route]]:
        """The routes of somebody, each with its gateway: the true list."""
        account, owners = self.inside.account, frozenset(owners)
        tables = [(gateway.id, route) for gateway in account.target.gateways for route in account.table(gateway.id)]
        return [(gateway, route) for gateway, route in tables if self.owners.get((gateway, route.number)) in owners]


def _places_of(account: Account) -> frozenset[Place]:
    return frozenset((each.id, route.number) for each in account.target.gateways for route in account.table(each.id))


class FieldEndpoint:
    """What one client sees of an account."""

    longest_wait = Embedded.longest_wait

    def __init__(self, account: SharedAccount, who: str, clock: EndpointClock, off: int) -> None:
        """`off`: milliseconds by which the client's machine is ahead of the endpoint."""
        self._account, self._who, self._clock, self._off = account, who, clock, off

    def send(self, request: Request) -> Received:
        """Send when it is this client's turn, stamped with its time; the answer has a Date."""
        self.sleep(0)
        asked, is_expired = self._account.now() + self._off, abs(self.now() - self._account.now()) > _MOST_OFF
        self._travel()
        received = _EXPIRED if is_expired else self._account.send(request, self._who)
        self._travel()
        if isinstance(received, Answer):
            date = formatdate(self._account.now() // 1000, usegmt=True)
            self._clock.hear(date, asked, self._account.now() + self._off)
        return received

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        """What each client sends first, then what each sends next."""
        came: Transcript = []
        for number, request in enumerate(requests):
            batch = number // max(clients, 1)
            came.append(Interaction(request, self.send(request), batch, batch + 0.5))
        return came

    def now(self) -> int:
        """The endpoint's time, as far as the client knows it."""
        return self._account.now() + self._off + self._clock.ahead

    def sleep(self, seconds: float) -> None:
        """Let time pass for everybody, in which others go on."""
        until = self._account.now() + round(seconds * 1000)
        if self._account.turns is not None:
            self._account.turns.wait(self._who, until, self._account.now)
        self._account.pass_until(until)

    def _travel(self) -> None:
        """Be on the way, where others go on meanwhile."""
        if self._account.turns is not None:
            self.sleep(self._account.turns.way(self._who))

    def renewed(self) -> None:
        """Nobody can give a clean account."""

    def close(self) -> None:
        """Nothing to give back."""
