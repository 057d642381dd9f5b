"""A route that was there before is named where it may keep a check from being judged."""

from __future__ import annotations

from pathlib import Path

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target_file import load
from pbr_conformance.simulator.server.server import serving
from pbr_conformance.strategies.plain_requests import create, ordinary
from tests.conformance.commands import Here, report_in, target_file


def test_a_route_that_was_there_before_is_named_as_the_likely_cause(here: Here, tmp_path: Path) -> None:
    account = target_file(tmp_path)
    target = load(account)
    with serving(target) as url:
        endpoint = HttpEndpoint(url, {}, "none")
        wide = {**ordinary(target, target.gateways[0]), "RouteSource": "0.0.0.0/0", "RouteDest": "10.0.0.0/8"}
        came = endpoint.send(create(wide))
        endpoint.close()
        assert isinstance(came, Answer)
        assert came.status == 200
        words = ("--only", "token/replay", "--only", "weight/value", "--examples", "1", "--seed", "1")
        ended = here("run", account, "--url", url, *words, "--report", "out")
    reasons = {check["address"]: check["reason"] for check in report_in(tmp_path / "out")["checks"]}
    named = "perhaps because of what was there before: 0.0.0.0/0 -> 10.0.0.0/8 via vco-one-a on vpn-one"
    assert ended.status == 3
    assert reasons["token/replay"].endswith(named)
    assert named not in reasons["weight/value"]
    assert named in " ".join(ended.out.split())
