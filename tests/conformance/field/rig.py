"""A correct endpoint as the field has it: an account that others use too, in virtual time.

Rules of this file
1. Every answer is the simulator's own. A condition changes what others do, when a list shows a change, or what is
   heard.
2. Whose a route is, is known here for certain: by who sent its creation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.endpoint import Embedded, Stepper
from pbr_conformance.conformance.client.journals import Journals
from pbr_conformance.conformance.client.recovery import LeftRoute, Recovery
from pbr_conformance.conformance.client.retrying import RetryingClient
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import confirm_elsewhere, examine
from pbr_conformance.conformance.judge.interaction import Interaction, Received, Transcript
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.reports.data.results import CheckResult
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.strategies.plain_requests import create, ordinary, partitions

URL: Final = "http://127.0.0.1:8642"
BUSY: Final = ("TaskConflict", "VpnTask.CONFLICT", "VpnGateway.Configuring")
Place = tuple[str, object]
"""A route by its gateway and serial number."""


class Condition(Protocol):
    """What befalls an account. Each is asked before a request, and of the answer after it."""

    def before(self, account: SharedAccount, request: Request) -> None:
        """Something happens before a request arrives."""

    def after(self, account: SharedAccount, request: Request, received: Received) -> Received:
        """What the client hears for an answer."""


class SharedAccount:
    """The simulator at a URL, with others on it. `theirs` are the routes that they have."""

    longest_wait = Embedded.longest_wait

    def __init__(
        self, target: Target, dialect: Dialect, conditions: Sequence[Condition], stepper: Stepper = step
    ) -> None:
        """`stepper`: who answers; a mutant, where it is measured what the suite finds here."""
        self.inside = Embedded(target, dialect, stepper)
        self.stepper = stepper
        self.theirs: set[Place] = set()
        self.requests = 0
        self.newest: Request | None = None
        """The newest creation that was sent by the suite."""
        self._conditions = conditions

    def send(self, request: Request) -> Received:
        self.requests += 1
        for condition in self._conditions:
            condition.before(self, request)
        received: Received = self.inside.send(request)
        if request.action == CREATE:
            self.newest = request
        for condition in self._conditions:
            received = condition.after(self, request, received)
        return received

    def send_together(self, requests: Sequence[Request], clients: int) -> Transcript:
        return [
            Interaction(request, self.send(request), number // clients, number // clients)
            for number, request in enumerate(requests)
        ]

    def now(self) -> int:
        return self.inside.now()

    def sleep(self, seconds: float) -> None:
        self.inside.sleep(seconds)

    def renewed(self) -> None:
        return None

    def close(self) -> None:
        return None

    def places(self) -> dict[Place, str]:
        """All routes, in words."""
        account = self.inside.account
        return {
            (gateway.id, route.number): f"{gateway.id}: {route[:6]}"
            for gateway in account.target.gateways
            for route in account.table(gateway.id)
        }

    def by_them(self, request: Request) -> bool:
        """Somebody else sends a request; whether it succeeded."""
        before = set(self.places())
        answer = self.inside.send(request)
        self.theirs |= set(self.places()) - before
        return isinstance(answer, Answer) and answer.status == 200


@dataclass
class Neighbour:
    """Somebody who creates and deletes routes, also some that look like ours, once in `every` requests."""

    seed: int
    every: int = 8

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def before(self, account: SharedAccount, request: Request) -> None:
        if self._random.randrange(self.every):
            return
        places = [place for place in account.theirs if place in account.places()]
        if places and self._random.random() < 0.5:
            self._delete(account, self._random.choice(sorted(places, key=str)))
        else:
            self._create(account)

    def after(self, account: SharedAccount, request: Request, received: Received) -> Received:
        return received

    def _create(self, account: SharedAccount) -> None:
        target = account.inside.account.target
        gateway = self._random.choice([each for each in target.gateways if each.scratch and each.connections])
        number = self._random.randrange(200)
        values = ordinary(target, gateway)
        values |= {
            "RouteSource": self._random.choice(["192.168.1.0/24", f"10.77.{number}.0/24", values["RouteSource"]]),
            "RouteDest": self._random.choice(["10.0.0.0/24", f"172.16.{number}.0/24", values["RouteDest"]]),
            "Priority": self._random.choice(["10", "20", str(1 + number % 100)]),
            "Weight": self._random.choice(["100", "0"]),
        }
        if not gateway.priority:
            del values["Priority"]
        if account.newest is not None and self._random.random() < 0.3:  # one that looks like ours
            values = {**account.newest.parameters, "Weight": "0" if account.newest.get("Weight") == "100" else "100"}
            values.pop("ClientToken", None)
            values.pop("DryRun", None)
        account.by_them(create(values))

    def _delete(self, account: SharedAccount, place: Place) -> None:
        gateway, number = place
        route = next(each for each in account.inside.account.table(gateway) if each.number == number)
        declared = account.inside.account.target.gateway(gateway)
        assert declared is not None
        values = {
            "RegionId": "cn-hangzhou",
            "VpnGatewayId": gateway,
            "RouteSource": route.route_source,
            "RouteDest": route.route_dest,
            "NextHop": route.next_hop,
            "Weight": str(route.weight),
        }
        if account.by_them(Request(DELETE, values)):
            account.theirs.discard(place)


@dataclass
class LaggingLists:
    """Lists show the account as it was so many seconds ago."""

    seconds: float
    _past: list[tuple[int, Account]] = field(default_factory=list)

    def before(self, account: SharedAccount, request: Request) -> None:
        self._past.append((account.now(), account.inside.account))

    def after(self, account: SharedAccount, request: Request, received: Received) -> Received:
        self._past.append((account.now(), account.inside.account))
        until = account.now() - round(self.seconds * 1000)
        while len(self._past) > 1 and self._past[1][0] <= until:
            del self._past[0]
        if request.action != LIST:
            return received
        then = self._past[0][1]
        return account.stepper(then, request, account.now(), account.inside.dialect)[1]


@dataclass
class LostAnswers:
    """One answer in `every` is lost after its effect."""

    seed: int
    every: int = 60

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def before(self, account: SharedAccount, request: Request) -> None:
        return None

    def after(self, account: SharedAccount, request: Request, received: Received) -> Received:
        lost = not self._random.randrange(self.every) and request.action in (CREATE, DELETE)
        return NoAnswer("timeout", "no whole answer within 10 s") if lost else received


def examined(address: str, account: SharedAccount, seed: int, *, examples: int = 15) -> list[CheckResult]:
    """One check on an account that says it is shared, and each check whose violations it came across, confirmed."""
    declared = _declared(account)
    check = BY_ADDRESS[address]
    candidates = partitions(declared)
    partition = partition_for(check, candidates)
    terms, effort = Judgement(DEFAULT_SPEC, run=f"{seed:x}"), Effort(examples, seed)
    journals = Journals(declared)
    found = examine(check, partition, lambda: (account, journals), terms=terms, effort=effort)
    results = [found.result]
    for elsewhere, counterexample in found.violations_elsewhere.items():
        there = next(each for each in candidates if each.name == counterexample.partition)
        confirmed = confirm_elsewhere(
            counterexample,
            BY_ADDRESS[elsewhere],
            there,
            connect=lambda: (account, journals),
            terms=terms,
            effort=effort,
        )
        results.append(confirmed.result)
    return results


def _declared(account: SharedAccount) -> Target:
    target = account.inside.account.target
    update = {"url": URL, "shared": True}
    return target.model_copy(update={"endpoint": target.endpoint.model_copy(update=update)})


def recovered(account: SharedAccount) -> list[LeftRoute]:
    """What the end of a run deletes and names, of all that its journals have not seen gone."""
    declared = _declared(account)
    journals, client = Journals(declared), RetryingClient(account, declared)
    found = [journal for gateway in declared.gateways if (journal := journals.of(gateway.id)) is not None]
    settings = declared.endpoint
    return [left for each in found for left in Recovery(client, declared, each, settings.lag, settings.settles).run()]
