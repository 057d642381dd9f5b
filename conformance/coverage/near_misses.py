"""For each condition, the other side of its boundary: a creation that does not meet it, but only just.

Rules of this file
1. A condition that was only ever met may be one that refuses too much: a check says how often it was met, and how often
   it was nearly met.
2. A neighbour is told from the judged request and the state it was judged in. It is asked only where the condition is
   not met.
3. What has no boundary (a caller, a locked gateway) has the ordinary case beside it as its neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.prefixes import Prefix
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.case import Case
from pbr_conformance.simulator.rules.creation import boolean, creation_of
from pbr_conformance.simulator.rules.oracle import Allowed

Near = Callable[[Case], object]


def is_nearly(address: str, account: Account, request: Request, allowed: Allowed) -> bool:
    """Whether a judged creation is a neighbour of those that meet a condition."""
    near = NEARLY.get(address)
    if near is None or any(broken.condition.id == address for broken in allowed.broken):
        return False
    return bool(near(Case(account, creation_of(request), request.caller, None)))


def _text(case: Case, name: str) -> str:
    return case.creation.texts.get(name) or ""


def _booleans(case: Case) -> list[str]:
    texts = [_text(case, name) for name in ("PublishVpc", "DryRun")]
    return [text for text in texts if boolean(text) is not None]


def _optional_of_one(case: Case) -> bool:
    return any(_text(case, name) for name in ("ClientToken", "Priority", "DryRun", "Description", "OverlayMode"))


def _is_edge(prefix: Prefix | None) -> bool:
    return prefix is not None and (prefix.length in (0, 1, 31, 32))


def _last_bit_set(prefix: Prefix | None) -> bool:
    return prefix is not None and prefix.length > 0 and bool(prefix.network >> (32 - prefix.length) & 1)


_EIGHT: Final = Prefix(100 << 24, 8)


def _beside_reserved(case: Case) -> bool:
    destination = case.creation.destination_prefix
    return destination is not None and destination.length > 0 and _EIGHT.overlaps(destination)


def _on_gateway(question: Near) -> Near:
    return lambda case: case.place is not None and question(case)


def _on_pair(question: Callable[[Case, Route], object]) -> Near:
    return _on_gateway(lambda case: any(question(case, route) for route in case.pair))


def _almost_overlaps(case: Case) -> bool:
    """Some route overlaps one prefix and not the other, or both at another priority."""
    source, destination = case.creation.source_prefix, case.creation.destination_prefix
    if source is None or destination is None:
        return False
    for route in case.table:
        if route.source is not None and route.destination is not None:
            meets = source.overlaps(route.source), destination.overlaps(route.destination)
            if any(meets) and (not all(meets) or route.priority != case.creation.priority):
                return True
    return False


def _shares_one_prefix(case: Case) -> bool:
    creation = case.creation
    ends = creation.source_prefix, creation.destination_prefix
    return case.known.dual and any(
        (route.source == ends[0]) is not (route.destination == ends[1]) for route in case.table
    )


def _around_table(*kinds: str) -> Near:
    """RouteDest overlaps an entry of such a kind without being equal, or equals one and is not published."""

    def near(case: Case) -> bool:
        destination = case.creation.destination_prefix
        if destination is None:
            return False
        entries = [entry for entry, kind in case.known.elsewhere.items() if not kinds or kind in kinds]
        return any(entry.overlaps(destination) for entry in entries)

    return _on_gateway(near)


def _around_others(case: Case) -> bool:
    destination = case.creation.destination_prefix
    if destination is None:
        return False
    published = [entry for other in case.known.neighbours for entry in case.account.table(other).published]
    return any(entry.overlaps(destination) for entry in published) or bool(_around_table("vpn_gateway")(case))


def _vpc_almost_full(case: Case) -> bool:
    quota, publish = case.known.vpc.vpn_route_quota, case.creation.publish
    taken = len(set(case.table.published) | set(case.known.declared))
    return quota is not None and (taken >= quota or (bool(publish) and taken == quota - 1))


def _heeds_priority_support(case: Case) -> bool:
    """A priority is sent where it is supported, and left out where it is not."""
    return (case.creation.priority_sent is not None) is case.known.gateway.priority


def _beside_client(case: Case) -> bool:
    """RouteDest is the sibling of a client block, or the source is in one."""
    creation = case.creation
    for block in case.known.ssl_blocks:
        sibling = Prefix(block.network ^ 1 << (32 - block.length), block.length) if block.length else block
        if creation.destination_prefix == sibling or creation.destination_prefix == block:
            return True
    return False


NEARLY: Final[Mapping[str, Near]] = {
    "format/missing": lambda case: not any(_text(case, name) for name in ("Priority", "Description", "OverlayMode")),
    "format/type": lambda case: any(text not in ("true", "false") for text in _booleans(case)),
    "format/boolean-spelling": lambda case: any(text not in ("true", "false") for text in _booleans(case)),
    "format/empty-optional": _optional_of_one,
    "format/region": lambda case: _text(case, "RegionId") == case.account.region,
    "format/token": lambda case: len(_text(case, "ClientToken")) == 64,
    "weight/value": lambda case: case.creation.weight == 0,
    "cidr/source": lambda case: _is_edge(case.creation.source_prefix),
    "cidr/destination": lambda case: _is_edge(case.creation.destination_prefix),
    "cidr/loose": lambda case: any(map(_last_bit_set, (case.creation.source_prefix, case.creation.destination_prefix))),
    "cidr/reserved-destination": _beside_reserved,
    "priority/range": lambda case: _text(case, "Priority") in ("1", "100"),
    "description/length": lambda case: len(_text(case, "Description")) == 100,
    "description/scheme": lambda case: "http" in _text(case, "Description") or "://" in _text(case, "Description"),
    "overlay/value": lambda case: _text(case, "OverlayMode") == "Ipsec",
    "caller/sub-user": lambda case: case.caller == "owner",
    "caller/unauthorized": lambda case: case.caller == "owner",
    "gateway/unknown": lambda case: case.place is not None,
    "gateway/locked": _on_gateway(lambda case: case.known.gateway.business == "normal"),
    "gateway/configuring": _on_gateway(lambda case: case.known.gateway.status == "active"),
    "gateway/busy": _on_gateway(lambda case: len(case.table) == 0),
    "gateway/no-pbr": _on_gateway(lambda case: case.known.gateway.pbr),
    "priority/unsupported": _on_gateway(_heeds_priority_support),
    "next-hop/unknown": _on_gateway(lambda case: case.creation.next_hop in case.known.gateway.connections[1:]),
    "next-hop/elsewhere": _on_gateway(lambda case: case.creation.next_hop in case.known.gateway.connections[1:]),
    "route/exists": _on_pair(lambda case, route: True),
    "route/same-key": _on_pair(lambda case, route: route.next_hop != case.creation.next_hop),
    "route/same-weight": _on_pair(lambda case, route: not case.known.dual and route.weight != case.creation.weight),
    "route/same-pair": _on_gateway(_shares_one_prefix),
    "route/overlap": _on_gateway(_almost_overlaps),
    "route/quota": _on_gateway(lambda case: len(case.table) == case.known.gateway.quota - 1),
    "vpc/other-vpn": _on_gateway(_around_others),
    "vpc/other-next-hop": _on_gateway(
        lambda case: any(
            _around_table(kind)(case)
            for kind in case.known.elsewhere.values()
            if kind not in ("vpn_gateway", "router_interface")
        )
    ),
    "vpc/router-interface": _around_table("router_interface"),
    "vpc/quota": _on_gateway(_vpc_almost_full),
    "ssl/inside": _on_gateway(_beside_client),
    "ssl/contains": _on_gateway(_beside_client),
}  # fmt: skip
"""The neighbour of each condition: what it is on the right side of its boundary."""
