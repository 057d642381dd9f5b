"""Confirms deviations that were seen by checks which they do not belong to, or before any check.

Rules of this file
1. A deviation that belongs to another check is shrunk and recorded there, if that check did not find it itself.
2. What was confirmed before others were seen is confirmed anew then, and is no FAIL unless it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from pbr_conformance.conformance.checks import BY_ADDRESS, Check
from pbr_conformance.conformance.coverage.partitioning import CHECK_ORDER
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.strategies.plain_requests import partitions

from .budget import Budget, BudgetShare
from .effort import Effort
from .examine import ExaminationInterrupted, confirm_elsewhere
from .run_plan import Plan
from .verdict import Counterexample, Examined

_Progress = Callable[[Examined], None]


def confirm_first(plan: Plan, before: dict[str, Examined], take: _Progress, budget: Budget) -> frozenset[str]:
    """Confirm what the first requests found, before the budget is spent on other checks: which checks have failed."""
    failed, found = set[str](), _elsewhere(plan, list(before.values()))
    for number, (check, each) in enumerate(found):
        confirmed = _confirmed(plan, check, each, budget, budget.to_confirm(len(found) - number))
        own = before.get(check.address)
        whole = confirmed if own is None else own.joined(confirmed)
        if whole.result.verdict is Verdict.FAIL:
            before.pop(check.address, None)
            failed.add(check.address)
            take(whole)
        elif own is not None:
            before[check.address] = whole
    return frozenset(failed)


def confirm_what_is_open(plan: Plan, examined: list[Examined], take: _Progress, budget: Budget | None = None) -> None:
    """Confirm the deviations that belong to checks which did not find them, and those that others may have caused.

    Without a budget nothing is sent: they are kept as unconfirmed.
    """
    _confirm_anew(plan, examined, budget)
    for check, found in _elsewhere(plan, examined):
        take(_confirmed(plan.knowing(examined), check, found, budget))
    _confirm_anew(plan, examined, budget)  # others may have been seen only then


def _confirm_anew(plan: Plan, examined: list[Examined], budget: Budget | None) -> None:
    """Confirm anew what was confirmed while nobody else was known of, if others were seen since."""
    plan = plan.knowing(examined)
    for number, each in enumerate(examined):
        if each.seen_alone is not None and not plan.connection.target.endpoint.is_alone:
            later = _confirmed(plan, BY_ADDRESS[each.result.address], each.seen_alone, budget)
            examined[number] = each.without_failure().joined(later)


def _elsewhere(plan: Plan, examined: Sequence[Examined]) -> list[tuple[Check, Counterexample]]:
    """The deviations that belong to checks which did not find them, in the order of the checks."""
    failed = {each.result.address for each in examined if each.result.verdict is Verdict.FAIL}
    elsewhere: dict[str, Counterexample] = {}
    for each in sorted(examined, key=lambda each: CHECK_ORDER[each.result.address]):  # not as they happened to end
        elsewhere = {**each.violations_elsewhere, **elsewhere}
    return [
        (BY_ADDRESS[address], found)
        for address, found in sorted(elsewhere.items(), key=lambda item: CHECK_ORDER[item[0]])
        if address not in failed and BY_ADDRESS[address].documented(plan.terms.spec)
    ]


def _confirmed(
    plan: Plan, check: Check, found: Counterexample, budget: Budget | None, share: BudgetShare | None = None
) -> Examined:
    partition = next(each for each in partitions(plan.connection.target) if each.name == found.partition)
    connect = partial(plan.connection.of(check.address).open, partition)
    share = share or (BudgetShare(0, 0) if budget is None else budget.share())
    stop = _interrupts if budget is None else share.confirming
    lazy = plan.bounded or plan.is_slow or budget is None
    effort = Effort(0, plan.seed, stop, stop, share.requests, share.beyond, lazy=lazy)
    try:
        each = confirm_elsewhere(found, check, partition, connect=connect, terms=plan.terms, effort=effort)
    except ExaminationInterrupted as ended:
        if budget is not None:
            raise
        return ended.examined
    if budget is not None:
        budget.settle(share, each.requests)
    return each


def _interrupts(requests: int) -> bool:
    raise KeyboardInterrupt
