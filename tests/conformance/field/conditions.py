"""What befalls an account: other people, lists and gateways that take their time, answers that are lost.

Rules of this file
1. Each condition is correct behaviour of an endpoint or a network. None makes an answer that the documentation forbids.
2. Each has dice of its own, so that it does the same whatever it is combined with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from pbr_conformance.conformance.judge.interaction import Received
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import Gateway
from pbr_conformance.strategies.plain_requests import create, delete, ordinary

from .account import THEM, Condition, SharedAccount

_LOST: Final = NoAnswer("timeout", "no whole answer within 10 s")


class Neighbour(Condition):
    """Somebody who creates and deletes routes, also some that look like ours, before one request in eight."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"{seed} neighbour")

    def before(self, account: SharedAccount, request: Request, who: str) -> None:
        if self._random.randrange(8):
            return
        theirs = account.routes([THEM])
        if theirs and self._random.random() < 0.5:
            gateway, route = self._random.choice(theirs)
            given = {"RouteSource": route.route_source, "RouteDest": route.route_dest, "NextHop": route.next_hop}
            region = account.inside.account.target.endpoint.region
            values = {"RegionId": region, "VpnGatewayId": gateway, **given, "Weight": str(route.weight)}
            account.by_them(delete({**values, "Priority": str(route.priority)}))
        else:
            account.by_them(create(self._values(account)))

    def _values(self, account: SharedAccount) -> dict[str, str]:
        pick, newest = self._random.choice, account.newest
        if newest is not None and self._random.random() < 0.3:  # one that looks like ours
            values = {**newest.parameters, "Weight": "0" if newest.get("Weight") == "100" else "100"}
            return {name: text for name, text in values.items() if name not in ("ClientToken", "DryRun")}
        return _values(account, self._random, pick(_open_gateways(account)))


class FormerRoutes(Condition):
    """Routes that were there before, up to three on each gateway."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"{seed} former")

    def begins(self, account: SharedAccount, run: int) -> None:
        for gateway in _open_gateways(account) if run == 1 else ():
            for _ in range(self._random.randrange(3)):
                account.by_them(create(_values(account, self._random, gateway)))
                account.inside.sleep(account.inside.dialect.settles_after / 1000)


def _open_gateways(account: SharedAccount) -> list[Gateway]:
    return [each for each in account.inside.account.target.gateways if each.scratch and each.connections]


def _values(account: SharedAccount, random: Random, gateway: Gateway) -> dict[str, str]:
    """A creation by somebody else, which may be refused."""
    number, values = random.randrange(200), ordinary(account.inside.account.target, gateway)
    values |= {
        "RouteSource": random.choice(["192.168.1.0/24", f"10.77.{number}.0/24", values["RouteSource"]]),
        "RouteDest": random.choice(["10.0.0.0/24", f"172.16.{number}.0/24", values["RouteDest"]]),
        "Priority": random.choice(["10", "20", str(1 + number % 100)]),
        "Weight": random.choice(["100", "0"]),
    }
    if not gateway.priority:
        del values["Priority"]
    return values


class LaggingLists(Condition):
    """Lists show the account as it was so many seconds ago."""

    def __init__(self, seconds: float) -> None:
        self._milliseconds = round(seconds * 1000)
        self._past: list[tuple[int, Account]] = []

    def before(self, account: SharedAccount, request: Request, who: str) -> None:
        self.happened(account)

    def happened(self, account: SharedAccount) -> None:
        self._past.append((account.now(), account.inside.account))

    def after(self, account: SharedAccount, request: Request, who: str, received: Received) -> Received:
        self.happened(account)
        until = account.now() - self._milliseconds
        while len(self._past) > 1 and self._past[1][0] <= until:
            del self._past[0]
        if request.action != LIST or not isinstance(received, Answer) or received.status != 200:
            return received
        return account.stepper(self._past[0][1], request, account.now(), account.inside.dialect)[1]


class Settling(Condition):
    """Gateways are at work for some time after each change, between so many seconds."""

    def __init__(self, seed: int, least: float, most: float) -> None:
        self._random, self._range = Random(f"{seed} settling"), (round(least * 1000), round(most * 1000))

    def before(self, account: SharedAccount, request: Request, who: str) -> None:
        if not request.action.startswith("Describe"):
            dialect = account.inside.dialect
            account.inside.dialect = replace(dialect, settles_after=self._random.randint(*self._range))


class Latency(Condition):
    """A request and its answer take between so many milliseconds."""

    def __init__(self, seed: int, least: int, most: int) -> None:
        self._random, self._range = Random(f"{seed} latency"), (least, most)

    def before(self, account: SharedAccount, request: Request, who: str) -> None:
        account.pass_until(account.now() + self._random.randint(*self._range))


class LostAnswers(Condition):
    """One answer to a change in sixty is lost after its effect."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"{seed} lost")

    def after(self, account: SharedAccount, request: Request, who: str, received: Received) -> Received:
        if request.action.startswith("Describe") or self._random.randrange(60):
            return received
        account.inside.sleep(10)
        return _LOST


