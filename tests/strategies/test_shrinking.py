"""A shrunk example shows what matters, in the values that a person would choose."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import Phase, find, settings
from hypothesis.strategies import SearchStrategy

from pbr_conformance.simulator import (
    Account,
    Answer,
    Request,
    Simulator,
    assess,
    create,
    delete,
    list_routes,
    reference,
)
from pbr_conformance.strategies import histories, requests

TARGET: Final = reference()
ACCOUNT: Final = Account(TARGET)
SINGLE: Final = ("vpn-single", "192.168.1.0/24", "10.0.0.0/24")
PLAIN: Final = create(*SINGLE, next_hop="vco-single-a")


def smallest(strategy: SearchStrategy[Any], holds: Callable[[Any], bool], seed: int = 1) -> Any:
    chosen = settings(max_examples=5_000, database=None, phases=(Phase.generate, Phase.shrink))
    return find(strategy, holds, settings=chosen, random=random.Random(seed))


def breaks(condition: str) -> Callable[[Request], bool]:
    return lambda request: any(broken.condition.id == condition for broken in assess(ACCOUNT, request))


REQUESTS: Final[dict[str, tuple[Callable[[Request], bool], list[Request]]]] = {
    "any": (lambda request: True, [PLAIN]),
    "standby": (lambda r: r.get("Weight") == "0", [create(*SINGLE, next_hop="vco-single-a", weight=0)]),
    "a wrong weight": (breaks("weight/value"), [create(*SINGLE, next_hop="vco-single-a", weight=50)]),
    "a priority": (lambda r: r.get("Priority") is not None, [create(*SINGLE, next_hop="vco-single-a", priority=10)]),
    "published": (
        lambda r: r.get("PublishVpc") == "true",
        [create(*SINGLE, next_hop="vco-single-a", publish_vpc=True)],
    ),
    "a dry run": (lambda r: r.get("DryRun") == "true", [create(*SINGLE, next_hop="vco-single-a", dry_run=True)]),
    "a token": (
        lambda r: r.get("ClientToken") is not None,
        [create(*SINGLE, next_hop="vco-single-a", client_token="token-1")],
    ),
    "another gateway": (
        lambda r: r.get("VpnGatewayId") == "vpn-dual",
        [create("vpn-dual", *SINGLE[1:], next_hop="vco-dual-a")],
    ),
    "an unknown gateway": (
        lambda r: r.get("VpnGatewayId") == "vpn-nowhere",
        [create("vpn-nowhere", *SINGLE[1:], next_hop="vco-single-a")],
    ),
    "a smaller prefix": (
        lambda r: (r.get("RouteDest") or "").endswith("/28"),
        [create(*SINGLE[:2], "10.0.0.0/28", next_hop="vco-single-a")],
    ),
    "a host": (
        lambda r: (r.get("RouteDest") or "").endswith("/32"),
        [create(*SINGLE[:2], host, next_hop="vco-single-a") for host in ("10.0.0.9/32", "10.0.0.0/32")],
    ),
    "a malformed prefix": (
        breaks("cidr/source"),
        [create("vpn-single", "192.168.1.0/33", "10.0.0.0/24", next_hop="vco-single-a")],
    ),
    "host bits": (
        breaks("cidr/loose"),
        [
            create("vpn-single", "192.168.1.5/24", "10.0.0.0/24", next_hop="vco-single-a"),
            create("vpn-single", "192.168.1.0/24", "10.0.0.5/24", next_hop="vco-single-a"),
        ],
    ),
    "an absent parameter": (
        lambda r: r.get("RouteSource") is None,
        [create("vpn-single", None, "10.0.0.0/24", next_hop="vco-single-a")],
    ),
    "another caller": (
        lambda r: r.caller == "sub_user",
        [create(*SINGLE, next_hop="vco-single-a", caller="sub_user")],
    ),
    "a long description": (
        breaks("description/length"),
        [create(*SINGLE, next_hop="vco-single-a", description=text) for text in ("", "x" * 101)],
    ),
    "a standby that is published": (
        lambda r: r.get("Weight") == "0" and r.get("PublishVpc") == "true",
        [create(*SINGLE, next_hop="vco-single-a", weight=0, publish_vpc=True)],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_shrinks_to_what_a_person_would_choose(name: str) -> None:
    holds, wanted = REQUESTS[name]
    assert smallest(requests(TARGET), holds) in wanted


def comes(holds: Callable[[Request, Answer], bool]) -> Callable[[list[Request]], bool]:
    """Whether a history has a request whose answer is such."""

    def played(history: list[Request]) -> bool:
        simulator = Simulator(TARGET)
        return any(holds(request, simulator.send(request)) for request in history)

    return played


def routes_listed(answer: Answer) -> int:
    count = (answer.members or {}).get("TotalCount")
    return count if isinstance(count, int) else 0


HISTORIES: Final[dict[str, tuple[Callable[[list[Request]], bool], list[list[Request]]]]] = {
    "any": (lambda history: True, [[]]),
    "one": (lambda history: len(history) == 1, [[PLAIN]]),
    "the same again": (comes(lambda r, a: a.code == "VpnRouteEntry.AlreadyExists"), [[PLAIN, PLAIN]]),
    "a deletion": (
        comes(lambda r, a: r.action.startswith("Delete") and a.status == 200),
        [[PLAIN, delete(*SINGLE, next_hop="vco-single-a")]],
    ),
    "a route that is listed": (comes(lambda r, a: routes_listed(a) == 1), [[PLAIN, list_routes("vpn-single")]]),
    "created, deleted, created": (
        lambda history: any(
            b.action.startswith("Delete") and a == c for a, b, c in zip(history, history[1:], history[2:], strict=False)
        ),
        [[PLAIN, delete(*SINGLE, next_hop="vco-single-a"), PLAIN]],
    ),
    "an overlap": (
        comes(lambda r, a: a.code == "VpnRouteEntry.SamePriorityPbrRoutePrefixOverlap"),
        [
            [PLAIN, create("vpn-single", source, destination, next_hop="vco-single-a")]
            for source, destination in (
                ("192.168.0.0/23", "10.0.0.0/24"),
                ("192.168.0.0/16", "10.0.0.0/24"),
                ("192.168.1.0/25", "10.0.0.0/24"),
                ("192.168.1.0/24", "10.0.0.0/16"),
                ("192.168.1.0/24", "10.0.0.0/25"),
            )
        ],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_shrinks_to_what_a_person_would_choose(name: str) -> None:
    holds, wanted = HISTORIES[name]
    assert smallest(histories(TARGET), holds) in wanted
