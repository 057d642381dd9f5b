"""One simulated account to talk to, under one dialect, with a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY, LIST
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect
from tests.simulator.oracle_rows import Changes, parameters

TARGET: Final = reference()
NOW: Final = 1_700_000_000_000
REST: Final = 10_000


def create(changes: Changes, caller: str = "owner") -> Request:
    return Request(CREATE, parameters(changes), caller)


def listing(gateway: str = "vpn-single", **more: str) -> Request:
    return Request(LIST, {"RegionId": "cn-hangzhou", "VpnGatewayId": gateway, **more})


def describe(gateway: str = "vpn-single") -> Request:
    return Request(GATEWAY, {"RegionId": "cn-hangzhou", "VpnGatewayId": gateway})


class Simulator:
    """One account under one dialect, and a clock that is set by hand."""

    def __init__(self, spoken: Dialect = DEFAULT, before: Iterable[Changes] = ()) -> None:
        self.account, self.now, self._dialect = Account(TARGET), NOW, DEFAULT
        for changes in before:
            assert self.send(create(changes)).code is None
            self.now += REST
        self._dialect = spoken

    def send(self, request: Request) -> Answer:
        self.account, answer = step(self.account, request, self.now, self._dialect)
        return answer

    def members(self, request: Request) -> dict[str, object]:
        """What a success says."""
        answer = self.send(request)
        assert answer.status == 200, answer
        return dict(answer.members or {})

    def routes(self, gateway: str = "vpn-single", **more: str) -> list[dict[str, object]]:
        """One page of the list."""
        listed = self.members(listing(gateway, **more))["VpnPbrRouteEntries"]
        assert isinstance(listed, dict)
        return list(listed["VpnPbrRouteEntry"])

    def status(self, gateway: str = "vpn-single") -> object:
        return self.members(describe(gateway))["Status"]
