"""The routes of one gateway, and what conditions ask of them: each question costs the same for 10 routes or 100,000.

Rules of this file
1. A route is what a client asked for, read once. Prefixes are None where the spelling was only tolerated (IPv6).
2. A table is mutable and private to `account.py`, which makes values of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from .overlap import OverlapIndex
from .prefixes import Prefix

Key = tuple[str, str, str]
"""RouteSource, RouteDest and NextHop as texts: what a client finds a route by, and how a `Route` begins."""


def key_of(parameters: Mapping[str, str]) -> Key:
    """The key of the route that a creation or deletion is about."""
    get = parameters.get
    return get("RouteSource", ""), get("RouteDest", ""), get("NextHop", "")


class Route(NamedTuple):
    """One policy-based route, with its values as they were sent.

    `weight` 0 or 100; `priority` 1 to 100 (10 if none was sent); `created` in milliseconds since the epoch;
    `number` orders routes by creation; `listed_from` is when the list shows it.
    """

    route_source: str
    route_dest: str
    next_hop: str
    weight: int
    priority: int
    published: bool
    description: str | None
    created: int
    number: int
    source: Prefix | None
    destination: Prefix | None
    listed_from: int = 0

    def overlaps(self, source: Prefix | None, destination: Prefix | None) -> bool:
        """Whether both prefixes overlap the route's; none that cannot be read does."""
        if not (source and destination and self.source and self.destination):
            return False
        return source.overlaps(self.source) and destination.overlaps(self.destination)


class Table:
    """The policy-based routes of one gateway."""

    __slots__ = ("_by_pair", "_by_priority", "_published", "_routes")

    def __init__(self) -> None:
        self._routes: dict[int, Route] = {}
        self._by_pair: dict[tuple[Prefix, Prefix], tuple[Route, ...]] = {}
        self._by_priority: dict[int, OverlapIndex] = {}
        self._published: dict[Prefix, int] = {}

    def __len__(self) -> int:
        return len(self._routes)

    def __iter__(self) -> Iterator[Route]:
        """Every route, oldest first."""
        routes = tuple(self._routes.values())
        return iter(sorted(routes, key=lambda route: route.number) if len(routes) > 1 else routes)

    def __contains__(self, route: Route) -> bool:
        return route.number in self._routes

    def numbered(self, number: int) -> Route | None:
        """The route of this number, if it is in."""
        return self._routes.get(number)

    def of_pair(self, source: Prefix, destination: Prefix) -> tuple[Route, ...]:
        """The routes with exactly this source and destination."""
        return self._by_pair.get((source, destination), ())

    def overlapping(self, source: Prefix, destination: Prefix, priority: int) -> int:
        """How many routes of this priority overlap both prefixes."""
        index = self._by_priority.get(priority)
        return 0 if index is None else index.count(source, destination)

    def publishes(self, destination: Prefix) -> bool:
        """Whether some route to exactly this destination is published."""
        return destination in self._published

    @property
    def published(self) -> Collection[Prefix]:
        """The distinct destinations of published routes."""
        return self._published.keys()

    def add(self, route: Route) -> None:
        """Put a route in. Its number is its own."""
        self._routes[route.number] = route
        if route.published and route.destination is not None:
            self._published[route.destination] = self._published.get(route.destination, 0) + 1
        if route.source is None or route.destination is None:
            return
        pair = (route.source, route.destination)
        self._by_pair[pair] = (*self._by_pair.get(pair, ()), route)
        index = self._by_priority.get(route.priority)
        if index is None:
            index = self._by_priority[route.priority] = OverlapIndex()
        index.add(route.source, route.destination)

    def remove(self, route: Route) -> None:
        """Take out a route that is in."""
        del self._routes[route.number]
        if route.published and route.destination is not None:
            self._published[route.destination] -= 1
            if not self._published[route.destination]:
                del self._published[route.destination]
        if route.source is None or route.destination is None:
            return
        pair = (route.source, route.destination)
        others = tuple(other for other in self._by_pair[pair] if other.number != route.number)
        if others:
            self._by_pair[pair] = others
        else:
            del self._by_pair[pair]
        self._by_priority[route.priority].remove(route.source, route.destination)
