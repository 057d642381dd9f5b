"""What an answer tells of values that the target leaves out: quotas, and the support of policy-based routes.

Rules of this file
1. An answer that does not tell which of two quotas is meant tells of neither.
2. Nothing is judged here: an answer is noted after it was judged.
"""

from __future__ import annotations

from typing import Final

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.rules.creation import OPEN, Case, creation_of
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, Allowed, TokenUse

ROUTE_QUOTA: Final = "CreatePbrRoutesQuotaFull.QuotaFull"
VPC_QUOTA: Final = "QuotaExceeded.VpnRouteEntry"
EITHER_QUOTA: Final = "Resource.QuotaFull"
NO_PBR: Final = "VpnPbrRouteEntry.NotSupport"


def tells_of_quota(answer: Answer) -> bool:
    """Whether it refuses for a quota."""
    return answer.code in (ROUTE_QUOTA, VPC_QUOTA, EITHER_QUOTA)


def without_open(allowed: Allowed) -> Allowed:
    """What is allowed, without the conditions that nobody can judge as the target leaves a value out."""
    if all(broken.strength is not OPEN for broken in allowed.broken):
        return allowed
    return allowed._replace(broken=tuple(broken for broken in allowed.broken if broken.strength is not OPEN))


def is_open_refusal(answer: Answer, allowed: Allowed) -> bool:
    """Whether it refuses for a value that is not known."""
    return any(broken.strength is OPEN and answer.code in broken.codes for broken in allowed.broken)


def note_answer(account: Account, request: Request, answer: Answer, allowed: Allowed) -> None:
    """Take what the answer to a creation tells; the account is that before it."""
    case = Case(account, creation_of(request), request.caller, None)
    if case.place is None or request.caller != "owner" or allowed.token is TokenUse.REPLAY:
        return
    accepted = answer.status == 200 or answer.code == DRY_RUN_PASSED
    if case.known.unknown_pbr is not None and (accepted or answer.code == NO_PBR):
        case.known.unknown_pbr.told(accepted)
    publishes = case.creation.publish is True
    quota = case.known.unknown_quota
    if quota is not None:
        if accepted:
            quota.accepted(len(case.table))
        elif answer.code == ROUTE_QUOTA or (answer.code == EITHER_QUOTA and not publishes):
            quota.refused(len(case.table))
    if publishes and case.creation.destination_prefix is not None and not case.is_in_table:
        _note_table(case, answer, accepted=accepted)


def _note_table(case: Case, answer: Answer, *, accepted: bool) -> None:
    quota = case.known.unknown_vpn_route_quota
    if quota is not None and accepted:
        quota.accepted(case.taken_in_table)
    elif quota is not None and answer.code == VPC_QUOTA:
        quota.refused(case.taken_in_table)
