"""Whether a correct endpoint passes on each account: exit status 0, and every check judged that can be exercised there.

Run it by hand, from the root of a checkout:

    python -m benchmarks.accounts [--seeds 20] [--only one-single]

What can be exercised is told from the target file alone, by what the documentation says of each condition.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.conformance.engine.run_plan import Plan
from pbr_conformance.conformance.engine.suite import run
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.output.report_builder import report
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target import Gateway, Target
from tests.accounts import ACCOUNTS

_JUDGED: Final = (Verdict.PASS, Verdict.OBSERVED)
_MOST_ROUTES: Final = 120
"""Routes that a run creates at most to fill a quota."""


def _scratch(target: Target) -> list[Gateway]:
    return [gateway for gateway in target.gateways if gateway.scratch]


def _open(target: Target) -> list[Gateway]:
    """The scratch gateways on which a route can be created."""
    found = (each for each in _scratch(target) if each.pbr and each.connections and each.quota)
    return [each for each in found if each.status == "active" and each.business == "normal"]


def _next_hops(target: Target) -> set[str]:
    """The kinds of other next hops to which the tables around open gateways have routes."""
    pairs = ((gateway, route) for gateway in _open(target) for route in target.vpc_of(gateway).routes)
    return {route.next_hop for gateway, route in pairs if route.id != gateway.id}


def _fellows(target: Target, gateway: Gateway) -> list[Gateway]:
    vpc = target.vpc_of(gateway)
    return [each for each in _open(target) if target.vpc_of(each).id == vpc.id]


def _can_fill(target: Target, gateway: Gateway) -> bool:
    """Whether a gateway can publish more routes than the table of its VPC takes to one VPN gateway."""
    vpc = target.vpc_of(gateway)
    there = sum(route.next_hop == "vpn_gateway" and route.id == gateway.id for route in vpc.routes)
    return vpc.vpn_route_quota is not None and vpc.vpn_route_quota < min(gateway.quota, _MOST_ROUTES) + there


NEEDS: Final[Mapping[str, Callable[[Target], object]]] = {
    "weight/value": lambda t: [each for each in _open(t) if each.tunnels == "single"],
    "caller/sub-user": lambda t: "sub_user" in t.credentials,
    "caller/unauthorized": lambda t: "unauthorized" in t.credentials,
    "gateway/locked": lambda t: [each for each in _scratch(t) if each.business != "normal"],
    "gateway/configuring": lambda t: [each for each in _scratch(t) if each.status != "active"],
    "gateway/no-pbr": lambda t: [each for each in _scratch(t) if not each.pbr],
    "priority/unsupported": lambda t: [each for each in _open(t) if not each.priority],
    "next-hop/elsewhere": lambda t: sum(bool(each.connections) for each in t.gateways) > 1,
    "route/same-weight": lambda t: [each for each in _open(t) if each.tunnels == "single"],
    "route/same-pair": lambda t: [each for each in _open(t) if each.tunnels == "dual"],
    "route/quota": lambda t: [each for each in _open(t) if each.quota <= _MOST_ROUTES],
    "vpc/other-vpn": lambda t: "vpn_gateway" in _next_hops(t) or any(len(_fellows(t, each)) > 1 for each in _open(t)),
    "vpc/other-next-hop": lambda t: _next_hops(t) - {"router_interface", "vpn_gateway"},
    "vpc/router-interface": lambda t: "router_interface" in _next_hops(t),
    "vpc/quota": lambda t: any(_can_fill(t, each) for each in _open(t)),
    "ssl/inside": lambda t: [each for each in _open(t) if each.ssl_client_cidrs],
    "ssl/contains": lambda t: [each for each in _open(t) if each.ssl_client_cidrs],
    "state/isolated": lambda t: any(len(_fellows(t, each)) > 1 for each in _open(t)),
}
"""What a check needs of an account; the others need a gateway on which a route can be created."""


def judged(target: Target, seed: int) -> Iterator[str]:
    """What is not as it should be where a default run meets the right simulator, a line for each."""
    plan = Plan(EndpointFactory(target, DEFAULT_SPEC), CHECKS, Judgement(DEFAULT_SPEC), seed, sensitivity=False)
    whole = report(plan, run(plan, lambda _: None), "", "")
    if whole.exit_status:
        yield f"exit status {whole.exit_status}"
    for each in whole.checks:
        can_be = bool(NEEDS.get(each.address, _open)(target))
        if can_be is not (each.verdict in _JUDGED):
            yield f"{each.address}, which {'can' if can_be else 'cannot'} be met: {each.verdict.value}: {each.reason}"


def main() -> None:
    """Print what is wrong, and a line for each account."""
    parser = argparse.ArgumentParser(description="A correct endpoint on each account.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", choices=list(ACCOUNTS), default=None)
    chosen = parser.parse_args()
    for name in [chosen.only] if chosen.only else ACCOUNTS:
        target, wrong, began = ACCOUNTS[name], 0, time.perf_counter()
        for seed in range(1, chosen.seeds + 1):
            lines = list(judged(target, seed))
            wrong += bool(lines)
            sys.stdout.writelines(f"  {name}, seed {seed}: {line}\n" for line in lines)
            sys.stdout.flush()
        can_be = sum(bool(NEEDS.get(check.address, _open)(target)) for check in CHECKS)
        sys.stdout.write(
            f"{name}: {chosen.seeds - wrong} of {chosen.seeds} runs are fine, {can_be} of {len(CHECKS)} checks judged, "
            f"{time.perf_counter() - began:.0f} s\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
