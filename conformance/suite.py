"""A run: every check on its lane, in one process or several.

Rules of this file
1. A check has one lane, whatever the workers: what it sends does not depend on what runs beside it.
2. In process each check has an account of its own. Over HTTP the checks of one lane run one after another.
3. A deviation that belongs to another check is shrunk and recorded there, if that check did not find it itself.
4. An interrupted run ends with what was done until then, and nothing left behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Final

from reports.results import CheckResult, Verdict
from simulator.messages import Request
from strategies.requests import Lane, lanes

from .checks import BY_ADDRESS, Check
from .connecting import Connection
from .directed import reach
from .examine import Effort, Examined, examine, pin
from .session import Terms

Progress = Callable[[Examined], None]

MOST_SILENT: Final = 2
"""Checks in a row that get no answer, after which the endpoint is taken to be gone."""
ORDER: Final = {address: number for number, address in enumerate(BY_ADDRESS)}


@dataclass(frozen=True)
class Plan:
    """What a run is to do. `most_requests` and `most_seconds` bound the whole run."""

    connection: Connection
    checks: tuple[Check, ...]
    terms: Terms
    seed: int
    examples: int = 100
    workers: int = 1
    most_requests: int | None = None
    most_seconds: float | None = None


@dataclass(frozen=True)
class Run:
    """What came of a plan."""

    examined: tuple[Examined, ...]
    interrupted: bool
    seconds: float


@dataclass(frozen=True)
class Allowance:
    """What one check may use of a run's budget: requests, and until when (by the monotonic clock)."""

    requests: float
    until: float

    def __call__(self, requests: int) -> bool:
        """Whether it is used up after so many requests."""
        return requests >= self.requests or time.monotonic() >= self.until


def lane_for(check: Check, candidates: tuple[Lane, ...]) -> Lane | None:
    """The lane on which a check reaches most kinds of gateways; checks take equal ones in turn. None: on none."""
    reached = [reach(check, lane) for lane in candidates]
    most = max(reached, default=0)
    if not most:
        return None
    best = [lane for lane, kinds in zip(candidates, reached, strict=True) if kinds == most]
    return best[ORDER[check.address] % len(best)]


def run(plan: Plan, progress: Progress) -> Run:
    """Carry out a plan; `progress` is told of each check as it ends."""
    began = time.perf_counter()
    examined: list[Examined] = []
    interrupted = False
    try:
        trouble = plan.connection.trouble()
        for each in (_given_up(check, trouble) for check in plan.checks) if trouble else _all(plan):
            examined.append(each)
            progress(each)
        for each in _strays(plan, examined):
            examined.append(each)
            progress(each)
    except KeyboardInterrupt:
        interrupted = True
    return Run(_merged(examined), interrupted, time.perf_counter() - began)


def _all(plan: Plan) -> Iterator[Examined]:
    allowances = _Budget(plan)
    candidates = lanes(plan.connection.target)
    placed = [(check, lane_for(check, candidates)) for check in plan.checks]
    if plan.workers > 1:
        yield from _side_by_side(plan, placed, allowances)
        return
    silent = 0
    for check, lane in placed:
        if silent >= MOST_SILENT:
            yield _given_up(check, (Verdict.ERROR, "not tried: the endpoint no longer answers"))
            continue
        each = _one(plan, check, lane, allowances.share())
        allowances.use(each.requests)
        silent = silent + 1 if each.result.verdict is Verdict.ERROR else 0
        yield each


class _Budget:
    """The run's budget, shared evenly among the checks that are still to come."""

    def __init__(self, plan: Plan) -> None:
        self._requests = float("inf") if plan.most_requests is None else float(plan.most_requests)
        self._until = float("inf") if plan.most_seconds is None else time.monotonic() + plan.most_seconds
        self._left = len(plan.checks)

    def share(self) -> Allowance:
        left = max(1, self._left)
        self._left -= 1
        now = time.monotonic()
        return Allowance(self._requests / left, now + max(0.0, self._until - now) / left)

    def use(self, requests: int) -> None:
        self._requests -= requests


def _one(plan: Plan, check: Check, lane: Lane | None, allowance: Allowance) -> Examined:
    effort = Effort(plan.examples, plan.seed, allowance)
    return examine(check, lane, lambda: plan.connection.open(lane), plan.terms, effort)


def _side_by_side(plan: Plan, placed: Sequence[tuple[Check, Lane | None]], allowances: _Budget) -> Iterator[Examined]:
    """Each chain is worked off in order, chains side by side: over HTTP one chain for each lane."""
    chains: dict[str, list[tuple[Check, Lane | None]]] = {}
    over_http = plan.connection.target.endpoint.url is not None
    for check, lane in placed:
        chains.setdefault(lane.name if over_http and lane else check.address, []).append((check, lane))
    shares = {check.address: allowances.share() for check, _ in placed}
    longest = sorted(chains.values(), key=len, reverse=True)
    with ProcessPoolExecutor(plan.workers, mp_context=get_context("spawn")) as pool:
        running: dict[Future[Examined], list[tuple[Check, Lane | None]]] = {}
        try:
            while longest or running:
                while longest and len(running) < plan.workers:
                    chain = longest.pop(0)
                    check, lane = chain.pop(0)
                    running[pool.submit(_one, plan, check, lane, shares[check.address])] = chain
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    chain = running.pop(future)
                    if chain:
                        longest.insert(0, chain)
                    yield future.result()
        except KeyboardInterrupt:
            pool.shutdown(wait=True, cancel_futures=True)
            yield from (f.result() for f in running if not f.cancelled() and f.exception() is None)
            raise


def _strays(plan: Plan, examined: Sequence[Examined]) -> Iterator[Examined]:
    """The deviations that belong to checks which did not find them."""
    failed = {each.result.address for each in examined if each.result.verdict is Verdict.FAIL}
    candidates = {lane.name: lane for lane in lanes(plan.connection.target)}
    strays: dict[str, tuple[str, tuple[Request, ...]]] = {}
    for each in examined:
        for address, history in each.strays.items():
            strays.setdefault(address, (each.lane, history))
    for address, (name, history) in sorted(strays.items(), key=lambda item: ORDER[item[0]]):
        if address not in failed:
            yield _pinned(plan, BY_ADDRESS[address], history, candidates[name])


def _pinned(plan: Plan, check: Check, history: tuple[Request, ...], lane: Lane) -> Examined:
    return pin(check, history, lane, lambda: plan.connection.open(lane), (plan.terms, Effort(0, plan.seed)))


def _given_up(check: Check, trouble: tuple[Verdict, str]) -> Examined:
    verdict, reason = trouble
    return Examined(CheckResult(check.address, check.title, check.strength, check.clauses, verdict, reason))


def _merged(examined: Sequence[Examined]) -> tuple[Examined, ...]:
    """One entry for each check: a failure that another came across is added to what the check itself found."""
    by_address: dict[str, Examined] = {}
    for each in examined:
        address = each.result.address
        own = by_address.get(address)
        by_address[address] = each if own is None else _joined(own, each)
    return tuple(sorted(by_address.values(), key=lambda each: ORDER[each.result.address]))


def _joined(own: Examined, found: Examined) -> Examined:
    result = replace(
        own.result,
        verdict=found.result.verdict if found.result.failures else own.result.verdict,
        requests=own.result.requests + found.result.requests,
        seconds=own.result.seconds + found.result.seconds,
        failures=own.result.failures + found.result.failures,
    )
    return replace(own, result=result, transcripts={**own.transcripts, **found.transcripts})
