"""State files: what survives the end of a process, however it ends, and what is refused."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from pbr_conformance.simulator import serving
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.routes import Route
from pbr_conformance.simulator.model.snapshot import RouteRow, snapshot_of
from pbr_conformance.simulator.model.target_file import parse_target, reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.simulator.rules.oracle import TokenUse, token_use
from pbr_conformance.simulator.server import state
from pbr_conformance.simulator.server.state import StateError, StateFile, open_state
from tests.simulator.server.test_server import CREATION, ROUTE, address_of, query_of

LARGE = """
[[gateways]]
id = "vpn-large"
quota = 1000000
connections = ["vco-large"]
scratch = true
"""
ROUNDS = int(os.environ.get("PBR_KILLS", "3"))


def played(file: StateFile, account: Account, requests: list[Request], pause: int = 0) -> Account:
    """The account after these requests, each kept; milliseconds pass between them."""
    for number, request in enumerate(requests):
        after, _ = step(account, request, 1_000 + number * pause, DEFAULT)
        file.append(account, after)
        account = after
    return account


def creation(number: int, **others: str) -> Request:
    return Request(CREATE, {**CREATION, "RouteDest": f"10.0.{number}.0/24", "ClientToken": f"t{number}", **others})


DELETION = Request(DELETE, {**ROUTE, "RouteDest": "10.0.1.0/24"})


def test_routes_tokens_and_busy_gateways_are_there_again(tmp_path: Path) -> None:
    path, target = tmp_path / "state", reference()
    file, account = open_state(path, target)
    later = DEFAULT.settles_after + 1_000
    account = played(file, account, [creation(1), creation(2)])
    after, _ = step(account, DELETION, 1_000 + later, DEFAULT)
    file.append(account, after)
    file.close()
    file, again = open_state(path, target)
    file.close()
    assert snapshot_of(again) == {**snapshot_of(after), "serial": again.serial}
    assert list(again.table("vpn-single")) == list(after.table("vpn-single"))
    assert token_use(again, creation(1))[0] is token_use(after, creation(1))[0] is not TokenUse.NEW


def test_what_was_written_anew_says_the_same(tmp_path: Path) -> None:
    path, target = tmp_path / "state", reference()
    file, account = open_state(path, target)
    account = played(file, account, [creation(1), creation(2)])
    before = path.read_bytes()
    file.replace(account)
    account = played(file, account, [creation(3)])
    file.close()
    file, again = open_state(path, target)
    file.close()
    assert path.read_bytes() != before
    assert snapshot_of(again)["changes"] == snapshot_of(account)["changes"]


def test_it_is_written_anew_when_most_lines_are_stale_and_not_while_routes_are_only_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MOST_STALE", 10)
    path, target = tmp_path / "state", parse_target(LARGE, "large.toml", {})
    large = {"VpnGatewayId": "vpn-large", "NextHop": "vco-large"}
    file, account = open_state(path, target)
    first = path.stat().st_ino
    account = played(file, account, [creation(number, **large) for number in range(2, 42)], 10_000)
    assert len(account.table("vpn-large")) == 40
    assert path.stat().st_ino == first, "every line is needed"
    removal = Request(DELETE, {**DELETION.parameters, **large})
    again = [each for number in range(60) for each in (creation(1, ClientToken=f"x{number}", **large), removal)]
    account = played(file, account, again, 10_000)
    assert len(account.table("vpn-large")) == 40
    assert path.stat().st_ino != first
    file.close()
    file, kept = open_state(path, target)
    file.close()
    assert snapshot_of(kept)["changes"] == snapshot_of(account)["changes"]


def test_a_change_is_kept_where_only_the_file_cannot_be_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MOST_STALE", 0)
    file, account = open_state(tmp_path / "state", reference())
    (tmp_path / "state.new").mkdir()  # where it would be written
    account = played(file, account, [creation(1), DELETION, creation(2), creation(3)], 10_000)
    file.close()
    file, kept = open_state(tmp_path / "state", reference())
    file.close()
    assert snapshot_of(kept)["changes"] == snapshot_of(account)["changes"]


def test_a_torn_last_line_is_cut_off_wherever_it_was_torn(tmp_path: Path) -> None:
    path, target = tmp_path / "state", reference()
    file, account = open_state(path, target)
    account = played(file, account, [creation(1)])
    assert [route.number for route in account.table("vpn-single")] == [0]
    whole = path.read_bytes()
    played(file, account, [creation(2, VpnGatewayId="vpn-dual", NextHop="vco-dual-a", RouteSource="10.1.0.0/16")])
    file.close()
    text = path.read_bytes()
    assert len(text) > len(whole)
    for size in range(len(whole), len(text)):
        path.write_bytes(text[:size])
        file, again = open_state(path, target)
        file.close()
        assert [route.number for route in again.table("vpn-single")] == [0]
        assert not len(again.table("vpn-dual"))
        assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"garbage", "is no state file"),
        (b"garbage\n", "is no state file"),
        (b"{garbage\n", "line 1: is no JSON"),
        (b"[]\n", "is no state file"),
        (b'{"format":2,"account":{}}\n', "line 1: format: is 2; expected 1"),
        (b'{"format":1,"account":{}}\n', "is of another account: gateway vpn-single is only in the target"),
    ],
)
def test_what_is_no_state_of_the_account_is_refused_and_left_as_it_is(
    tmp_path: Path, text: bytes, expected: str
) -> None:
    path = tmp_path / "state"
    path.write_bytes(text)
    with pytest.raises(StateError, match=expected) as error:
        open_state(path, reference())
    assert len(str(error.value).splitlines()) == 1
    assert path.read_bytes() == text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"{}", "serial: missing"),
        (b'{"serial":1,"changes":[["busy","vpn-none",1]]}', "changes.0: no gateway 'vpn-none'"),
        (b'{"serial":-1,"changes":[]}', "serial: is -1; expected 0 or more"),
        (b'{"serial":1,"changes":[["remove","vpn-single",{}]]}', "changes.0.route.route_source: missing"),
    ],
)
def test_a_wrong_line_in_the_middle_is_refused_and_left_as_it_is(tmp_path: Path, line: bytes, expected: str) -> None:
    path = tmp_path / "state"
    file, account = open_state(path, reference())
    played(file, account, [creation(1)])
    file.close()
    text = path.read_bytes() + line + b"\n" + path.read_bytes().splitlines(keepends=True)[-1]
    path.write_bytes(text)
    with pytest.raises(StateError, match=f"line 4: {expected}"):
        open_state(path, reference())
    assert path.read_bytes() == text


def test_a_file_has_one_server_at_a_time(tmp_path: Path) -> None:
    file, _ = open_state(tmp_path / "state", reference())
    with pytest.raises(StateError, match="another server has it"):
        open_state(tmp_path / "state", reference())
    file.close()


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be opened"):
        open_state(tmp_path, reference())


def test_a_row_has_what_a_route_has() -> None:
    assert set(RouteRow.model_fields) == set(Route._fields) - {"source", "destination"}


@pytest.mark.slow
def test_no_acknowledged_route_is_lost_by_kill(tmp_path: Path) -> None:
    target_file = tmp_path / "large.toml"
    target_file.write_text(LARGE, encoding="utf-8")
    target = parse_target(LARGE, "large.toml", {})
    dice = random.Random(5)
    for number in range(ROUNDS):
        path = tmp_path / f"state-{number}"
        acknowledged = killed_within(path, target_file, dice.randrange(1, 1000))
        file, account = open_state(path, target)
        file.close()
        there = {route.route_dest for route in account.table("vpn-large")}
        assert set(acknowledged) <= there
        assert len(there) <= len(acknowledged) + 1
        with serving(target, start=account) as url, closing(HTTPConnection(*address_of(url), timeout=5)) as again:
            again.request("GET", query_of(LIST, {"RegionId": "cn-hangzhou", "VpnGatewayId": "vpn-large"}))
            assert b"VpnPbrRouteEntries" in again.getresponse().read()


def killed_within(path: Path, target_file: Path, moment: int) -> list[str]:
    """The destinations whose creation was answered before the server was killed, soon after the moment-th answer."""
    command = [
        sys.executable,
        "-m",
        "pbr_conformance.conformance",
        "serve",
        str(target_file),
        "--port",
        "0",
        "--state",
        str(path),
    ]
    acknowledged: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = address_of(process.stdout.readline().strip())
        killer: subprocess.Popen[bytes] | None = None
        try:
            with closing(HTTPConnection(*address, timeout=5)) as connection:
                for number in range(1000):
                    if number == moment:  # at a moment of its own: not between two requests
                        killer = subprocess.Popen(["/bin/sh", "-c", f"kill -9 {process.pid}"])
                    destination = f"20.{number >> 8}.{number & 255}.0/24"
                    connection.request("GET", query_of(CREATE, {**LARGE_ROUTE, "RouteDest": destination}))
                    if connection.getresponse().read().find(b'"RouteDest"') >= 0:
                        acknowledged.append(destination)
        except (OSError, HTTPException):
            pass
        finally:
            process.send_signal(signal.SIGKILL)
            if killer is not None:
                killer.wait()
    return acknowledged


LARGE_ROUTE = {
    "RegionId": "cn-hangzhou",
    "VpnGatewayId": "vpn-large",
    "RouteSource": "192.168.0.0/16",
    "NextHop": "vco-large",
    "Weight": "100",
    "PublishVpc": "false",
}
