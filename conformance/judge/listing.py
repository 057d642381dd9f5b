"""The list of a gateway's routes: how it is read, and where it differs from what must be in it. Pure.

Rules of this file
1. A sibling is used, not judged: members that a list does not show are not missed.
2. A difference is laid at the door of the rule of state that the history makes likeliest; a check among the
   plausible ones takes it as its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from pbr_conformance.simulator.model.account import GatewayContext
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.routes import Key, Route
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import delete

from .answer import Deviation, describe


class Entry(NamedTuple):
    """One route as a list shows it; None where it does not show a member."""

    route_source: str
    route_dest: str
    next_hop: str
    weight: object
    priority: object
    state: object
    created: object
    gateway: object

    @property
    def key(self) -> Key:
        """What a client finds a route by."""
        return self.route_source, self.route_dest, self.next_hop

    @property
    def is_precise(self) -> bool:
        """Whether its CreateTime is in milliseconds: one in whole seconds is of several moments."""
        return isinstance(self.created, int) and self.created % 1_000 != 0

    def __str__(self) -> str:
        return (
            f"{self.route_source} -> {self.route_dest} via {self.next_hop}, weight {self.weight},"
            f" priority {self.priority}, {self.state}"
        )


def entries_of(answer: Answer) -> tuple[list[Entry], int] | None:
    """The entries of one page, and how many there are in all; None where the answer is no such list."""
    members = answer.members or {}
    outer = members.get("VpnPbrRouteEntries")
    inner = outer.get("VpnPbrRouteEntry") if isinstance(outer, dict) else None
    total = members.get("TotalCount")
    if answer.status != 200 or not isinstance(inner, list) or not isinstance(total, int):
        return None
    entries = []
    for item in inner:
        if not isinstance(item, dict):
            return None
        get = item.get
        source, destination, next_hop = get("RouteSource"), get("RouteDest"), get("NextHop")
        entries.append(
            Entry(
                source if isinstance(source, str) else repr(source),
                destination if isinstance(destination, str) else repr(destination),
                next_hop if isinstance(next_hop, str) else repr(next_hop),
                get("Weight"),
                get("Priority"),
                get("State"),
                get("CreateTime"),
                get("VpnInstanceId"),
            )
        )
    return entries, total


def no_list(answer: Answer) -> str:
    """What an answer lacks of a list, in words; what it is, where it is no success."""
    if answer.status != 200 or not answer.members or answer.code is not None:
        return describe(answer)
    outer = answer.members.get("VpnPbrRouteEntries")
    inner = outer.get("VpnPbrRouteEntry") if isinstance(outer, dict) else None
    listed = isinstance(inner, list) and all(isinstance(item, dict) for item in inner)
    lacking = [] if listed else ["VpnPbrRouteEntries.VpnPbrRouteEntry (an array of objects)"]
    lacking += [] if isinstance(answer.members.get("TotalCount"), int) else ["TotalCount (a number)"]
    return f"HTTP 200 without {' and '.join(lacking)}"


def deletion_of(target: Target, gateway: str, route: Entry | Route, *, priority_documented: bool = True) -> Request:
    """The deletion of a route, as it is known or as an entry shows it, and of no other with the same prefixes."""
    values = {"RouteSource": route.route_source, "RouteDest": route.route_dest, "NextHop": route.next_hop}
    where = {"RegionId": target.endpoint.region, "VpnGatewayId": gateway}
    numbers = {"Weight": str(route.weight)}
    declared = target.gateway(gateway)
    if declared is not None and declared.priority and priority_documented and isinstance(route.priority, int):
        numbers["Priority"] = str(route.priority)
    return delete({**where, **values, **numbers})


def unlike(routes: Iterable[Route], entries: Iterable[Entry]) -> tuple[list[Route], list[Entry]]:
    """The routes that no entry shows, and the entries that show none: each route has the entry most like it."""
    missing, others, left = [], [], list(entries)
    for route in routes:
        for number, entry in enumerate(left):  # the oldest first, as the routes are: mostly the first one shows it
            if entry.created == route.created and _shows(entry, route):
                del left[number]
                break
        else:
            others.append(route)
    for route in others:
        same = [e for e in left if e.key == route[:3] and e.priority in (None, route.priority)]
        if same:
            left.remove(max(same, key=lambda e: (e.weight == route.weight, e.created == route.created)))
        else:
            missing.append(route)
    return missing, left


def _shows(entry: Entry, route: Route) -> bool:
    """Whether an entry of the same moment shows just this route: by its key, weight and priority."""
    same = entry[:3] == route[:3] and entry.weight == route.weight
    return same and entry.priority in (None, route.priority)


@dataclass(slots=True)
class HistorySummary:
    """What a history has done so far, as far as it explains a difference."""

    refused: set[Key] = field(default_factory=set)
    dry: set[Key] = field(default_factory=set)
    deleted: set[Key] = field(default_factory=set)
    replayed: set[Key] = field(default_factory=set)
    elsewhere: dict[str, set[Key]] = field(default_factory=dict)
    """What was sent to each gateway."""

    def copy(self) -> HistorySummary:
        """Another that goes on from here."""
        elsewhere = {gateway: set(keys) for gateway, keys in self.elsewhere.items()}
        return HistorySummary(set(self.refused), set(self.dry), set(self.deleted), set(self.replayed), elsewhere)

    @property
    def suspects(self) -> tuple[str, ...]:
        """The rules of state that an unjust refusal may contradict after what was done."""
        reasons = {
            "state/deleted": bool(self.deleted),
            "state/isolated": len(self.elsewhere) > 1,
            "state/refused": bool(self.refused),
            "dry-run/passes": bool(self.dry),
        }
        return tuple(address for address, holds in reasons.items() if holds)

    def others(self, gateway: str) -> set[Key]:
        """What was sent to other gateways than this."""
        return {key for name, keys in self.elsewhere.items() if name != gateway for key in keys}


def mismatch(
    place: GatewayContext, routes: Collection[Route], entries: list[Entry], past: HistorySummary
) -> Deviation | None:
    """How a gateway's list differs from the routes that it must show; None where it does not."""
    if len(routes) == len(entries) and all(map(partial(_is_just, place.gateway.id), routes, entries)):
        return None
    wanted: dict[tuple[object, ...], list[Route]] = {}
    for route in routes:
        wanted.setdefault(route[:6], []).append(route)
    left = list(entries)
    for route, *doubles in wanted.values():
        same_key = [entry for entry in left if entry.key == (route.route_source, route.route_dest, route.next_hop)]
        if not same_key:
            return _missing(place, route, past)
        match = [entry for entry in same_key if not _differences(place, route, entry)]
        if not match:
            return _changed(place, route, same_key[0])
        for entry in match[: 1 + len(doubles)]:  # where nothing forbids a route twice, it may be listed twice
            left.remove(entry)
    return _extra(place, left[0], Counter(entry.key for entry in entries), past) if left else None


