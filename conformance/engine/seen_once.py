"""What failed once, on an account that nobody else was seen to use: it is played once more, or others may explain it.

Rules of this file
1. Nobody is accused of what one creation or deletion by somebody else would explain, unless it failed twice, or the
   target says that nobody else uses the account. It does not matter that nobody else was seen: they may be gone.
2. An answer that is wrong whatever routes there are is the endpoint's, although it came only once.
"""

from __future__ import annotations

from typing import Final

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.client.work_times import SETTLES
from pbr_conformance.conformance.judge.answer import Deviation, conditions_of
from pbr_conformance.conformance.judge.interaction import Transcript
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.rules.condition import Concern, Condition
from pbr_conformance.simulator.rules.conditions import BY_ID
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, Allowed, TokenUse
from pbr_conformance.strategies.plain_requests import TOGETHER, History

from .budget_guard import BudgetGuard
from .session import Session
from .verdict import Counterexample

_LONGEST: Final = 12
"""Requests of a history that is played once more although the budget is used up."""
_OF_ROUTES: Final = frozenset((Concern.GATEWAY, Concern.PAIR, Concern.OVERLAP, Concern.VPC))


def fails_once_more(
    session: Session, history: History, address: str, *, terms: Judgement, waits: bool
) -> Deviation | bool | None:
    """How a short history fails again, False where it does not, although the budget is used up.

    None where it is not played, as it is long, or cannot be.
    """
    ownership, client = session.ownership, session.client
    together = any(request.action == TOGETHER for request in history)
    if ownership.is_certain or not ownership.is_alone or together or len(history) > _LONGEST:
        return None
    guard = BudgetGuard(history, session.partition, terms, waits_until_settled=waits)
    looks = len(session.partition.gateways)  # for others, where it fails again
    if client.requests + guard.needed(client.pace) + looks > client.most:
        return None
    try:
        again = session.play(history, waits_until_settled=waits)
    except Inconclusive:
        return None
    return again if again is not None and again.address(address) == address else False


def others_may_explain(session: Session, found: Counterexample) -> bool:
    """Whether a change of routes by somebody else would explain a deviation, and nothing shows that it is none."""
    is_certain = session.ownership.is_certain or found.has_misplaced
    if is_certain or not _is_about_routes(found.deviation, found.transcript):
        return False
    if found.deviation.plausible != SETTLES:
        return True
    try:
        return not session.others.is_stuck(found.transcript[-1].request)
    except Inconclusive:
        return True


def _is_about_routes(deviation: Deviation, transcript: Transcript) -> bool:
    """Whether routes that come or go matter to what a transcript ends with.

    They do to what lists and gateways show and to what requests at the same time came to, to a refusal for routes
    that are there, and to a success that only routes forbid.
    """
    check = BY_ADDRESS.get(deviation.plausible[0])
    if check is not None and check.about_answers:
        return False
    sent = transcript[-1]
    if sent.request.action != CREATE or sent.together or sent.allowed is None or not isinstance(sent.received, Answer):
        return True
    return _decided_by_routes(sent.allowed, sent.received)


def _decided_by_routes(allowed: Allowed, answer: Answer) -> bool:
    code, musts = answer.code, [broken.condition for broken in allowed.must]
    if code and code != DRY_RUN_PASSED:
        return any(_is_of_routes(BY_ID[address]) for address in conditions_of(code) if address in BY_ID)
    if allowed.binding is not None and allowed.token is TokenUse.REPLAY:
        return (answer.members or {}).get("CreateTime") != allowed.binding.route.created
    return bool(musts) and all(map(_is_of_routes, musts))


def _is_of_routes(condition: Condition) -> bool:
    return condition.subject in _OF_ROUTES
