"""A run: every check on its partition, in one process or several.

Rules of this file
1. A check has one partition, whatever the workers: what it sends does not depend on what runs beside it.
2. In process each check has an account of its own. Over HTTP the checks of one partition run one after another.
3. What was seen by a check that it does not belong to is confirmed by open_failures.py.
4. An interrupted run ends with what was judged until then, and nothing left behind. Interrupts are heard while requests
   are sent, and while mutants are scored: never while results are put together.
5. Others who were seen by one check are known to those that begin later; see open_failures.py.
6. A check whose worker process died is examined again, after what it created is deleted. Where workers die at it again
   and again, it is an ERROR.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS, Check
from pbr_conformance.conformance.client.pace import Pace, SharedPace
from pbr_conformance.conformance.client.recording import LEAST_ROWS, MOST_ROWS
from pbr_conformance.conformance.client.state_directory import StateDirectoryError
from pbr_conformance.conformance.client.strands import Strand
from pbr_conformance.conformance.coverage.partitioning import CHECK_ORDER, partition_for
from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.conformance.execute.collecting import leaving_out
from pbr_conformance.conformance.execute.processes import WorkerDied, WorkerPool
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
from .examine import ExaminationInterrupted, examine
from .examiners import AtOnce, Examiners, InProcesses, InStrands
from .open_failures import confirm_first, confirm_what_is_open
from .prioritised_run import PrioritisedRun
from .slow_pace import slow_items
from .unfinished_run import Swept, UnfinishedRun
from .verdict import RUN_INTERRUPTED, USED_UP, Ended, Examined, merged, result_of, swept_on

_Progress = Callable[[Examined], None]

MOST_SILENT_CHECKS: Final = 2
"""Checks in a row that get no answer, or are refused for keys or rights, after which no further one is begun."""
_LATER: Final = "r"
"""What the tokens of a check that is examined again have more than those of the first time."""
_GONE: Final = "the endpoint no longer answers"


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
    is_slow: bool = False
    """Whether each kind of state is made once, for all checks, as gateways take long after each change."""
    sensitivity: bool = True
    """Whether it is worked out afterwards which mutants the requests would have caught."""
    pace: SharedPace = field(default_factory=SharedPace, compare=False)
    """How long gateways are at work after a change, as far as it was seen."""
    unfinished: UnfinishedRun | None = None
    """Where what is judged is kept until the run is done; what was judged before is not sent again."""
    parts: Path | None = None
    """Where what is sent and what comes is kept, a file for each check."""

    @property
    def bounded(self) -> bool:
        """Whether it has a budget."""
        return self.most_requests is not None or self.most_seconds is not None

    def knowing(self, examined: Iterable[Examined]) -> Plan:
        """The same, on an account that others use, if one of these has met them."""
        if not self.connection.target.endpoint.is_alone or not any(each.met_others for each in examined):
            return self
        return replace(self, connection=self.connection.as_shared())

    def without(self, addresses: Collection[str]) -> Plan:
        """The same without some checks."""
        return replace(self, checks=tuple(check for check in self.checks if check.address not in addresses))

    def on(self, partition: Partition | None) -> Partition | None:
        """A partition of the same gateways, as the plan knows the account."""
        return None if partition is None else replace(partition, target=self.connection.target)


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


def run(
    plan: Plan, progress: _Progress, heard: Callable[[], AbstractContextManager[None]] = lambda: nullcontext()
) -> Run:
    """Carry out a plan; `progress` is told of each check as it ends. Interrupts are heard within `heard`."""
    clock, kept = plan.connection.meter.clock, plan.unfinished
    earlier = 0.0 if kept is None else kept.seconds
    began, sent_since = clock() - earlier, perf_counter() - earlier
    examined: list[Examined] = []

    def take(each: Examined) -> None:
        examined.append(each)
        if kept is not None:
            kept.add(each)
        progress(each)

    if kept is not None:
        kept.begin(clock)
        for each in kept.judged:
            take(each)

    interrupted, looked = True, None
    with suppress(KeyboardInterrupt), heard():
        _carry_out(plan, examined, take)
        interrupted = False
    if interrupted:
        _give_up(plan, examined, take)
    seconds = clock() - began
    found = merged(examined)
    for each in found:
        each.transcripts = naming_mutant(plan.connection.mutant, each.transcripts)
    if plan.sensitivity and not interrupted:
        interrupted = True
        with suppress(KeyboardInterrupt), heard():
            looked = _sensitivity(plan, found)
            interrupted = False
    sent = traffic([log for each in found for log in each.recordings], sent_since)
    return Run(found, interrupted, seconds, looked, sent)


def not_begun(plan: Plan) -> Run:
    """A run that was interrupted before anything was sent."""
    return Run(merged([_not_begun(check) for check in plan.checks]), True, 0.0, None)


def _carry_out(plan: Plan, examined: list[Examined], take: _Progress) -> None:
    """Examine every check, and confirm what belongs to checks that did not find it. Raises KeyboardInterrupt."""
    clock = plan.connection.meter.clock
    plan = plan.knowing(examined).without({each.result.address for each in examined})
    if not plan.checks:
        return
    budget = Budget(*_left_of(plan), len(plan.checks), workers=plan.workers, clock=clock)
    trouble = _own_trouble(plan) or plan.connection.trouble()
    if trouble:
        for check in plan.checks:
            take(Examined(result_of(check, trouble), is_cut=True))
        return
    budget.spend(plan.connection.first_requests)
    before = _swept(plan, budget, take)
    plan = plan.knowing(before.values())
    try:
        confirmed = confirm_first(plan, before, take, budget)
        whole = frozenset(address for address, each in before.items() if each.is_whole)
        for address in sorted(whole, key=CHECK_ORDER.__getitem__):
            take(before.pop(address))
        judged = frozenset(address for address, each in before.items() if each.result.broken)
        for each in _all(replace(plan, unfinished=None).without(confirmed | whole), budget, judged):
            own = before.pop(each.result.address, None)
            take(each if own is None else own.joined(each))
    except KeyboardInterrupt:
        for address, each in before.items():
            take(each.joined(_not_begun(BY_ADDRESS[address])))
        raise
    confirm_what_is_open(plan, examined, take, budget)


def _give_up(plan: Plan, examined: list[Examined], take: _Progress) -> None:
    """Keep the deviations that were to be confirmed, and name the checks that were not begun."""
    confirm_what_is_open(plan, examined, lambda each: take(replace(each, is_cut=True)))
    begun = {each.result.address for each in examined}
    examined += [_not_begun(check) for check in plan.checks if check.address not in begun]


def _not_begun(check: Check) -> Examined:
    return Examined(result_of(check, RUN_INTERRUPTED), is_cut=True)


def _left_of(plan: Plan) -> tuple[int | None, float | None]:
    """What is left of the budget, in requests and seconds, after what was sent before the run was resumed."""
    kept = plan.unfinished
    if kept is None:
        return plan.most_requests, plan.most_seconds
    requests = None if plan.most_requests is None else max(0, plan.most_requests - kept.requests)
    return requests, None if plan.most_seconds is None else max(0.0, plan.most_seconds - kept.seconds)


def _swept(plan: Plan, budget: Budget, take: _Progress) -> dict[str, Examined]:
    """What the first requests find, where a run is bounded, or a dialect is law: those that tell most.

    Raises KeyboardInterrupt, where it is interrupted, after what was found is taken.
    """
    if not plan.bounded and plan.terms.dialect is None and not plan.is_slow:
        return {}
    kept = plan.unfinished
    before = None if kept is None else kept.swept
    if before is not None and (before.is_done or not plan.is_slow):
        return {check.address: before.found[check.address] for check in plan.checks}
    share = budget.whole()
    whole = _slow_items(plan, before) if plan.is_slow else None
    first = PrioritisedRun(plan.connection, plan.checks, plan.terms, share, whole, pace=plan.pace)
    found = first.run()
    plan.pace.newest = Pace(plan.pace.newest.seconds)
    budget.settle(share, first.requests)
    if before is not None:
        is_all = any(each.is_whole for each in found.values())
        found = {address: swept_on(before.found[address], each, is_all=is_all) for address, each in found.items()}
    if kept is not None:
        kept.sweeps(Swept(found, is_done=not first.is_interrupted and not plan.connection.patience.is_over))
    if first.is_interrupted:
        for each in found.values():
            take(replace(each, is_cut=True))
        raise KeyboardInterrupt
    return found


def _slow_items(plan: Plan, before: Swept | None) -> Iterator[Item]:
    """All that there is to send at a slow pace, without what was sent before the run was resumed."""
    sent = frozenset() if before is None else before.histories
    items = slow_items(plan.checks, plan.connection.target, plan.terms.spec, examples=plan.examples, seed=plan.seed)
    return (item for item in items if (item.address, item.history) not in sent)


def _own_trouble(plan: Plan) -> Ended | None:
    """What is wrong with the suite itself."""
    reason = self_check.trouble(plan.terms.spec)
    return Ended(Verdict.ERROR, reason) if reason else None


def _sensitivity(plan: Plan, examined: Sequence[Examined]) -> MutationScore | None:
    if not any(each.played for each in examined):
        return None
    from .mutation_score import sensitivity  # here, because the tables of mutants import the suite

    return sensitivity(examined, plan.connection.target, plan.terms)


def _all(plan: Plan, budget: Budget, judged: frozenset[str]) -> Iterator[Examined]:
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


_Chain = list[tuple[Check, Partition | None]]
"""Checks that run one after another."""


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
        return _not_begun(check)


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
