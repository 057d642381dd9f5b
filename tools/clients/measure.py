"""What one client sends, and what it makes of answers, measured against `serve`.

Rules of this file
1. Each figure is counted, and each word is what the client returned or raised: nothing is known of a client here.
2. A call that takes longer than `LONGEST_CALL` is said to.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Any, Final
from urllib.request import Request, urlopen

from pydantic import SecretStr

from pbr_conformance.simulator.model.target import Credential
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.simulator.server.verification import verifier_of

from .catalogue import MeasuredClient
from .relay import Relay, RelayedRequest, relaying

LONGEST_CALL: Final = 60
_KEY: Final = "LTAIowner"
_SECRET: Final = "owner-secret"
_TARGET: Final = reference().model_copy(
    update={"credentials": {"owner": Credential(access_key_id=_KEY, access_key_secret=SecretStr(_SECRET))}}
)
_GATEWAY: Final = {"RegionId": "cn-hangzhou", "VpnGatewayId": "vpn-single"}
_ROUTE: Final = {**_GATEWAY, "RouteSource": "192.168.1.0/24", "NextHop": "vco-single-a", "Weight": 100}
SLOW_MS: Final = 4000
"""How late a slow answer is."""
_FAULTS: Final = {
    "throttling": {"throttling": 1.0},
    "503": {"unavailable": 1.0},
    "slow": {"slow": 1.0},
    "cut": {"truncated": 1.0},
}


def measure(client: MeasuredClient, home: Path, faults: Collection[str] = tuple(_FAULTS)) -> dict[str, str]:
    """What is seen of an installed client: for each column of the tables a few words."""
    config: dict[str, Any] = {"verifier": verifier_of(_TARGET), "control": True}
    with serving(_TARGET, **config) as url, relaying(url) as relay:
        process = client.started(home, _KEY, _SECRET)
        with process:
            try:
                measurement = _Measurement(url, relay, process, takes_keys=client.kind != "credentials")
                measurement.run(faults)
            finally:
                process.kill()
    return measurement.cells


class _Measurement:
    """The calls, one after another."""

    def __init__(self, url: str, relay: Relay, process: subprocess.Popen[str], *, takes_keys: bool) -> None:
        self.cells: dict[str, str] = {}
        self._takes_keys = takes_keys
        self._url, self._relay, self._process = url, relay, process

    def run(self, faults: Collection[str]) -> None:
        """Fill the cells."""
        first = self._call("CreateVpnPbrRouteEntry", _creation(9, PublishVpc=False, Priority=None, Description=""))
        if not first.sent:
            self.cells["create"] = first.words
            return
        self._describe(first.sent[0])
        self.cells["create"] = self._call("CreateVpnPbrRouteEntry", _creation(0, PublishVpc=False)).words
        self.cells["refusal"] = self._call("CreateVpnPbrRouteEntry", _creation(0, PublishVpc=False)).words
        before = self._routes()
        dry = self._call("CreateVpnPbrRouteEntry", _creation(1, PublishVpc=False, DryRun=True))
        created = "; created" if self._routes() > before else ""
        self.cells["dry run"] = dry.words + created
        for number in (2, 3):
            self._call("CreateVpnPbrRouteEntry", _creation(number, PublishVpc=True))
        self.cells["list"] = self._list()
        deletion = {name: value for name, value in _creation(0).items() if name != "PublishVpc"}
        before = self._routes()
        self.cells["delete"] = self._call("DeleteVpnPbrRouteEntry", deletion).words
        self.cells["delete"] += "" if self._routes() == before - 1 else "; the route is still there"
        if self._takes_keys:
            wrong = self._call("CreateVpnPbrRouteEntry", _creation(4, PublishVpc=False), secret="wrong")
            self.cells["wrong secret"] = wrong.words
        for number, name in enumerate(faults):
            self.cells[name] = self._under(_FAULTS[name], _creation(5 + number, PublishVpc=False))

    def _describe(self, sent: RelayedRequest) -> None:
        """Where the parameters of a request are, and how values are spelled."""
        where = [name for name, part in (("query", sent.query), ("form", sent.form)) if "VpnGatewayId" in part]
        parameters = {**sent.query, **sent.form}
        signed = "V3" if "x-acs-signature-nonce" in sent.headers else "V1"
        self.cells["sent as"] = f"{sent.method}, {' and '.join(where)}, {signed}"
        self.cells["false"] = f"`{parameters.get('PublishVpc', '')}`"
        for name, parameter in (("null", "Priority"), ("empty", "Description")):
            text = parameters.get(parameter)
            self.cells[name] = "left out" if text is None else f"`{text}`" if text else "sent empty"

    def _list(self) -> str:
        answer = self._call("DescribeVpnPbrRouteEntries", {**_GATEWAY, "PageSize": 2, "PageNumber": 2})
        if not isinstance(answer.returned, Mapping):
            return answer.words
        text = json.dumps(answer.returned)
        entries = text.count("RouteDest")
        return f"{entries} of {min(2, self._routes() - 2)}"

    def _under(self, rates: Mapping[str, float], creation: Mapping[str, object]) -> str:
        """What becomes of a creation while all requests meet a fault."""
        before = self._routes()
        self._control("faults", {"rates": rates, "slow_ms": SLOW_MS})
        answer = self._call("CreateVpnPbrRouteEntry", creation)
        self._control("faults", {"rates": {}})
        created = self._routes() - before
        return answer.words + (f"; {created} route{'s' if created > 1 else ''} created" if created else "")

    # --- Asking -------------------------------------------------------------------------------------------------

    def _call(self, action: str, parameters: Mapping[str, object], secret: str = _SECRET) -> _Told:
        before = len(self._relay.seen)
        asked = {"action": action, "parameters": parameters, "key": _KEY, "secret": secret}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**asked, "endpoint": self._relay.endpoint}) + "\n")
        self._process.stdin.flush()
        readable, _, _ = select([self._process.stdout], [], [], LONGEST_CALL)
        line = self._process.stdout.readline() if readable else ""
        told = json.loads(line) if line else {"raised": f"nothing within {LONGEST_CALL} s"}
        return _Told(told, self._relay.seen[before:])

    def _routes(self) -> int:
        """How many routes there are, asked beside the client."""
        with urlopen(f"{self._url}/_control/snapshot", timeout=LONGEST_CALL) as answer:
            return sum(change[0] == "add" for change in json.load(answer)["changes"])

    def _control(self, path: str, document: Mapping[str, object]) -> None:
        body = json.dumps(document).encode()
        request = Request(f"{self._url}/_control/{path}", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=LONGEST_CALL):
            pass


@dataclass(frozen=True, slots=True)
class _Told:
    """What a driver said of one call, and what was sent for it."""

    said: Mapping[str, Any]
    sent: list[RelayedRequest]

    @property
    def returned(self) -> object:
        return self.said.get("returned")

    @property
    def words(self) -> str:
        """What came of it, and how often it was sent where that was not once."""
        raised, code = self.said.get("raised"), self.said.get("code")
        what = f"{raised}{f' {code}' if code else ''}" if raised else "returned"
        what += ", which is no JSON" if isinstance(self.returned, str) else ""
        times = len(self.sent)
        return what if times == 1 else f"{what}, sent {times} times" if times else f"{what}, nothing sent"


def _creation(number: int, **values: object) -> dict[str, object]:
    return {**_ROUTE, "RouteDest": f"10.0.{number}.0/24", **values}
