"""Holds a target against the account that an endpoint shows: where a declared value differs. Pure.

Rules of this file
1. Only what is shown can differ: a value that the endpoint does not show is taken as declared.
2. A difference names the key as the file has it, the declared value and the one that was found.
3. What the account has beyond the declarations is no difference: see `adoption`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pbr_conformance.simulator.documentation.actions import CONNECTIONS, GATEWAYS, SSL_SERVERS, VPC_ROUTES, VPCS
from pbr_conformance.simulator.model.target import Gateway, Target, Vpc, VpcRoute

from .found import FoundAccount, FoundGateway, is_same_kind


@dataclass(frozen=True)
class WrongKey:
    """A key of a target whose value is not what the endpoint shows."""

    key: str
    declared: str
    found: str
    source: str
    """The operation that shows it."""

    def __str__(self) -> str:
        return f"{self.key}: is {self.declared}; found {self.found} ({self.source})"


def wrong_keys(target: Target, found: FoundAccount) -> list[WrongKey]:
    """Every declared value that the endpoint shows otherwise, in the order of the file."""
    wrong = list(_region(target, found))
    if found.gateways is not None:
        for index, gateway in enumerate(target.gateways):
            wrong += _gateway(target, index, found.gateways.get(gateway.id), found)
    for index, vpc in enumerate(target.vpcs):
        if vpc.id in found.tables:
            wrong += _table(index, vpc, found.tables[vpc.id])
    return wrong


def _region(target: Target, found: FoundAccount) -> Iterator[WrongKey]:
    region = target.endpoint.region
    if found.regions and region not in found.regions:
        yield WrongKey("endpoint.region", _value(region), _any(found.regions, "no region"), VPCS)


def _gateway(target: Target, index: int, shown: FoundGateway | None, found: FoundAccount) -> Iterator[WrongKey]:
    gateway = target.gateways[index]
    if shown is None:
        there = _any(found.gateways or (), "no gateway at all")
        yield WrongKey(f"gateways[{index}].id", _value(gateway.id), there, GATEWAYS)
        return
    dual = found.dual(gateway.id)
    kind = None if dual is None else "dual" if dual else "single"
    business = {"FinancialLocked": "financial_locked", "Normal": "normal"}.get(shown.business or "")
    status = None if shown.status is None else "active" if shown.status == "active" else "updating"
    for name, declared, seen in (
        ("tunnels", gateway.tunnels, kind),
        ("priority", gateway.priority, shown.priority),
        ("status", gateway.status, status),
        ("business", gateway.business, business),
        ("vpc", gateway.vpc, shown.vpc),
    ):
        if declared is not None and seen is not None and declared != seen:
            yield WrongKey(f"gateways[{index}].{name}", _value(declared), _value(seen), GATEWAYS)
    yield from _connections(index, gateway, found)
    yield from _ssl_blocks(index, gateway, found)


def _connections(index: int, gateway: Gateway, found: FoundAccount) -> Iterator[WrongKey]:
    for position, id in enumerate(gateway.connections if found.connections is not None else ()):
        home = (found.connections or {}).get(id)
        if home != gateway.id:
            own = [each for each, at in (found.connections or {}).items() if at == gateway.id]
            there = f"it on {home}" if home else _any(own, f"no connection on {gateway.id}")
            yield WrongKey(f"gateways[{index}].connections[{position}]", _value(id), there, CONNECTIONS)


def _ssl_blocks(index: int, gateway: Gateway, found: FoundAccount) -> Iterator[WrongKey]:
    if found.ssl_blocks is None:
        return
    own = found.ssl_blocks.get(gateway.id, ())
    for position, block in enumerate(gateway.ssl_client_cidrs):
        if block not in own:
            there = _any(own, f"no SSL server on {gateway.id}")
            yield WrongKey(f"gateways[{index}].ssl_client_cidrs[{position}]", _value(block), there, SSL_SERVERS)


def _table(index: int, vpc: Vpc, shown: tuple[VpcRoute, ...]) -> Iterator[WrongKey]:
    by_destination = {route.destination: route for route in shown}
    for position, route in enumerate(vpc.routes):
        key, there = f"vpcs[{index}].routes[{position}]", by_destination.get(route.destination)
        if there is None:
            destinations = _any(by_destination, "no route of this kind in the table")
            yield WrongKey(f"{key}.destination", _value(route.destination), destinations, VPC_ROUTES)
            continue
        if not is_same_kind(route.next_hop, there.next_hop):
            yield WrongKey(f"{key}.next_hop", _value(route.next_hop), _value(there.next_hop), VPC_ROUTES)
        if route.id != there.id:
            yield WrongKey(f"{key}.id", _value(route.id), _value(there.id), VPC_ROUTES)


_MOST_SHOWN = 5


def _any(values: Iterable[str], none: str) -> str:
    """Some of the values that were found."""
    listed = sorted(values)
    more = ", ..." if len(listed) > _MOST_SHOWN else ""
    return ", ".join(map(_value, listed[:_MOST_SHOWN])) + more if listed else none


def _value(value: object) -> str:
    """A value as TOML has it."""
    return json.dumps(value)
