"""The checks of a run, each on its partition, worked off chain by chain: one after another, or side by side.

Rules of this file
1. A check has one partition, whatever the workers: what it sends does not depend on what runs beside it.
2. In process each check has an account of its own. Over HTTP the checks of one partition run one after another.
3. Others who were seen by one check are known to those that begin later; see open_failures.py.
4. A check whose worker process died is examined again, after what it created is deleted. Where workers die at it again
   and again, it is an ERROR.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.client.recording import LEAST_ROWS, MOST_ROWS
from pbr_conformance.conformance.client.state_directory import StateDirectoryError
from pbr_conformance.conformance.client.strands import Strand
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.execute.collecting import leaving_out
from pbr_conformance.conformance.execute.processes import WorkerDied, WorkerPool
from pbr_conformance.conformance.transcripts.writer import keeping
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.strategies.plain_requests import Partition, partitions

from .budget import Budget, BudgetShare
from .effort import Effort
from .examine import ExaminationInterrupted, examine
from .examiners import AtOnce, Examiners, InProcesses, InStrands
from .run_plan import Plan
from .verdict import RUN_INTERRUPTED, USED_UP, Ended, Examined, result_of

MOST_SILENT_CHECKS: Final = 2
"""Checks in a row that get no answer, or are refused for keys or rights, after which no further one is begun."""
_LATER: Final = "r"
"""What the tokens of a check that is examined again have more than those of the first time."""
_GONE: Final = "the endpoint no longer answers"

_Chain = list[tuple[Check, Partition | None]]
"""Checks that run one after another."""


def examine_all(plan: Plan, budget: Budget, judged: frozenset[str]) -> Iterator[Examined]:
    """Examine every check. An outage takes nothing from those that were `judged` before: they keep their verdicts."""
    candidates = partitions(plan.connection.target)
    placed = [(check, partition_for(check, candidates)) for check in plan.checks]
    chains = _chains(plan, placed)
    if plan.workers > 1:
        with WorkerPool(plan.workers) as workers:
            yield from _chain_by_chain(plan, chains, budget, InProcesses(workers, plan.workers, _again), judged)
    elif plan.connection.target.endpoint.url is not None and len(chains) > 1:
        with leaving_out() as leave_out:
            yield from _chain_by_chain(plan, chains, budget, InStrands(leave_out), judged)
    else:
        yield from _chain_by_chain(plan, [placed] if placed else [], budget, AtOnce(), judged)


def _again(plan: Plan, check: Check, partition: Partition | None, share: BudgetShare) -> Examined:
    """Examine a check at which a worker has died, after what that one created is deleted: with tokens of its own."""
    try:
        plan.connection.recover([gateway.id for gateway in partition.scratch] if partition else [])
    except StateDirectoryError as problem:
        return Examined(result_of(check, Ended(Verdict.ERROR, str(problem))))
    terms = replace(plan.terms, run=f"{plan.terms.run}{_LATER}") if plan.connection.target.endpoint.url else plan.terms
    return _one(replace(plan, terms=terms), check, partition, share)


def _one(
    plan: Plan, check: Check, partition: Partition | None, share: BudgetShare, strand: Strand | None = None
) -> Examined:
    rows = max(LEAST_ROWS, MOST_ROWS // len(plan.checks))
    kept = keeping(
        plan.parts, check.address, partition, target=plan.connection.target, terms=plan.terms, seed=plan.seed
    )
    with kept as writer:
        effort = Effort(
            plan.examples,
            plan.seed,
            stop=share,
            stop_confirming=share.confirming,
            most=share.requests,
            beyond=share.beyond,
            strength=plan.strength,
            lazy=plan.bounded or plan.is_slow,
            rows=rows,
            strand=strand,
            pace=plan.pace.newest if plan.connection.target.endpoint.url else None,
            writer=writer,
        )
        connect = partial(plan.connection.of(check.address).open, partition)
        examined = examine(check, partition, connect, terms=plan.terms, effort=effort)
    return examined if writer is None else replace(examined, unkept=writer.trouble)


@dataclass(frozen=True)
class _UnderWay:
    """A check that is being examined, and those that come after it."""

    check: Check
    chain: _Chain
    share: BudgetShare


def _result(check: Check, future: Future[Examined]) -> Examined:
    """What an examination found. Raises KeyboardInterrupt where it was interrupted."""
    try:
        return future.result()
    except WorkerDied as reason:
        return Examined(result_of(check, Ended(Verdict.ERROR, str(reason))))


def _interrupted(check: Check, future: Future[Examined]) -> Examined:
    """What an examination found until it was interrupted, or ended."""
    try:
        return _result(check, future)
    except ExaminationInterrupted as ended:
        return replace(ended.examined, is_cut=True)
    except (KeyboardInterrupt, CancelledError):
        return check_not_begun(check)


def _chain_by_chain(
    plan: Plan, chains: list[_Chain], budget: Budget, examiners: Examiners, judged: frozenset[str]
) -> Iterator[Examined]:
    """Work each chain off in order, as many chains side by side as there are examiners."""
    running: dict[Future[Examined], _UnderWay] = {}
    silent, trouble = 0, _GONE
    try:
        while chains or running:
            while chains and len(running) < examiners.most and not budget.used_up and silent < MOST_SILENT_CHECKS:
                (check, partition), *chain = chains.pop(0)
                share = budget.share()
                future = examiners.begin(_one, plan, check, plan.on(partition), share)
                running[future] = _UnderWay(check, chain, share)
            if not running:
                break
            for future in examiners.wait(running):
                each = _result(running[future].check, future)
                under_way = running.pop(future)
                chains[:0] = [under_way.chain] if under_way.chain else []
                budget.settle(under_way.share, each.requests)
                silent = silent + 1 if each.unanswered else 0
                plan = plan.knowing([each])
                plan.pace.newest = each.pace or plan.pace.newest
                trouble = each.result.reason if each.result.verdict is Verdict.ERROR else trouble
                yield each
    except KeyboardInterrupt:
        examiners.interrupt(running)
        yield from (_interrupted(each.check, future) for future, each in running.items())
        raise
    is_gone = silent >= MOST_SILENT_CHECKS
    why = Ended(Verdict.ERROR, f"not tried: {trouble}") if is_gone else USED_UP
    for check, partition in (each for chain in chains for each in chain):
        ended = USED_UP if check.address in judged else why
        yield _not_tried(plan, check, partition, ended, is_cut=is_gone)


def _not_tried(plan: Plan, check: Check, partition: Partition | None, ended: Ended, *, is_cut: bool) -> Examined:
    """A check that was not begun; one that no gateway of the target is for needs no request to be judged."""
    if partition is None:
        return _one(plan, check, None, BudgetShare(0, 0))
    return Examined(result_of(check, ended), is_cut=is_cut)


def _chains(plan: Plan, placed: Sequence[tuple[Check, Partition | None]]) -> list[_Chain]:
    """The longest first. Over HTTP the checks of a partition are one chain; in process nothing disturbs anything."""
    chains: dict[str, _Chain] = {}
    over_http = plan.connection.target.endpoint.url is not None
    for check, partition in placed:
        chains.setdefault(partition.name if over_http and partition else check.address, []).append((check, partition))
    return sorted(chains.values(), key=len, reverse=True)


def check_not_begun(check: Check) -> Examined:
    """A check that was not begun when the run was interrupted."""
    return Examined(result_of(check, RUN_INTERRUPTED), is_cut=True)
