"""The journal: what a run that was killed has left is known, and deleted by the next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.conformance.client.journal import NO_JOURNAL, Journal, left_over
from pbr_conformance.conformance.client.retrying import RetryingClient
from pbr_conformance.conformance.engine.connect import EndpointFactory
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.server.server import serving
from tests.conformance.doubles import LANE, TARGET, account, creation

PARAMETERS: Final = creation(ClientToken="token", Description="text").parameters
NOTED: Final = {name: PARAMETERS[name] for name in ("VpnGatewayId", "RouteSource", "RouteDest", "NextHop")}


def test_a_note_is_there_at_once_and_only_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal-a.jsonl"
    journal = Journal(path)
    assert not path.parent.exists()
    for _ in range(3):
        journal.note(PARAMETERS)
        assert [json.loads(line) for line in path.read_text().splitlines()] == [NOTED]
    journal.note({**PARAMETERS, "RouteDest": "10.9.0.0/16"})
    assert len(path.read_text().splitlines()) == 2


def test_a_cleared_journal_is_no_file_and_notes_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal-a.jsonl")
    journal.clear()
    journal.note(PARAMETERS)
    journal.clear()
    assert list(tmp_path.iterdir()) == []
    journal.note(PARAMETERS)
    assert list(left_over(tmp_path)) == [(tmp_path / "journal-a.jsonl", [NOTED])]


def test_no_journal_notes_nothing(tmp_path: Path) -> None:
    NO_JOURNAL.note(PARAMETERS)
    NO_JOURNAL.clear()
    assert list(tmp_path.iterdir()) == []


def test_missing_parameters_are_noted_as_empty(tmp_path: Path) -> None:
    Journal(tmp_path / "journal-a.jsonl").note({"VpnGatewayId": "vpn-one"})
    ((_, noted),) = left_over(tmp_path)
    assert noted == [{"VpnGatewayId": "vpn-one", "RouteSource": "", "RouteDest": "", "NextHop": ""}]


def test_what_is_torn_or_strange_is_passed_over(tmp_path: Path) -> None:
    lines = [json.dumps(NOTED).encode(), b"7", b"\xff\xfe", b'{"VpnGatewayId": 7}', json.dumps(NOTED).encode()[:-5]]
    (tmp_path / "journal-b.jsonl").write_bytes(b"\n".join(lines))
    (tmp_path / "journal-a.jsonl").write_bytes(b"")
    (tmp_path / "report.json").write_text("{}")
    assert list(left_over(tmp_path)) == [(tmp_path / "journal-a.jsonl", []), (tmp_path / "journal-b.jsonl", [NOTED])]
    assert list(left_over(tmp_path / "missing")) == []


# The next start


def at(url: str, target: Target) -> Target:
    return target.model_copy(update={"endpoint": target.endpoint.model_copy(update={"url": url})})


def test_the_next_run_deletes_what_the_last_one_left_and_nothing_else(tmp_path: Path) -> None:
    left, theirs = creation(ClientToken="t"), creation(RouteDest="10.9.0.0/16")
    with serving(TARGET, async_ms=20) as url:
        endpoint = HttpEndpoint(url, {}, "none")
        line = RetryingClient(endpoint, TARGET)
        for request in (left, theirs):
            line.ask(request)
            line.settle("vpn-one")
        Journal(tmp_path / "journal-vpc.jsonl").note(left.parameters)
        Journal(tmp_path / "journal-gone.jsonl").note(creation(RouteDest="10.7.0.0/16").parameters)
        connection = EndpointFactory(at(url, TARGET), "2026-02-11", directory=tmp_path)
        assert connection.trouble() is None
        assert [entry.route_dest for entry in line.entries("vpn-one")] == ["10.9.0.0/16"]
        endpoint.close()
    assert list(tmp_path.iterdir()) == []


def test_a_gateway_that_is_no_longer_scratch_is_left_alone(tmp_path: Path) -> None:
    with serving(TARGET) as url:
        endpoint = HttpEndpoint(url, {}, "none")
        assert endpoint.send(Request(CREATE, creation().parameters)) is not None
        Journal(tmp_path / "journal-vpc.jsonl").note(creation().parameters)
        kept = at(url, account(one=False))
        assert EndpointFactory(kept, "2026-02-11", directory=tmp_path).trouble() is None
        assert len(RetryingClient(endpoint, TARGET).entries("vpn-one")) == 1
        endpoint.close()


def test_a_lane_has_a_journal_over_http_and_none_in_process(tmp_path: Path) -> None:
    _, journal = EndpointFactory(TARGET, "2026-02-11", directory=tmp_path).open(LANE)
    assert journal is NO_JOURNAL
    endpoint, journal = EndpointFactory(at("http://127.0.0.1:9", TARGET), "2026-02-11", directory=tmp_path).open(LANE)
    journal.note(PARAMETERS)
    assert [path.name for path in tmp_path.iterdir()] == ["journal-vpc.jsonl"]
    endpoint.close()
