"""WIDE_FAULTS: simulators with one mistake that shows at many addresses, and is told by none of their titles.

Rules of this file
1. They explain failures, and measure nothing: what the suite is measured by is in MUTANTS.
2. Each is a mistake that an implementer makes once, and that reaches many rules. Of two that may explain the same, the
   narrower stands first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.condition import Concern
from pbr_conformance.simulator.rules.conditions import BY_ID, CONDITIONS
from pbr_conformance.simulator.rules.creation import Case
from pbr_conformance.simulator.rules.dialect import Dialect
from pbr_conformance.simulator.rules.oracle import TokenUse, token_use

from .mutant import Mutant
from .operators import COMPARED, StepOutcome, hears, overlooks
from .parsing import EVERYTHING


def _of(*chapters: str) -> tuple[str, ...]:
    return tuple(each.id for each in CONDITIONS if each.id.partition("/")[0] in chapters)


def _replays_by_token_alone(account: Account, request: Request, now: int, dialect: Dialect) -> StepOutcome:
    """Answers a request with a known token as the first request with it was answered."""
    use, binding = token_use(account, request) if request.action == CREATE else (TokenUse.NEW, None)
    if use in (TokenUse.OTHER, TokenUse.RESPELLED) and binding is not None and "RegionId" in binding.parameters:
        request = replace(request, parameters=dict(binding.parameters))
    return step(account, request, now, dialect)


def _is_stored(case: Case) -> bool:
    """Whether a creation can be stored as it is, if nobody checks it."""
    creation = case.creation
    return creation.weight is not None and creation.priority is not None and creation.publish is not None


_CONFLICTS: Final = (*COMPARED, *_of("vpc", "ssl"))

# fmt: off
WIDE_FAULTS: Final[tuple[Mutant, ...]] = (
    Mutant("token-alone", "a ClientToken that was used before gets the first answer again, whatever the other "
           "parameters are", "answer/success", _replays_by_token_alone),
    Mutant("routes-unchecked", "a creation is not compared with the routes of its gateway", "route/exists",
           overlooks(*COMPARED)),
    Mutant("vpc-unchecked", "the VPC's system route table is not looked at", "vpc/other-vpn", overlooks(*_of("vpc"))),
    Mutant("ssl-unchecked", "the client blocks of the SSL server are not looked at", "ssl/inside",
           overlooks(*_of("ssl"))),
    Mutant("conflicts-unchecked", "a creation is not compared with the routes that exist, nor with the VPC or the SSL "
           "clients", "route/exists", overlooks(*_CONFLICTS)),
    Mutant("values-unchecked", "the texts of parameters are not checked", "cidr/source",
           overlooks(*_of("format", "weight", "cidr", "description", "overlay"), "priority/range", when=_is_stored)),
    Mutant("callers-unchecked", "who calls is not looked at", "caller/sub-user", overlooks(*_of("caller"))),
    Mutant("gateways-unchecked", "the state of the gateway is not looked at", "gateway/locked",
           overlooks(*(each for each in _of("gateway") if BY_ID[each].subject is not Concern.NO_GATEWAY))),
    Mutant("priority-unread", "Priority is not read: every route has 10", "answer/success",
           hears(Priority=lambda text: None)),
    Mutant("weight-unread", "Weight is not read: every route has 100", "answer/success",
           hears(Weight=lambda text: "100")),
    Mutant("dry-run-unread", "DryRun is not read", "dry-run/passes", hears(DryRun=lambda text: None)),
    Mutant("publish-unread", "PublishVpc is not read: every route is published", "answer/success",
           hears(PublishVpc=lambda text: "true")),
    Mutant("publish-never", "PublishVpc is not read: no route is published", "answer/success",
           hears(PublishVpc=lambda text: "false")),
    Mutant("description-unread", "Description is not read", "answer/success", hears(Description=lambda text: None)),
    Mutant("source-unread", "RouteSource is not read: every route has the same", "answer/success",
           hears(RouteSource=lambda text: "192.168.1.0/24")),
    Mutant("nothing-checked", "nothing is checked: every creation on a known gateway is accepted", "format/missing",
           overlooks(*EVERYTHING, when=_is_stored)),
)
# fmt: on
