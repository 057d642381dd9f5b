"""Requests that break nothing, for a target: what every other generator starts from.

Rules of this file
1. An ordinary request has the simplest value for each required parameter, and no optional one.
2. A partition is a part of the target that nothing outside it can disturb: the gateways of one VPC share a route table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY, LIST
from pbr_conformance.simulator.model.calls import deletion_of
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway, Target

from .prefixes import DESTINATION, SOURCE, filler

WAIT = "Wait"
"""A pause in a history, as if it were a request. `Seconds` says how long. Never sent."""

TOGETHER = "Together"
"""Announces that the next `Count` requests of a history are sent at the same time. Never sent itself.

With `Clients`, that many clients share them, and each sends its own one after another."""

Parameters = Mapping[str, str]
History = tuple[Request, ...]
"""Requests in the order in which they are to be sent."""


@dataclass(frozen=True)
class Partition:
    """Gateways that share a VPC, those first on which the suite may create."""

    name: str
    target: Target
    gateways: tuple[Gateway, ...]

    @property
    def scratch(self) -> tuple[Gateway, ...]:
        """The gateways on which the suite may create and delete."""
        return tuple(gateway for gateway in self.gateways if gateway.scratch)

    def plain(self, dual: bool | None = None) -> tuple[Gateway, ...]:
        """Scratch gateways on which an ordinary route can be created, of one tunnel kind or of any.

        Those with two connections come first: routes can differ in more there.
        """
        found = (gateway for gateway in self.scratch if is_plain(gateway) and dual in (None, gateway.dual))
        return tuple(sorted(found, key=lambda gateway: len(gateway.connections) < 2))


def is_plain(gateway: Gateway) -> bool:
    """Whether an ordinary route can be created on a gateway that has none."""
    is_open = gateway.status == "active" and gateway.business == "normal" and gateway.pbr
    return is_open and bool(gateway.connections) and gateway.quota > 0


def partitions(target: Target) -> tuple[Partition, ...]:
    """The target's gateways by VPC, in the order of the file."""
    by_vpc: dict[str, list[Gateway]] = {}
    for gateway in target.gateways:
        by_vpc.setdefault(target.vpc_of(gateway).id, []).append(gateway)
    return tuple(
        Partition(vpc, target, tuple(sorted(gateways, key=lambda gateway: not gateway.scratch)))
        for vpc, gateways in by_vpc.items()
    )


def ordinary(target: Target, gateway: Gateway, **changes: str | None) -> dict[str, str]:
    """The parameters of a creation that breaks nothing on an empty gateway, with changes; None leaves one out."""
    parameters: dict[str, str | None] = {
        "RegionId": target.endpoint.region,
        "VpnGatewayId": gateway.id,
        "RouteSource": SOURCE,
        "RouteDest": DESTINATION,
        "NextHop": gateway.connections[0] if gateway.connections else "vco-none",
        "Weight": "100",
        "PublishVpc": "false",
        **changes,
    }
    return {name: text for name, text in parameters.items() if text is not None}


def fillers(target: Target, gateway: Gateway, number: int, **changes: str) -> list[dict[str, str]]:
    """`number` creations that break no condition and do not conflict with one another."""
    pairs = (filler(index) for index in count())
    return [
        ordinary(target, gateway, RouteSource=source, RouteDest=destination, **changes)
        for _, (source, destination) in zip(range(number), pairs, strict=False)
    ]


def create(parameters: Parameters, caller: str = "owner") -> Request:
    """A creation."""
    return Request(CREATE, parameters, caller)


def delete(parameters: Parameters, caller: str = "owner") -> Request:
    """The deletion of the route that a creation with these parameters made."""
    return deletion_of(create(parameters), caller)


def look(target: Target, gateway: Gateway | str) -> Request:
    """A request for the list of a gateway's routes."""
    name = gateway if isinstance(gateway, str) else gateway.id
    return _about(LIST, target.endpoint.region, name)


def describe(target: Target, gateway: str) -> Request:
    """A request for the description of a gateway."""
    return _about(GATEWAY, target.endpoint.region, gateway)


@lru_cache(maxsize=256)
def _about(action: str, region: str, gateway: str) -> Request:
    """A request that names a gateway and nothing else. Kept, as most are sent again and again."""
    return Request(action, {"RegionId": region, "VpnGatewayId": gateway})


def wait(seconds: float) -> Request:
    """A pause."""
    return Request(WAIT, {"Seconds": f"{seconds:g}"})


def together(*requests: Request, clients: int = 0) -> tuple[Request, ...]:
    """Creations and deletions to be sent at the same time, each by its own client, or shared by `clients` of them."""
    number = {"Clients": str(clients)} if clients else {}
    return (Request(TOGETHER, {"Count": str(len(requests)), **number}), *requests)
