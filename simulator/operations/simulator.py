"""The simulator as an object: an account that requests change, and a clock that moves when it is told to.

Rules of this file
1. `step` answers; what is kept here is the account between two answers, and the time.
2. Time is virtual, and never goes back. A request that would find its gateway still `updating` waits until it has
   settled, as a careful client does, unless one says otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.rows import SPECS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect, OpenToken
from pbr_conformance.simulator.rules.oracle import Allowed, Broken, allow, assess

from .step import step

_YEAR_2026: Final = 1_767_225_600_000
"""2026-01-01, in milliseconds since the epoch: where a simulator's clock begins."""


class Simulator:
    """An account that answers requests as the documentation says.

    >>> simulator = Simulator()
    >>> answer = simulator.send(create("vpn-single", "192.168.1.0/24", "10.0.0.0/24", next_hop="vco-single-a"))
    >>> answer.status, len(simulator.routes("vpn-single"))
    (200, 1)

    A copy (`copy.copy`) goes on by itself; it costs as little as a name.
    """

    def __init__(
        self,
        target: Target | None = None,
        *,
        dialect: Dialect = DEFAULT,
        spec: str | None = None,
        now: int = _YEAR_2026,
        waits_until_settled: bool = True,
    ) -> None:
        """The account as a target declares it, without any route; None is the reference account.

        `dialect` decides what the documentation leaves open; `spec` is a version of the documentation, by its date
        (None: the dialect's). `now` is in milliseconds since the epoch. With `waits_until_settled` the clock moves on
        before a request whose gateway is `updating` after its last change.
        """
        if not isinstance(target, Target | None):
            expected = "expected a Target, as reference(), load(path) and parse_target(text, name) give"
            raise TypeError(f"target: is of type {type(target).__name__}; {expected}")
        if spec is not None and spec not in SPECS:
            raise ValueError(f"spec: is {spec!r}; expected one of {', '.join(SPECS)}")
        self._dialect = dialect if spec is None else replace(dialect, spec=spec)
        self._waits = waits_until_settled
        self._now = now
        self.account = Account(reference() if target is None else target)
        """The account now: a value, which `assess`, `allow` and `step` take."""

    @property
    def target(self) -> Target:
        """What the account declares."""
        return self.account.target

    @property
    def dialect(self) -> Dialect:
        """What becomes of everything that the documentation leaves open."""
        return self._dialect

    @property
    def spec(self) -> str:
        """The version of the documentation, by its date."""
        return self._dialect.spec

    @property
    def now(self) -> int:
        """The virtual time, in milliseconds since the epoch."""
        return self._now

    def at(self, now: int) -> Simulator:
        """Set the clock, in milliseconds since the epoch, and return this simulator. ValueError for an earlier time."""
        if now < self._now:
            raise ValueError(f"now: is {now}; expected {self._now} or later, for the clock does not go back")
        self._now = now
        return self

    def sleep(self, seconds: float) -> Simulator:
        """Let virtual time pass, and return this simulator. ValueError for less than no time."""
        return self.at(self._now + round(seconds * 1000))

    def send(self, request: Request) -> Answer:
        """Answer a request."""
        self._now = self._moment(request)
        self.account, answer = step(self.account, request, self._now, self._dialect)
        return answer

    def follow(self, request: Request, answer: Answer) -> None:
        """Take what another endpoint answered: the account becomes what that answer means, not what is right.

        So that the next request is judged in the other endpoint's state. A success that no reading of the
        documentation allows changes nothing.
        """
        self._now = self._moment(request)
        if answer.status == 200:
            self.account, _ = step(self.account, request, self._now, replace(_WILLING, spec=self.spec))
        else:
            self.account = self.account.answered()

    def assess(self, request: Request) -> tuple[Broken, ...]:
        """The conditions that a creation would break now."""
        return assess(self.account, request, self._moment(request), self.spec)

    def allow(self, request: Request) -> Allowed:
        """The outcomes of a creation that the documentation would allow now. ValueError for another operation."""
        if request.action != CREATE:
            raise ValueError(f"request: is a {request.action}; expected a {CREATE}, which the oracle is about")
        return allow(self.account, request, self._moment(request), self.spec)

    def routes(self, gateway: str) -> tuple[Route, ...]:
        """The policy-based routes of a gateway, the oldest first. KeyError for a gateway that is not declared."""
        if self.account.place(gateway) is None:
            declared = [each.id for each in self.target.gateways]
            near = get_close_matches(gateway, declared, cutoff=0) or declared
            raise KeyError(f"no gateway {gateway!r} in {self.target.name}; there is {', '.join(near) or 'none'}")
        return tuple(self.account.table(gateway))

    def __repr__(self) -> str:
        count = sum(len(self.routes(gateway.id)) for gateway in self.target.gateways)
        return f"<Simulator of {self.target.name}, {count} routes, by the documentation of {self.spec}>"

    def _moment(self, request: Request) -> int:
        """When a request is answered: now, or when its gateway has settled."""
        gateway = request.get("VpnGatewayId") if self._waits else None
        return self._now if gateway is None else max(self._now, self.account.busy_until(gateway))


_WILLING: Final = Dialect(refuses=frozenset(), other_token=OpenToken.JUDGE, deleted_token=OpenToken.JUDGE)
"""Takes whatever the documentation lets an endpoint take."""
