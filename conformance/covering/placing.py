"""Where a check is examined: the lane on which it reaches most kinds of gateways."""

from __future__ import annotations

from typing import Final

from conformance.checks import BY_ADDRESS, Check
from simulator.target import Gateway
from strategies.breakers import BREAKERS, alone
from strategies.forms import kind_of
from strategies.requests import Lane

ORDER: Final = {address: number for number, address in enumerate(BY_ADDRESS)}


def kinds(lane: Lane) -> tuple[Gateway, ...]:
    """One scratch gateway of each kind: tunnels, features, status, room, SSL server. Plain ones first."""
    found: dict[str, Gateway] = {}
    for gateway in (*lane.plain(), *lane.scratch):
        found.setdefault(kind_of(gateway), gateway)
    return tuple(found.values())


def reach(check: Check, lane: Lane) -> int:
    """On how many kinds of gateways of a lane a check can be exercised; 0 where it needs what the lane lacks."""
    if not lane.plain() and check.condition is None:
        return 0
    if check.address == "state/isolated":
        return len(lane.plain()) if len(lane.plain()) > 1 else 0
    if check.address not in BREAKERS:
        return len({gateway.dual for gateway in lane.plain()})
    found = [g for g in kinds(lane) if any(alone(lane, g, breaker) is not None for breaker in BREAKERS[check.address])]
    return len(found)


def lane_for(check: Check, candidates: tuple[Lane, ...]) -> Lane | None:
    """The lane on which a check reaches most kinds of gateways; checks take equal ones in turn. None: on none."""
    best = best_lanes(check, candidates)
    return best[ORDER[check.address] % len(best)] if best else None


def best_lanes(check: Check, candidates: tuple[Lane, ...]) -> list[Lane]:
    """The lanes on which a check reaches most kinds of gateways, where there are any of those on which routes can be.

    A check about gateways does not need one: it may go where there is none.
    """
    about_gateways = check.address.startswith("gateway/")
    found = [(lane, reach(check, lane)) for lane in candidates]
    ranked = [((about_gateways or bool(lane.plain()), kinds), lane) for lane, kinds in found if kinds]
    best = max((rank for rank, _ in ranked), default=None)
    return [lane for rank, lane in ranked if rank == best]
