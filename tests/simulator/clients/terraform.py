"""What Terraform's resource alicloud_vpn_pbr_route_entry asks of an endpoint: call by call, with shorter pauses.

Rules of this file
1. Actions, parameters, order and retried codes are the provider's. It sends no model, and its parameters in a form.
2. A route is known by its id alone, `gateway:next hop:source:destination`, compared as text.
3. What the provider would report to its user is an ApplyError.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final
from uuid import uuid4

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST, PUBLISH, WEIGHT
from tests.simulator.clients.driven import Client, Raised

REGION: Final = "cn-hangzhou"
PAGE_SIZE: Final = 50
PAUSE: Final = 0.05
"""Seconds between attempts and looks, in the place of 3 and more."""
MOST: Final = 200
"""Attempts, and looks, in the place of 5 minutes of them."""
LONGEST_TOKEN: Final = 64
BUSY: Final = frozenset(
    {
        "VpnGateway.Configuring",
        "TaskConflict",
        "Appliance.Configuring",
        "VpnTask.CONFLICT",
        "VpnConnection.Configuring",
    }
)
UNAVAILABLE: Final = frozenset({"ServiceUnavailable", "Rejected.Throttling"})
Entry = dict[str, Any]


class ApplyError(Exception):
    """What ends an apply or a destroy."""


@dataclass(frozen=True, slots=True)
class Resource:
    """The arguments of the resource."""

    gateway: str
    next_hop: str
    route_source: str
    route_dest: str
    weight: int
    publish_vpc: bool

    @property
    def id(self) -> str:
        """How the provider knows it again."""
        return ":".join((self.gateway, self.next_hop, self.route_source, self.route_dest))


@dataclass(frozen=True, slots=True)
class Provider:
    """Applies, reads and destroys with a client that sends forms. `retried` gets the codes that it waited out."""

    client: Client
    url: str
    retried: list[str]

    def create(self, wanted: Resource) -> Resource:
        """A new resource, as it is read when it has a state. Each attempt has another token."""
        arguments = {"Weight": wanted.weight, "PublishVpc": wanted.publish_vpc}
        self._change(CREATE, {**_named(wanted.id), **arguments}, another_token=True)
        self._wait(wanted.id, lambda entry: entry is not None and entry["State"] in ("published", "normal"))
        return self._expected(wanted.id)

    def update(self, before: Resource, wanted: Resource) -> Resource:
        """The resource changed in what can be changed: first published or not, then the weight."""
        named = _named(wanted.id)
        if wanted.publish_vpc != before.publish_vpc:
            published = {"PublishVpc": wanted.publish_vpc, "RouteType": "pbr", "ClientToken": _token(PUBLISH)}
            self._change(PUBLISH, {**named, **published})
        if wanted.weight != before.weight:
            self._change(WEIGHT, {**named, "Weight": before.weight, "NewWeight": wanted.weight})
        return self._expected(wanted.id)

    def read(self, identity: str) -> Resource | None:
        """The resource of this id, as `import` and every plan read it; None where it is gone."""
        entry = self._entry(identity)
        if entry is None:
            return None
        return Resource(
            entry["VpnInstanceId"],
            entry["NextHop"],
            entry["RouteSource"],
            entry["RouteDest"],
            entry["Weight"],
            entry["State"] == "published",
        )

    def destroy(self, before: Resource) -> None:
        """Delete it, and wait until it is gone."""
        self._change(DELETE, {**_named(before.id), "Weight": before.weight, "ClientToken": _token(DELETE)})
        self._wait(before.id, lambda entry: entry is None)

    def _expected(self, identity: str) -> Resource:
        found = self.read(identity)
        if found is None:
            raise ApplyError(f"{identity} is not there")
        return found

    def _entry(self, identity: str) -> Entry | None:
        key = tuple(_parts(identity))
        entries = self._entries(key[0])
        return next((entry for entry in entries if _key(entry) == key[1:]), None)

    def _entries(self, gateway: str) -> Iterator[Entry]:
        for page in count(1):
            asked = {"RegionId": REGION, "VpnGatewayId": gateway, "PageNumber": page, "PageSize": PAGE_SIZE}
            listed = self._retry(LIST, asked, frozenset())
            entries = listed["VpnPbrRouteEntries"]["VpnPbrRouteEntry"]
            yield from entries
            if len(entries) < PAGE_SIZE:
                return

    def _wait(self, identity: str, reached: Callable[[Entry | None], bool]) -> None:
        for _ in range(MOST):
            if reached(self._entry(identity)):
                return
            time.sleep(PAUSE)
        raise ApplyError(f"{identity} did not get there")

    def _change(self, action: str, parameters: Mapping[str, object], another_token: bool = False) -> None:
        self._retry(action, parameters, BUSY, another_token)

    def _retry(
        self, action: str, parameters: Mapping[str, object], codes: frozenset[str], another_token: bool = False
    ) -> Entry:
        for _ in range(MOST):
            token = {"ClientToken": _token(action)} if another_token else {}
            told = self.client.call(self.url, action, {**parameters, **token}, how="form")
            if not isinstance(told, Raised):
                return dict(told)
            if not _passes(told, codes):
                raise ApplyError(f"{action}: {told.message}")
            self.retried.append(str(told.code))
            time.sleep(PAUSE)
        raise ApplyError(f"{action}: timed out")


def _passes(raised: Raised, codes: frozenset[str]) -> bool:
    code = raised.code or ""
    return code in codes | UNAVAILABLE or code.startswith("Throttling") or (raised.status or 0) >= 500


def _parts(identity: str) -> list[str]:
    return identity.split(":")


def _key(entry: Entry) -> tuple[str, ...]:
    return str(entry["NextHop"]), str(entry["RouteSource"]), str(entry["RouteDest"])


def _named(identity: str) -> dict[str, object]:
    gateway, next_hop, source, destination = _parts(identity)
    return {
        "RegionId": REGION,
        "RouteDest": destination,
        "RouteSource": source,
        "NextHop": next_hop,
        "VpnGatewayId": gateway,
    }


def _token(action: str) -> str:
    return f"TF-{action}-{int(time.time())}-{uuid4()}"[:LONGEST_TOKEN]
