"""What a search found to contradict the documentation, made small and proved as a run does it."""

from __future__ import annotations

from strategies.small_scope import Scope

from .checks import BY_ADDRESS
from .examine import Effort, Examined, Shown, pin
from .exhaust import Search, Searched
from .expanding import Expander, Steps
from .judge import Deviation
from .line import Sent


def pinned(plan: Search, searched: Searched) -> list[Examined]:
    """For each address the shortest history that failed there, shrunk and proved; in the order of the universe."""
    scopes = {scope.name: scope for scope in plan.scopes()}
    shortest: dict[str, tuple[Scope, Steps, Deviation]] = {}
    for result in searched.results.values():
        for address, (steps, deviation) in result.contradictions.items():
            if address not in shortest or len(steps) < len(shortest[address][1]):
                shortest[address] = scopes[result.name], steps, deviation
    return [_pinned(plan, address, *shown) for address, shown in shortest.items()]


def _pinned(plan: Search, address: str, scope: Scope, steps: Steps, deviation: Deviation) -> Examined:
    history = Expander(scope, plan.connection, plan.terms).history(steps)
    story = [Sent(request, None, "its answer was not kept") for request in history]
    shown = Shown(history, deviation, story, (), scope.lane.name)
    effort = Effort(0, 0, thrifty=True)
    return pin(BY_ADDRESS[address], shown, scope.lane, lambda: plan.connection.open(scope.lane), (plan.terms, effort))
