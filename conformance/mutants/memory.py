"""Faults with many routes and deletions: seen only where a history goes deep.

Rules of this file
1. What is remembered is `gone`: each deleted route, with the account's serial at its deletion as `created`. A route's
   own number is the serial at its creation, so the two can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.rules.creation import Case

from .operators import memory
from .parsing import is_full, same


def _gone_since(case: Case, route: Route) -> list[Route]:
    """The routes that were deleted while this one was there."""
    return [gone for gone in memory(case.account, "gone", case.known.gateway.id) if gone.created > route.number]


def of_five_priorities(_: Case, routes: Sequence[Route]) -> Iterable[Route]:
    """The routes of those five priorities that came first."""
    first = list(dict.fromkeys(route.priority for route in routes))[:5]
    return [route for route in routes if route.priority in first]


def overlaps_none_gone(case: Case, route: Route) -> bool:
    """Whether no route that overlapped this one was deleted beside it."""
    return not any(route.overlaps(gone.source, gone.destination) for gone in _gone_since(case, route))


def is_full_after_one(case: Case) -> bool:
    """Whether the gateway is full, if all but one of the deletions since its oldest route gave no place back."""
    oldest = next(iter(case.table), None)
    released = 0 if oldest is None else len(_gone_since(case, oldest))
    return is_full(case, max(0, released - 1))


def gone_often(times: int) -> Callable[[Case], bool]:
    """Whether the route that is to be created was deleted so many times."""
    return lambda case: sum(same(case, gone) for gone in memory(case.account, "gone", case.known.gateway.id)) >= times
