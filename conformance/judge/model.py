"""The suite's model of an endpoint's account: what it must hold, as its answers imply.

Rules of this file
1. The model takes what an endpoint said or listed. It never decides what is allowed.
2. What was there before the session is kept apart: it is not ours to delete.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pbr_conformance.simulator.documentation.actions import DELETE
from pbr_conformance.simulator.model.account import Account, GatewayContext
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.prefixes import parse, read
from pbr_conformance.simulator.model.routes import Route, key_of
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.unknown import unknown_values
from pbr_conformance.simulator.operations.step import route_of
from pbr_conformance.simulator.rules.creation import creation_of, integer
from pbr_conformance.simulator.rules.oracle import TokenUse, bound, token_use

from .listing import Entry, unlike


class Model:
    """An account that follows an endpoint."""

    def __init__(self, target: Target) -> None:
        self._unknown = unknown_values(target)
        self.account = Account(target, self._unknown)
        self._number = 0
        self._kept: dict[str, set[int]] = {}

    @property
    def known_of_unknown(self) -> dict[str, str]:
        """What is known by now of the values that the target leaves out, in words."""
        return {} if self._unknown is None else self._unknown.known

    def copy(self) -> Model:
        """Another that goes on from here."""
        other = Model.__new__(Model)
        other._unknown = self._unknown
        other.account, other._number, other._kept = self.account, self._number, dict(self._kept)
        return other

    def place(self, gateway: str | None) -> GatewayContext | None:
        """The declared gateway."""
        return self.account.place(gateway)

    def routes(self, gateway: str) -> list[Route]:
        """The routes that a gateway must have, oldest first."""
        return list(self.account.table(gateway))

    def ours(self, gateway: str) -> list[Route]:
        """The routes of a gateway that were not there before the session."""
        kept = self._kept.get(gateway, set())
        return [route for route in self.account.table(gateway) if route.number not in kept]

    def keep(self, gateway: str) -> None:
        """What the gateway has now is not ours."""
        self._kept[gateway] = {route.number for route in self.account.table(gateway)}

    def kept(self, gateway: str) -> list[Route]:
        """The routes of a gateway that were there before the session, and still are."""
        kept = self._kept.get(gateway, set())
        return [route for route in self.account.table(gateway) if route.number in kept]

    def is_about_others(self, request: Request) -> bool:
        """Whether a deletion might be of a route that was there before the session, or where nothing may be touched."""
        gateway = request.get("VpnGatewayId") or ""
        strange = gateway not in self._kept or any(
            route[:3] == key_of(request.parameters) for route in self.kept(gateway)
        )
        return request.action == DELETE and strange

    def created(self, request: Request, answer: Answer, busy: int = 0) -> Route:
        """A creation succeeded."""
        route = self._route(request, answer)
        gateway = request.parameters["VpnGatewayId"]
        self.account = self.account.created(gateway, route, bound(request, gateway, route), busy)
        return route

    def advanced(self, account: Account, request: Request, answer: Answer) -> Account:
        """Another account, moved on by an answer: for the search of an order."""
        if answer.status != 200 or token_use(account, request)[0] is TokenUse.REPLAY:
            return account
        route, gateway = self._route(request, answer), request.parameters["VpnGatewayId"]
        return account.created(gateway, route, bound(request, gateway, route), 0)

    @property
    def next_number(self) -> int:
        """The number of the next new route."""
        return self._number + 1

    def take(self, account: Account, numbers: int) -> None:
        """The account is this now, after at most so many new routes."""
        self.account = account
        self._number += numbers

    def deleted(self, gateway: str, route: Route) -> None:
        """A deletion succeeded."""
        self.account = self.account.deleted(gateway, route, 0)

    def newest(self, gateway: str) -> Route:
        """The route that the model took last."""
        return max(self.account.table(gateway), key=lambda route: route.number)

    def bind_newest(self, request: Request) -> None:
        """The gateway's newest route came of this creation, whose answer was lost."""
        gateway = request.parameters["VpnGatewayId"]
        newest = self.newest(gateway)
        self.deleted(gateway, newest)
        self.created(request, Answer(200, {"CreateTime": newest.created}))

    def find(self, gateway: str, parameters: Mapping[str, str]) -> Route | None:
        """The route, made by this session, that a deletion with these parameters is about.

        None, where it may be refused for what it lacks: it was made from a creation that lacked it.
        """
        region = self.account.target.endpoint.region
        if integer(parameters.get("Weight")) is None or parameters.get("RegionId") != region:
            return None
        return route_to_delete(self.account, gateway, parameters, self._kept.get(gateway, ()))

    def adopt(self, gateway: str, entries: Iterable[Entry]) -> int:
        """Take the routes that a list shows for those of a gateway; how many of them are new."""
        missing, new = unlike(self.routes(gateway), entries)
        for route in missing:
            self.deleted(gateway, route)
        for entry in new:
            self._number += 1
            self.account = self.account.created(gateway, _shown(entry, self._number), None, 0)
        return len(new)

    def keep_entries(self, gateway: str, entries: Iterable[Entry]) -> None:
        """Take routes that a list shows, which are not ours."""
        for entry in entries:
            self._number += 1
            self.account = self.account.created(gateway, _shown(entry, self._number), None, 0)
            self._kept.setdefault(gateway, set()).add(self._number)

    def account_with(self, gateway: str, entries: Iterable[Entry]) -> Account:
        """The account, if it had these as well."""
        account = self.account
        for number, entry in enumerate(entries, self.next_number):
            account = account.created(gateway, _shown(entry, number), None, 0)
        return account

    def _route(self, request: Request, answer: Answer) -> Route:
        self._number += 1
        created = (answer.members or {}).get("CreateTime")
        return route_of(creation_of(request), self._number, created if isinstance(created, int) else 0)


def route_to_delete(
    account: Account, gateway: str, parameters: Mapping[str, str], kept: Collection[int] = ()
) -> Route | None:
    """The route that a deletion with these parameters is about; none of the numbers in `kept`."""
    place = account.place(gateway)
    source, destination = parse(parameters.get("RouteSource", "")), parse(parameters.get("RouteDest", ""))
    weight, priority = integer(parameters.get("Weight")), integer(parameters.get("Priority", "10"))
    if place is None or source is None or destination is None:
        return None
    for route in account.table(gateway).of_pair(source, destination):
        same = route.next_hop == parameters.get("NextHop") and route.priority == priority
        if same and (place.dual or route.weight == weight) and route.number not in kept:
            return route
    return None


def _shown(entry: Entry, number: int) -> Route:
    return Route(
        *entry.key,
        weight=entry.weight if isinstance(entry.weight, int) else 100,
        priority=entry.priority if isinstance(entry.priority, int) else 10,
        published=entry.state == "published",
        description=None,
        created=entry.created if isinstance(entry.created, int) else 0,
        number=number,
        source=read(entry.route_source).prefix,  # somebody else's may be spelled as no request of ours would be
        destination=read(entry.route_dest).prefix,
    )
