"""Random histories: create, delete, repeat, retry with the same token, dry run, look and wait, over several gateways.

Rules of this file
1. Few, large choices: Hypothesis draws one block of bytes, and each request is decoded from a few of them. Drawing
   costs more than everything else, so little is drawn and much is decoded: 30 us of CPU a request, where the public
   `histories`, which draws each choice by itself and shrinks better, takes 600.
2. Smaller means simpler: a zero byte is the plainest choice, and a request whose first byte is small is none at all.
   So what Hypothesis shrinks towards is the shortest history of the plainest requests.
3. Routes meet: prefixes come from small tables of relatives, weights and priorities from very few values.
4. Strategy objects are built once for each partition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Gateway

from . import edges
from .breakers import Breaker, Draft
from .plain_requests import Partition, create, delete, look, ordinary, wait
from .prefixes import ROUTE_DESTINATIONS, ROUTE_SOURCES

_LONGEST: Final = 12
"""Requests in a history, at most."""
_WIDTH: Final = 8
"""Bytes for each of them."""
HISTORY_BYTES: Final = _LONGEST * _WIDTH
"""Bytes for a history."""

_PRIORITIES: Final = (None, None, "10", "20", "11", "1", "100", "10")
_DESCRIPTIONS: Final = edges.VALID["Description"]
_DRY: Final = ("true", "True", "TRUE", "true")


class Decoder:
    """Decodes histories from bytes, for the gateways of one partition."""

    def __init__(self, partition: Partition, parameters: frozenset[str], focus: Sequence[Breaker] = ()) -> None:
        """`parameters` are those that the documentation has in the version that is judged.

        `focus` are breakers that every fourth creation is given to.
        """
        self._partition = partition
        self._focus = focus
        self._parameters = parameters
        self._gateways: Sequence[Gateway] = partition.plain() or partition.scratch
        if not self._gateways:
            raise ValueError(f"partition {partition.name!r} has no gateway with scratch = true, to create routes on")
        if not parameters & edges.VALID.keys():
            raise ValueError("parameters: has none that a creation takes; expected their names, as Weight")
        self._base = {gateway.id: ordinary(partition.target, gateway) for gateway in self._gateways}
        first = tuple(hop for gateway in self._gateways for hop in gateway.connections[:1])
        self._hops = {
            gateway.id: (*gateway.connections, *first) or (self._base[gateway.id]["NextHop"],)
            for gateway in self._gateways
        }

    def history(self, block: bytes) -> tuple[Request, ...]:
        """The history that a block of bytes stands for."""
        requests: list[Request] = []
        for at in range(0, len(block), _WIDTH):
            request = self._request(block[at : at + _WIDTH], requests)
            if request is not None:
                requests.append(request)
        return tuple(requests)

    def _request(self, part: bytes, before: list[Request]) -> Request | None:
        kind = part[0]
        if kind < 48:
            return None
        if kind < 176 or not before:
            return self._create(part)
        chosen = before[part[1] % len(before)]
        if chosen.action != CREATE:
            return self._create(part)
        if kind < 204:
            return delete(chosen.parameters)
        if kind < 228:
            return self._again(chosen, part)
        if kind < 250:
            return look(self._partition.target, chosen.parameters.get("VpnGatewayId", self._gateways[0].id))
        return wait(1 + part[2] % 60)

    def _create(self, part: bytes) -> Request:
        _, which, source, destination, numbers, hop, extra, rare = part
        gateway = self._gateways[which % len(self._gateways)]
        hops = self._hops[gateway.id]
        parameters = dict(self._base[gateway.id])
        parameters["RouteSource"] = ROUTE_SOURCES[source % len(ROUTE_SOURCES)]
        parameters["RouteDest"] = ROUTE_DESTINATIONS[destination % len(ROUTE_DESTINATIONS)]
        usual = gateway.connections or hops
        parameters["NextHop"] = hops[hop % len(hops)] if hop > 240 else usual[hop % len(usual)]
        if numbers & 1:
            parameters["Weight"] = "0"
        self._put(parameters, "Priority", _PRIORITIES[numbers >> 1 & 7] if gateway.priority else None)
        if extra & 1:
            parameters["PublishVpc"] = "true"
        if extra & 2:
            self._put(parameters, "ClientToken", f"token-{extra >> 4}")
        if extra & 12 == 12:
            self._put(parameters, "DryRun", _DRY[extra >> 6])
        if rare & 7 == 7:
            self._put(parameters, "Description", _DESCRIPTIONS[(rare >> 3) % len(_DESCRIPTIONS)])
        if rare & 15 == 14:
            self._spoil(parameters, rare >> 4, source)
        if self._focus and rare >= 192:
            return self._focused(gateway, parameters, rare)
        return create(parameters)

    def _focused(self, gateway: Gateway, parameters: dict[str, str], choice: int) -> Request:
        breaker = self._focus[choice % len(self._focus)]
        draft = Draft(self._partition, gateway, parameters)
        if breaker.fits(self._partition, gateway) and breaker.needs - {"caller", "routes"} <= self._parameters:
            breaker.apply(draft)
        return create(draft.parameters, draft.caller)

    def _put(self, parameters: dict[str, str], name: str, text: str | None) -> None:
        if text is not None and name in self._parameters:
            parameters[name] = text

    def _spoil(self, parameters: dict[str, str], which: int, choice: int) -> None:
        """Give one parameter a value at or beyond a boundary."""
        tables = (edges.WRONG, edges.VALID, edges.MALFORMED_PREFIXES, edges.WRONG_TYPE)
        table = tables[which & 3]
        names = [name for name in table if name in self._parameters]
        name = names[(which >> 2) % len(names)]
        parameters[name] = table[name][choice % len(table[name])]

    def _again(self, chosen: Request, part: bytes) -> Request:
        """The same creation again: to the letter, or with one change."""
        parameters = dict(chosen.parameters)
        match part[3] & 3:
            case 1:
                parameters["Weight"] = "0" if parameters.get("Weight") == "100" else "100"
            case 2:
                self._put(parameters, "ClientToken", f"retry-{part[4] & 3}")
            case 3:
                parameters["RouteDest"] = ROUTE_DESTINATIONS[part[4] % len(ROUTE_DESTINATIONS)]
        return create(parameters)


_BLOCKS: Final = st.binary(min_size=HISTORY_BYTES, max_size=HISTORY_BYTES)


def decoded_histories(
    partition: Partition, parameters: frozenset[str], focus: Sequence[Breaker] = ()
) -> SearchStrategy[tuple[Request, ...]]:
    """Histories of up to 12 requests over the gateways of a partition."""
    return _BLOCKS.map(Decoder(partition, parameters, focus).history)
