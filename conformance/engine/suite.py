"""A run: what a plan says, carried out: first what tells most, then every check, then what is still to be confirmed.

Rules of this file
1. What was seen by a check that it does not belong to is confirmed by open_failures.py.
2. An interrupted run ends with what was judged until then, and nothing left behind. Interrupts are heard while requests
   are sent, and while mutants are scored: never while results are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from time import perf_counter

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.pace import Pace
from pbr_conformance.conformance.coverage.partitioning import CHECK_ORDER
from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.conformance.transcripts.traffic import traffic
from pbr_conformance.conformance.transcripts.transcript_format import naming_mutant
from pbr_conformance.reports.data.coverage import MutationScore
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.reports.data.traffic import Traffic

from . import self_check
from .budget import Budget
from .chains import check_not_begun, examine_all
from .open_failures import confirm_first, confirm_what_is_open
from .prioritised_run import PrioritisedRun
from .run_plan import Plan
from .slow_pace import slow_items
from .unfinished_run import Swept
from .verdict import Ended, Examined, merged, result_of, swept_on

_Progress = Callable[[Examined], None]


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
    return Run(merged([check_not_begun(check) for check in plan.checks]), True, 0.0, None)


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
        for each in examine_all(replace(plan, unfinished=None).without(confirmed | whole), budget, judged):
            own = before.pop(each.result.address, None)
            take(each if own is None else own.joined(each))
    except KeyboardInterrupt:
        for address, each in before.items():
            take(each.joined(check_not_begun(BY_ADDRESS[address])))
        raise
    confirm_what_is_open(plan, examined, take, budget)


def _give_up(plan: Plan, examined: list[Examined], take: _Progress) -> None:
    """Keep the deviations that were to be confirmed, and name the checks that were not begun."""
    confirm_what_is_open(plan, examined, lambda each: take(replace(each, is_cut=True)))
    begun = {each.result.address for each in examined}
    examined += [check_not_begun(check) for check in plan.checks if check.address not in begun]


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
