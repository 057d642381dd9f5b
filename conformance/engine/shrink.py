"""Makes a failing history as small and plain as it gets: delta debugging over requests, then over values.

Rules of this file
1. A smaller history counts only if it fails in the same place; `fails` says so, and is asked as seldom as possible.
2. Hypothesis shrinks bytes; this finishes over what the bytes mean, and also over histories nobody drew.
3. A text is replaced wherever it stands, so that a deletion goes on meaning its creation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.strategies.plain_requests import TOGETHER, History
from pbr_conformance.strategies.prefixes import ROUTE_DESTINATIONS, ROUTE_SOURCES

_StillFails = Callable[[History], bool]

PLAIN_VALUES: Final = {
    "RouteSource": ROUTE_SOURCES[:6],
    "RouteDest": ROUTE_DESTINATIONS[:6],
    "Weight": ("100", "0"),
    "PublishVpc": ("false",),
    "ClientToken": ("token",),
    "Description": ("x",),
    "Priority": ("20",),
}
"""Values that a person would choose, the plainest first."""
DROPPABLE: Final = ("DryRun", "Description", "OverlayMode", "ClientToken", "Priority")


def shrink(history: History, fails: _StillFails, most: int) -> History:
    """The smallest failing history found with at most so many questions."""
    asked = 0

    def still_fails(candidate: History) -> bool:
        nonlocal asked
        asked += 1
        return asked <= most and fails(candidate)

    while asked < most:
        smaller = next((each for each in _smaller(history) if still_fails(each)), None)
        if smaller is None:
            return history
        history = smaller
    return history


def _smaller(history: History) -> Iterator[History]:
    """Every history that is one step simpler, the biggest steps first."""
    yield from _without_requests(history)
    yield from _without_options(history)
    yield from _with_plainer_values(history)


def _without_requests(history: History) -> Iterator[History]:
    size = len(history) // 2
    while size:
        yield from without(history, size)
        size //= 2


def without(history: History, size: int) -> Iterator[History]:
    """Every history that lacks so many neighbouring requests, the last of them first."""
    for start in range(len(history) - size, -1, -size):
        rest = history[:start] + history[start + size :]
        if rest:
            yield _recounted(rest, history, start, size)


def without_blamed(history: History) -> tuple[History, History]:
    """A history without its last request, or without its last batch; and what was taken out of it."""
    at = next((at for at, request in enumerate(history) if _ends_with_batch(history, at, request)), len(history) - 1)
    return history[:at], history[at:]


def _ends_with_batch(history: History, at: int, request: Request) -> bool:
    return request.action == TOGETHER and at + int(request.parameters["Count"]) >= len(history) - 1


def _recounted(rest: History, history: History, start: int, size: int) -> History:
    """The rest, with the count of a batch brought down by what was taken out of it."""
    counted = list(rest)
    for index, request in enumerate(history[:start]):
        if request.action == TOGETHER:
            count = int(request.parameters["Count"])
            gone = max(0, min(start + size, index + 1 + count) - max(start, index + 1))
            counted[index] = replace(request, parameters={**request.parameters, "Count": str(count - gone)})
    return tuple(request for request in counted if request.parameters.get("Count") != "0")


def _without_options(history: History) -> Iterator[History]:
    for index in range(len(history) - 1, -1, -1):
        request = history[index]
        if request.action != CREATE:
            continue
        for name in DROPPABLE:
            if name in request.parameters:
                kept = {other: text for other, text in request.parameters.items() if other != name}
                yield (*history[:index], replace(request, parameters=kept), *history[index + 1 :])
        if request.caller != "owner":
            yield (*history[:index], replace(request, caller="owner"), *history[index + 1 :])


def _with_plainer_values(history: History) -> Iterator[History]:
    for name, plain in PLAIN_VALUES.items():
        texts = list(dict.fromkeys(r.parameters[name] for r in history if name in r.parameters))
        for text in texts:
            better = plain[: plain.index(text)] if text in plain else plain
            for other in better:
                if other not in texts:
                    yield _replaced(history, name, text, other)
            for other in texts:
                if other in better:
                    yield _replaced(history, name, text, other)


def _replaced(history: History, name: str, text: str, other: str) -> History:
    return tuple(
        replace(request, parameters={**request.parameters, name: other})
        if request.parameters.get(name) == text
        else request
        for request in history
    )
