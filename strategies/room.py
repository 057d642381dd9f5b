"""Which quotas are worth filling: small ones, or where a target has none the one that takes fewest requests."""

from __future__ import annotations

from typing import Final

from pbr_conformance.simulator.model.target import Gateway, Target

from .plain_requests import Partition, is_plain

SMALL_QUOTA: Final = 5
"""The largest quota that is filled to break something else than the quota."""
MOST_ROUTES: Final = 120
"""The largest quota that is filled, and the most routes that any history makes."""


def is_worth_filling(partition: Partition, gateway: Gateway) -> bool:
    """Whether a gateway is filled to its quota."""
    if gateway.quota <= SMALL_QUOTA:
        return True
    plain = [each for each in partition.target.gateways if each.scratch and is_plain(each)]
    smallest = min(plain, key=lambda each: each.quota, default=None)
    return smallest is not None and smallest.id == gateway.id and gateway.quota <= MOST_ROUTES


def vpc_room(target: Target, gateway: Gateway) -> int | None:
    """How many destinations a gateway can publish beside those declared for it; None for any number."""
    vpc = target.vpc_of(gateway)
    declared = sum(route.next_hop == "vpn_gateway" and route.id == gateway.id for route in vpc.routes)
    return None if vpc.vpn_route_quota is None else max(0, vpc.vpn_route_quota - declared)


def is_vpc_worth_filling(partition: Partition, gateway: Gateway) -> bool:
    """Whether a gateway fills its VPC's table: it must take more routes than the table has room for."""
    plain = [each for each in partition.target.gateways if each.scratch and is_plain(each)]
    rooms = {each.id: room for each in plain if (room := _room_to_fill(partition.target, each)) is not None}
    own = rooms.get(gateway.id)
    if own is None or own < SMALL_QUOTA:
        return own is not None
    return (
        own <= MOST_ROUTES and next(name for name, room in rooms.items() if room == min(rooms.values())) == gateway.id
    )


def _room_to_fill(target: Target, gateway: Gateway) -> int | None:
    """The room in the VPC's table, where a gateway takes more routes than that."""
    room = vpc_room(target, gateway)
    return room if room is not None and room < gateway.quota else None
