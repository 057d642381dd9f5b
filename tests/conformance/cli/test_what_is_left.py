"""What a verb leaves on an endpoint that deletes nothing is named at its end, and the exit status says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.simulator import serving
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import Dialect
from tests.conformance.commands import Ended, Here, listed
from tests.conformance.doubles import TARGET, creation
from tests.conformance.output.carried_out import document_of

TARGET_FILE: Final = """
[endpoint]
url = "{url}"
settle_seconds = 1
lag_seconds = 0.2
[[gateways]]
id = "vpn-one"
vpc = "vpc"
connections = ["vco-one-a", "vco-one-b"]
scratch = true
[[vpcs]]
id = "vpc"
"""
VERBS: Final = (
    ("learn", "--budget", "40", "--output", "learned.toml"),
    ("exhaust", "--depth", "1", "--report", "out"),
    ("replay", "transcript.json"),
)


class Keeps:
    """An endpoint that refuses deletions, of a route that exists, from some moment on."""

    def __init__(self) -> None:
        self.refuses = True

    def __call__(
        self, account: Account, request: Request, now: int, dialect: Dialect
    ) -> tuple[Account, Answer | NoAnswer]:
        then, answer = step(account, request, now, dialect)
        if self.refuses and request.action == DELETE and isinstance(answer, Answer) and answer.status == 200:
            return account, Answer(400, {"Code": "OperationDenied", "Message": "no", "RequestId": "one"})
        return then, answer


def carried_out(verb: tuple[str, ...], url: str, here: Here, directory: Path) -> Ended:
    path = directory / "account.toml"
    path.write_text(TARGET_FILE.format(url=url), encoding="utf-8")
    (directory / "transcript.json").write_text(json.dumps(document_of(creation())), encoding="utf-8")
    if verb[0] == "replay":
        return here(*verb, "--target", path)
    return here(verb[0], path, *verb[1:])


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_what_cannot_be_deleted_is_named(verb: tuple[str, ...], here: Here, tmp_path: Path) -> None:
    endpoint = Keeps()
    with serving(TARGET, stepper=endpoint) as url:
        ended = carried_out(verb, url, here, tmp_path)
        there = listed(url, TARGET)["vpn-one"]
        named = [line for line in ended.lines if line.startswith("pbr-conformance: left on the endpoint: vpn-one: ")]
        assert ended.status == 3, ended
        assert len(named) == len(there) > 0, ended
        assert all(any(route in line for line in named) for route in there), ended
        assert "refused with OperationDenied" in named[0], ended
        assert "pbr-conformance cleanup deletes what is provably yours; delete the rest by hand." in ended.error
        endpoint.refuses = False
        assert here("cleanup", tmp_path / "account.toml").status == 0
        assert listed(url, TARGET) == {}


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_nothing_is_named_where_nothing_is_left(verb: tuple[str, ...], here: Here, tmp_path: Path) -> None:
    with serving(TARGET) as url:
        ended = carried_out(verb, url, here, tmp_path)
        assert "left on the endpoint" not in ended.error
        assert listed(url, TARGET) == {}


def _takes_any_gateway(
    account: Account, request: Request, now: int, dialect: Dialect
) -> tuple[Account, Answer | NoAnswer]:
    """Says that a route of a gateway that does not exist was created."""
    then, answer = step(account, request, now, dialect)
    is_unknown = isinstance(answer, Answer) and answer.code == "InvalidVpnGatewayInstanceId.NotFound"
    if request.action != CREATE or not is_unknown:
        return then, answer
    sent = {name: request.get(name) for name in ("RouteSource", "RouteDest", "NextHop")}
    made = {"VpnInstanceId": request.get("VpnGatewayId"), "Weight": 100, "Priority": 10, "CreateTime": now}
    return account, Answer(200, {"RequestId": f"{now}", "State": "normal", "OverlayMode": "Ipsec", **sent, **made})


@pytest.mark.slow
def test_what_an_answer_names_on_no_gateway_is_named_once(here: Here, tmp_path: Path) -> None:
    with serving(TARGET, stepper=_takes_any_gateway) as url:
        (tmp_path / "account.toml").write_text(TARGET_FILE.format(url=url), encoding="utf-8")
        words = ("--only", "gateway/unknown", "--budget", "40", "--seed", "1", "--report", "out", "--json")
        ended = here("run", tmp_path / "account.toml", *words)
    left = json.loads(ended.out)["left"]
    assert left
    assert all(left.count(each) == 1 for each in left)