class LateEffects(Condition):
    """One creation in sixty is not answered, and takes effect within so many seconds."""

    def __init__(self, seed: int, most: float) -> None:
        self._random, self._most = Random(f"{seed} late"), most

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        if request.action != CREATE or self._random.randrange(60):
            return None
        account.later(self._random.uniform(0, self._most), lambda: account.perform(request, who))
        account.pass_until(account.now() + 10_000)
        return _LOST


class Outage(Condition):
    """From some request on nobody is there, for so many seconds."""

    def __init__(self, seed: int, seconds: float) -> None:
        self._left, self._seconds = Random(f"{seed} outage").randrange(400), seconds
        self._over = 0

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        self._left -= 1
        if self._left == 0:
            self._over = account.now() + round(self._seconds * 1000)
        return NoAnswer("refused", "no connection: Connection refused") if account.now() < self._over else None


class Passing(Condition):
    """One request in so many, of any kind, is answered otherwise for once."""

    def __init__(self, seed: int, every: int, come: Callable[[Random], Received]) -> None:
        self._random, self._every, self._come = Random(f"{seed} passing"), every, come

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        return None if self._random.randrange(self._every) else self._come(self._random)


class Throttles(Condition):
    """Requests beyond so many a second are refused, save a few at first; half of the accounts say for how long."""

    def __init__(self, seed: int) -> None:
        self.refused = 0
        random = Random(f"{seed} throttles")
        self._per_second, self._says = random.choice([0.5, 2.0, 8.0]), random.random() < 0.5
        self._most = self._tokens = random.choice([1.0, 10.0])
        self._at = 0

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        seconds, self._at = (account.now() - self._at) / 1000, account.now()
        self._tokens = min(self._most, self._tokens + seconds * self._per_second)
        if self._tokens >= 1:
            self._tokens -= 1
            return None
        self.refused += 1
        members = {"Code": "Throttling.User", "Message": "Flow control.", "RequestId": f"throttled-{account.now()}"}
        return Answer(429, members, retry_after=(1 - self._tokens) / self._per_second if self._says else None)


class Resets(Condition):
    """One request in thirty ends with a closed connection, half of them after their effect."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"{seed} resets")

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        if self._random.randrange(30):
            return None
        if self._random.random() < 0.5:
            account.perform(request, who)
        return NoAnswer("closed", "the endpoint closed the connection without an answer")


class WeightOfCreation(Condition):
    """A route of a dual-tunnel gateway is not found by another weight than that of its creation.

    Where some have the same prefixes, each is found by its own.
    """

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        if request.action != DELETE:
            return None
        named = [
            route
            for route in account.inside.account.table(request.get("VpnGatewayId") or "")
            if (route.route_source, route.route_dest) == (request.get("RouteSource"), request.get("RouteDest"))
        ]
        if named and all(str(route.weight) != request.get("Weight") for route in named):
            members = {"Code": "VpnRouteEntry.NotFound", "Message": "No such route.", "RequestId": f"w-{account.now()}"}
            return Answer(404, members)
        return None


class TokensAcrossCallers(Condition):
    """A token is compared with those of all callers."""

    def __init__(self) -> None:
        self._used: dict[str, str] = {}

    def instead(self, account: SharedAccount, request: Request, who: str) -> Received | None:
        token = request.get("ClientToken")
        if request.action != CREATE or not token or self._used.get(token, request.caller) == request.caller:
            return None
        members = {"Code": "IdempotentParameterMismatch", "Message": "Other.", "RequestId": f"t-{account.now()}"}
        return Answer(400, members)

    def after(self, account: SharedAccount, request: Request, who: str, received: Received) -> Received:
        token = request.get("ClientToken")
        if token and request.action == CREATE and isinstance(received, Answer) and received.status == 200:
            self._used[token] = request.caller
        return received