def _is_just(gateway: str, route: Route, entry: Entry) -> bool:
    """Whether an entry shows every member just as the route was created."""
    state = "published" if route.published else "normal"
    return entry[:5] == route[:5] and entry.state == state and entry.gateway == gateway


def _differences(place: GatewayContext, route: Route, entry: Entry) -> list[str]:
    shown = {
        "Weight": entry.weight in (None, route.weight) or (place.dual and entry.weight == 100),
        "Priority": entry.priority in (None, route.priority),
        "State": entry.state in (None, "published" if route.published else "normal"),
        "VpnInstanceId": entry.gateway in (None, place.gateway.id),
    }
    return [member for member, as_created in shown.items() if not as_created]


def _words(route: Route) -> str:
    state = "published" if route.published else "normal"
    return (
        f"{route.route_source} -> {route.route_dest} via {route.next_hop}, weight {route.weight},"
        f" priority {route.priority}, {state}"
    )


_NOT_LISTED: Final = "A route that was created is not listed"
_CHANGED: Final = "A route is listed with other values than it was created with"
_NOT_THERE: Final = "A route is listed that must not be there"


def _missing(place: GatewayContext, route: Route, past: HistorySummary) -> Deviation:
    key = (route.route_source, route.route_dest, route.next_hop)
    plausible = ["state/created"]
    if past.others(place.gateway.id):
        plausible.insert(0 if key in past.others(place.gateway.id) else 1, "state/isolated")
    if past.deleted:
        plausible.append("state/deleted")
    if past.refused:
        plausible.append("state/refused")
    rule = "after a success the route is listed exactly once, until it is deleted"
    title = f"A route that was created is not listed on {place.gateway.id}"
    return Deviation(tuple(plausible), title, rule, (f"listed: {_words(route)}",), "not listed", _NOT_LISTED)


def _changed(place: GatewayContext, route: Route, entry: Entry) -> Deviation:
    what = " and ".join(_differences(place, route, entry))
    title = f"A route is listed on {place.gateway.id} with another {what} than it was created with"
    rule = "after a success the route is listed with the same values"
    return Deviation(("state/created",), title, rule, (f"listed: {_words(route)}",), f"listed: {entry}", _CHANGED)


def _extra(place: GatewayContext, entry: Entry, times: Counter[Key], past: HistorySummary) -> Deviation:
    gateway = place.gateway.id
    plausible = [
        address
        for address, keys in (
            ("token/replay", past.replayed),
            ("state/created", {key for key, count in times.items() if count > 1} - past.refused),
            ("state/isolated", past.others(gateway)),
            ("dry-run/passes", past.dry),
            ("state/deleted", past.deleted),
            ("state/refused", past.refused),
        )
        if entry.key in keys
    ]
    title = f"A route is listed on {gateway} that must not be there"
    rule = "the list shows the routes that were created and not deleted, each once; a refusal or a dry run adds none"
    return Deviation(
        tuple(plausible) or ("state/refused",), title, rule, ("not listed",), f"listed: {entry}", _NOT_THERE
    )
