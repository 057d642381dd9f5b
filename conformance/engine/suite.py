"""A run: every check on its partition, in one process or several.

Rules of this file
1. A check has one partition, whatever the workers: what it sends does not depend on what runs beside it.
2. In process each check has an account of its own. Over HTTP the checks of one partition run one after another.
3. A deviation that belongs to another check is shrunk and recorded there, if that check did not find it itself.
4. An interrupted run ends with what was done until then, and nothing left behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS, Check
from pbr_conformance.conformance.client.recording import LEAST_ROWS, MOST_ROWS
from pbr_conformance.conformance.coverage.partitioning import CHECK_ORDER, partition_for
from pbr_conformance.conformance.execute.processes import interrupt, pool, submit
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.transcripts.traffic import traffic
from pbr_conformance.conformance.transcripts.transcript_format import naming_mutant
from pbr_conformance.conformance.transcripts.writer import keeping
from pbr_conformance.reports.data.coverage import MutationScore
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.reports.data.traffic import Traffic
from pbr_conformance.strategies.plain_requests import Partition, partitions

from . import self_check
from .budget import Budget, BudgetShare
from .connect import EndpointFactory
from .effort import Effort
from .examine import confirm_elsewhere, examine
from .prioritised_run import PrioritisedRun
from .verdict import USED_UP, Counterexample, Ended, Examined, result_of

_Progress = Callable[[Examined], None]

MOST_SILENT_CHECKS: Final = 2
"""Checks in a row that get no answer, after which the endpoint is taken to be gone."""
_GONE: Final = Ended(Verdict.ERROR, "not tried: the endpoint no longer answers")


@dataclass(frozen=True)
class Plan:
    """What a run is to do. `most_requests` and `most_seconds` bound the whole run."""

    connection: EndpointFactory
    checks: tuple[Check, ...]
    terms: Judgement
    seed: int
    examples: int = 100
    workers: int = 1
    most_requests: int | None = None
    most_seconds: float | None = None
    strength: int = 2
    sensitivity: bool = True
    """Whether it is worked out afterwards which mutants the requests would have caught."""
    parts: Path | None = None
    """Where what is sent and what comes is kept, a file for each check."""

    @property
    def bounded(self) -> bool:
        """Whether it has a budget."""
        return self.most_requests is not None or self.most_seconds is not None


@dataclass(frozen=True)
class Run:
    """What came of a plan."""

    examined: tuple[Examined, ...]
    interrupted: bool
    seconds: float
    sensitivity: MutationScore | None
    """Which mutants its requests would have caught; None where nothing was sent, or it was interrupted."""
    traffic: Traffic | None = None
    """What was sent; None where nothing was."""


def run(plan: Plan, progress: _Progress) -> Run:
    """Carry out a plan; `progress` is told of each check as it ends."""
    began = time.perf_counter()
    examined: list[Examined] = []
    interrupted = False
    budget = Budget(plan.most_requests, plan.most_seconds, len(plan.checks), plan.workers)
    try:
        trouble = _own_trouble(plan) or plan.connection.trouble()
        budget.spend(plan.connection.first_requests)
        before = {} if trouble else _swept(plan, budget)
        for found in (Examined(result_of(check, trouble)) for check in plan.checks) if trouble else _all(plan, budget):
            own = before.get(found.result.address)
            each = found if own is None else own.joined(found)
            examined.append(each)
            progress(each)
        for each in _confirm_elsewhere(plan, examined, budget):
            examined.append(each)
            progress(each)
    except KeyboardInterrupt:
        interrupted = True
    seconds = time.perf_counter() - began
    merged = _merged(examined)
    for each in merged:
        each.transcripts = naming_mutant(plan.connection.mutant, each.transcripts)
    looked = _sensitivity(plan, merged) if plan.sensitivity and not interrupted else None
    return Run(
        merged, interrupted, seconds, looked, traffic([log for each in merged for log in each.recordings], began)
    )


def _swept(plan: Plan, budget: Budget) -> dict[str, Examined]:
    """What the first requests find, where a run is bounded, or a dialect is law: those that tell most."""
    if not plan.bounded and plan.terms.dialect is None:
        return {}
    share = budget.whole()
    first = PrioritisedRun(plan.connection, plan.checks, plan.terms, share)
    found = first.run()
    budget.settle(share, first.requests)
    return found


def _own_trouble(plan: Plan) -> Ended | None:
    """What is wrong with the suite itself."""
    reason = self_check.trouble(plan.terms.spec)
    return Ended(Verdict.ERROR, reason) if reason else None


def _sensitivity(plan: Plan, examined: Sequence[Examined]) -> MutationScore | None:
    if not any(each.played for each in examined):
        return None
    from .mutation_score import sensitivity  # here, because the tables of mutants import the suite

    return sensitivity(examined, plan.connection.target, plan.terms)


def _all(plan: Plan, budget: Budget) -> Iterator[Examined]:
    candidates = partitions(plan.connection.target)
    placed = [(check, partition_for(check, candidates)) for check in plan.checks]
    if plan.workers == 1:
        yield from _chain_by_chain(plan, [placed] if placed else [], budget, _at_once)
        return
    with pool(plan.workers) as workers:
        yield from _chain_by_chain(plan, _chains(plan, placed), budget, partial(submit, workers))


def _at_once(work: Callable[..., Examined], *args: object) -> Future[Examined]:
    """Work here and now."""
    future = Future[Examined]()
    future.set_result(work(*args))
    return future


def _one(plan: Plan, check: Check, partition: Partition | None, share: BudgetShare) -> Examined:
    rows = max(LEAST_ROWS, MOST_ROWS // len(plan.checks))
    kept = keeping(
        plan.parts, check.address, partition, target=plan.connection.target, terms=plan.terms, seed=plan.seed
    )
    with kept as writer:
        effort = Effort(
            plan.examples,
            plan.seed,
            stop=share,
            most=share.requests,
            strength=plan.strength,
            lazy=plan.bounded,
            rows=rows,
            writer=writer,
        )
        connect = partial(plan.connection.open, partition)
        return examine(check, partition, connect, terms=plan.terms, effort=effort)


_Chain = list[tuple[Check, Partition | None]]
"""Checks that run one after another."""


def _chain_by_chain(
    plan: Plan, chains: list[_Chain], budget: Budget, begin: Callable[..., Future[Examined]]
) -> Iterator[Examined]:
    """Work each chain off in order, as many chains side by side as there are workers."""
    running: dict[Future[Examined], tuple[_Chain, BudgetShare]] = {}
    silent = 0
    try:
        while chains or running:
            while chains and len(running) < plan.workers and not budget.used_up and silent < MOST_SILENT_CHECKS:
                chain, share = chains.pop(0), budget.share()
                running[begin(_one, plan, *chain.pop(0), share)] = chain, share
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                chain, share = running.pop(future)
                chains[:0] = [chain] if chain else []
                each = future.result()
                budget.settle(share, each.requests)
                silent = silent + 1 if each.unanswered else 0
                yield each
    except KeyboardInterrupt:
        interrupt(running)
        yield from (f.result() for f in running if not f.cancelled() and f.exception() is None)
        raise
    why = _GONE if silent >= MOST_SILENT_CHECKS else USED_UP
    yield from (Examined(result_of(check, why)) for chain in chains for check, _ in chain)


def _chains(plan: Plan, placed: Sequence[tuple[Check, Partition | None]]) -> list[_Chain]:
    """The longest first. Over HTTP the checks of a partition are one chain; in process nothing disturbs anything."""
    chains: dict[str, _Chain] = {}
    over_http = plan.connection.target.endpoint.url is not None
    for check, partition in placed:
        chains.setdefault(partition.name if over_http and partition else check.address, []).append((check, partition))
    return sorted(chains.values(), key=len, reverse=True)


def _confirm_elsewhere(plan: Plan, examined: Sequence[Examined], budget: Budget) -> Iterator[Examined]:
    """The deviations that belong to checks which did not find them."""
    failed = {each.result.address for each in examined if each.result.verdict is Verdict.FAIL}
    elsewhere: dict[str, Counterexample] = {}
    for each in sorted(examined, key=lambda each: CHECK_ORDER[each.result.address]):  # not as they happened to end
        elsewhere = {**each.violations_elsewhere, **elsewhere}
    for address, found in sorted(elsewhere.items(), key=lambda item: CHECK_ORDER[item[0]]):
        if address not in failed and BY_ADDRESS[address].documented(plan.terms.spec):
            share = budget.share()
            each = _confirmed(plan, BY_ADDRESS[address], found, share)
            budget.settle(share, each.requests)
            yield each


def _confirmed(plan: Plan, check: Check, found: Counterexample, share: BudgetShare) -> Examined:
    partition = next(each for each in partitions(plan.connection.target) if each.name == found.partition)
    effort = Effort(0, plan.seed, share, share.requests, lazy=plan.bounded)
    connect = partial(plan.connection.open, partition)
    return confirm_elsewhere(found, check, partition, connect=connect, terms=plan.terms, effort=effort)


def _merged(examined: Sequence[Examined]) -> tuple[Examined, ...]:
    """One entry for each check: a failure that another came across is added to what the check itself found."""
    by_address: dict[str, Examined] = {}
    for each in examined:
        address = each.result.address
        own = by_address.get(address)
        by_address[address] = each if own is None else own.joined(each)
    return tuple(sorted(by_address.values(), key=lambda each: CHECK_ORDER[each.result.address]))
