"""Runs on an account in the field, and what must hold after them.

Rules of this file
1. A run is the engine's own, on its own journals, with what `run` deletes and names before and after it.
2. What was left is what the account has, not what a list shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.client.endpoint import Endpoint, Stepper
from pbr_conformance.conformance.client.journals import NO_JOURNALS, Journals
from pbr_conformance.conformance.client.metered import Meter
from pbr_conformance.conformance.client.patience import Patience
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run as carry_out
from pbr_conformance.conformance.explore.random_dialects import by_chance
from pbr_conformance.conformance.explore.random_dialects import dialect as any_dialect
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.conformance.output.report_builder import report
from pbr_conformance.reports.data.provenance import LeftBehind
from pbr_conformance.reports.data.results import CheckResult, Report, Verdict
from pbr_conformance.simulator.model.target import Credential, Target
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from pbr_conformance.strategies.plain_requests import Partition

from .account import Condition, FieldEndpoint, SharedAccount
from .conditions import LaggingLists, Neighbour
from .front_doors import Killed
from .turns import Turns

HERE, REMOTE = "http://127.0.0.1:8642", "https://vpc.example.com"
_PATIENCE: Final = 30.0
"""Seconds that a run waits for an endpoint that is away: the longer outage is not waited out."""
_CHECKS: Final = 4
"""Checks of one run, where none is named."""
_SIZES: Final = (*[150] * 4, *[300] * 3, None)
"""Requests that such a run may send. One of eight has no limit, and one check alone, as it sends thousands."""


@dataclass(frozen=True)
class Field:
    """An account in the field, as a row of the table has it."""

    conditions: tuple[Condition, ...] = ()
    clients: int = 1
    runs: int = 1
    """How many runs follow one another; all but the last may be killed."""
    url: str = HERE
    shared: bool | None = None
    settle_seconds: float | None = None
    settles_after: int | None = 300
    """Milliseconds; None for what the dialect has."""
    stepper: Stepper = step
    """Who answers: the simulator, or a mutant."""
    clock_off: float = 0.0
    """Seconds by which the machine of the runs is ahead of the endpoint."""
    dialect: Dialect | None = None
    """None for any, by the seed."""
    only: tuple[str, ...] = ()
    """The checks; none for a few, by the seed."""
    examples: int = 2
    budget: int | None = None
    """Requests of a run that has all checks; None for a run of few checks."""
    strict_messages: bool = False


@dataclass
class Outcome:
    """What some runs on one account came to."""

    requests: int
    reports: list[Report]
    trespasses: Sequence[str]
    """Deletions of what somebody else created."""
    accused: Sequence[str]
    """Checks that are FAIL."""
    unnamed: Sequence[str]
    """What was left of ours without a word."""
    taken_by_mutant: int = 0
    """Routes of others that went with a request which did not ask for that."""

    @property
    def problems(self) -> list[str]:
        """What must not be where the endpoint is correct."""
        return [*self.trespasses, *self.accused, *self.unnamed]


@dataclass(frozen=True)
class FieldConnection(EndpointFactory):
    """Connects to an account in the field."""

    account: SharedAccount | None = None
    who: str = "us"
    clock_off: float = 0.0

    def open(self, partition: Partition | None = None) -> tuple[Endpoint, Journals]:
        assert self.account is not None
        endpoint = FieldEndpoint(self.account, self.who, self.clock, round(self.clock_off * 1000))
        journals = NO_JOURNALS if partition is None else Journals(self.target)
        return self.meter.on(self.managed(endpoint), self.purpose), journals


def outcome(place: Field, seed: int) -> Outcome:
    """Have runs on an account and see what must hold."""
    clients = tuple(f"client {number + 1}" for number in range(place.clients))
    turns = Turns(clients, seed) if place.clients > 1 else None
    account = SharedAccount(reference(), _dialect(place, seed), place.conditions, turns, place.stepper)
    reports: list[Report] = []
    for run in range(1, place.runs + 1):
        for condition in place.conditions:
            condition.begins(account, run)
        plans = [_plan(place, account, who, f"{seed} {run} {who}") for who in clients]
        if turns is None:
            reports += filter(None, map(_carried_out, plans))
        else:
            with ThreadPoolExecutor(len(plans)) as threads:
                reports += filter(None, threads.map(_carried_out, plans))
    account.pass_until(account.now() + 120_000)
    last = reports[-place.clients :]
    accused, unnamed = _accused(reports), _unnamed(account, last)
    return Outcome(account.requests, reports, account.trespasses, accused, unnamed, account.taken_by_mutant)


def _dialect(place: Field, seed: int) -> Dialect:
    dialect = place.dialect or any_dialect(by_chance(seed))
    return dialect if place.settles_after is None else replace(dialect, settles_after=place.settles_after)


def _plan(place: Field, account: SharedAccount, who: str, seed: str) -> Plan:
    random, target = Random(seed), _declared(place, who)
    chosen = [each for each in CHECKS if each.address in place.only] or random.sample(list(CHECKS), _CHECKS)
    run, dice = f"{random.randrange(1 << 24):06x}", random.randrange(1 << 32)
    most = None if place.only else random.choice(_SIZES)
    chosen = list(CHECKS) if place.budget else chosen if most or place.only else chosen[:1]
    connection = FieldConnection(
        target,
        account.inside.dialect.spec,
        meter=Meter(lambda: account.now() / 1000),
        patience=Patience(_PATIENCE),
        account=account,
        who=who,
        clock_off=place.clock_off,
    )
    return Plan(
        connection,
        tuple(each for each in CHECKS if each in chosen),
        Judgement(account.inside.dialect.spec, place.strict_messages, run=run),
        dice,
        examples=place.examples,
        most_requests=place.budget or most,
        strength=2,
        sensitivity=False,
    )


def _declared(place: Field, who: str) -> Target:
    """The account as its owner declares it; a client with a name of its own for the host has journals of its own."""
    target = reference()
    url = place.url.replace("127.0.0.1", f"127.0.0.{who[-1]}").replace("vpc.", f"vpc{who[-1]}.")
    keys = Credential.model_validate({"access_key_id": "LTAI-rig", "access_key_secret": "not-a-secret"})
    update = {"url": url, "shared": place.shared, "settle_seconds": place.settle_seconds, "signature": "v3"}
    return target.model_copy(
        update={
            "endpoint": target.endpoint.model_copy(update=update),
            "credentials": dict.fromkeys(target.credentials, keys),
        }
    )


def _carried_out(plan: Plan) -> Report | None:
    """The report of a run; None where it was killed."""
    connection = plan.connection
    assert isinstance(connection, FieldConnection)
    assert connection.account is not None
    try:
        connection.recover()
        done = carry_out(plan, lambda examined: None)
        left = connection.recover()
    except Killed:
        return None
    finally:
        if connection.account.turns is not None:
            connection.account.turns.leave(connection.who)
    named = (LeftBehind({k: v for k, v in asdict(each).items() if k != "why"}, each.why) for each in left)
    return replace(report(plan, done, "", ""), left=tuple(named))


def _accused(reports: Sequence[Report]) -> list[str]:
    return [
        f"{check.address} is FAIL: {check.failures[0].title}: {check.failures[0].observed}; {check.failures[0].proof}"
        for each in reports
        for check in each.checks
        if check.verdict is Verdict.FAIL
    ]


def _unnamed(account: SharedAccount, reports: Sequence[Report]) -> list[str]:
    """Routes of ours that are still there, and in no report."""
    named: Counter[tuple[str, ...]] = Counter()
    for each in reports:
        for left in each.left:
            named[tuple(left.what[name] for name in ("gateway", "route_source", "route_dest", "next_hop"))] += 1
    clients = [owner for owner in set(account.owners.values()) if owner.startswith("client")]
    there: Counter[tuple[str, ...]] = Counter((gateway, *route[:3]) for gateway, route in account.routes(clients))
    problems = [f"left and not named: {route} ({number} times)" for route, number in (there - named).items()]
    statuses = {each.exit_status for each in reports if each.left}
    return problems + [f"exit status {status} where something is left" for status in statuses - {1, 3}]


@dataclass(frozen=True)
class MutantOutcome:
    """What the check of its address finds of a mutant, and what became of routes of others."""

    result: CheckResult
    deleted_by_us: Sequence[str]
    """Routes of others that our requests asked to delete."""
    taken_by_mutant: int


def killed(mutant: Mutant, seed: int, *, examples: int = 100) -> MutantOutcome:
    """Examine a mutant with the check of its address, with a neighbour, lists that lag and gateways that settle."""
    place = Field(
        (Neighbour(seed), LaggingLists(1.0)),
        shared=True,
        settles_after=1000,
        stepper=mutant.stepper,
        dialect=DEFAULT,
        only=(mutant.violates,),
        examples=examples,
        strict_messages=mutant.strict_messages,
    )
    ended = outcome(place, seed)
    result = next(each for each in ended.reports[0].checks if each.address == mutant.violates)
    return MutantOutcome(result, ended.trespasses, ended.taken_by_mutant)
