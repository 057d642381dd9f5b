"""`serve`: its flags, as a user has them."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import create_server
from typing import Any, Final

import pytest
from pydantic import SecretStr
from urllib3 import request

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.simulator.documentation.actions import CREATE, GATEWAY, LIST
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Credential
from pbr_conformance.simulator.wire.codec import write_request
from tests.conformance.commands import Here, pbr, started, target_file

PLACE: Final = {"RegionId": "cn-hangzhou", "VpnGatewayId": "vpn-one"}
CREATION: Final = Request(
    CREATE,
    {
        **PLACE,
        "RouteSource": "192.168.1.0/24",
        "RouteDest": "10.0.0.0/24",
        "NextHop": "vco-one-a",
        "Weight": "100",
        "PublishVpc": "false",
    },
)
LOOK: Final = Request(GATEWAY, PLACE)
KEYS: Final = '\n[credentials.owner]\naccess_key_id = "an-id"\naccess_key_secret = "{secret}"\n'
ELSEWHERE: Final = "192.0.2.1"  # of a block that is nobody's (RFC 5737): nothing can listen there


@contextmanager
def served(directory: Path, *flags: str | Path) -> Iterator[str]:
    """The URL of a served account with one gateway; ended by Ctrl-C, which is no error."""
    with started("serve", target_file(directory), "--port", "0", *flags, directory=directory) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        yield process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stderr.read() == ""


def asked(url: str, path: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
    with closing(HTTPConnection(url.removeprefix("http://"), timeout=5)) as connection:
        method = "GET" if body is None else "POST"
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def sent(url: str, request: Request) -> tuple[int, dict[str, Any]]:
    return asked(url, "/?" + write_request(request))


def fates(url: str, count: int) -> list[object]:
    """What becomes of so many requests: the code of each answer, None for a success, or that none came."""
    found: list[object] = []
    for _ in range(count):
        try:
            found.append(sent(url, LOOK)[1].get("Code"))
        except (OSError, HTTPException, ValueError):
            found.append("no answer")
    return found


@pytest.mark.slow
def test_faults_happen_to_the_same_requests_for_the_same_seed(tmp_path: Path) -> None:
    flags = ("--fault", "throttling=0.3", "--fault", "reset=0.2")
    seen = []
    for seed in ("7", "7", "8"):
        with served(tmp_path, *flags, "--fault-seed", seed) as url:
            seen.append(fates(url, 30))
    assert seen[0] == seen[1] != seen[2]
    assert set(seen[0]) == {"Throttling.User", "no answer", None}


def test_a_state_file_outlives_the_server(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with served(tmp_path, "--state", state) as url:
        assert sent(url, CREATION)[0] == 200
    with served(tmp_path, "--state", state) as url:
        assert sent(url, Request(LIST, PLACE))[1]["TotalCount"] == 1


def test_no_gateway_is_busy_after_a_restart_for_as_long_as_the_clock_was_ahead(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with served(tmp_path, "--state", state, "--control") as url:
        assert asked(url, "/_control/clock", '{"advance_ms": 3600000}')[0] == 200
        assert sent(url, CREATION)[0] == 200
    with served(tmp_path, "--state", state) as url:
        assert sent(url, LOOK)[1]["Status"] == "active"


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no other process can be limited here")
def test_a_change_that_cannot_be_kept_is_refused_and_said_in_one_line(tmp_path: Path) -> None:
    state, look = tmp_path / "state", Request(LIST, PLACE)
    second = Request(CREATE, {**CREATION.parameters, "RouteDest": "10.0.1.0/24"})
    flags = ("--port", "0", "--state", state)
    with started("serve", target_file(tmp_path), *flags, directory=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        assert sent(url, CREATION)[0] == 200
        whole = state.read_bytes()
        _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        for room in (0, 10):
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (len(whole) + room, most))
            status, members = sent(url, second)
            assert (status, members["Code"]) == (500, "InternalError")
            assert state.read_bytes() == whole
        assert sent(url, look)[1]["TotalCount"] == 1
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
        assert sent(url, second)[0] == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        said = process.stderr.read()
    assert said == "A change cannot be kept, and is refused: File too large\n" * 2
    with served(tmp_path, "--state", state) as url:
        assert sent(url, look)[1]["TotalCount"] == 2


def test_control_is_there_when_it_is_asked_for(tmp_path: Path) -> None:
    with served(tmp_path, "--control") as url:
        assert asked(url, "/_control/clock", '{"advance_ms": 5}')[0] == 200
    with served(tmp_path) as url:
        assert asked(url, "/_control/clock", '{"advance_ms": 5}')[1]["Code"] == "MissingVersion"


@pytest.mark.parametrize("signature", ["v1", "v3"])
def test_only_what_is_signed_is_let_in(tmp_path: Path, signature: Any) -> None:
    target = tmp_path / "signing.toml"
    target.write_text(target_file(tmp_path).read_text(encoding="utf-8") + KEYS.format(secret="a-secret"))
    with started("serve", target, "--port", "0", "--verify-signatures", directory=tmp_path) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert sent(url, LOOK)[1]["Code"] == "MissingAccessKeyId"
        answers = []
        for secret in ("a-secret", "another"):
            key = Credential(access_key_id="an-id", access_key_secret=SecretStr(secret))
            with closing(HttpEndpoint(url, {"owner": key}, signature)) as endpoint:
                answers.append(endpoint.send(LOOK))
    right, wrong = answers
    assert isinstance(right, Answer)
    assert isinstance(wrong, Answer)
    assert (right.status, wrong.status, wrong.code) == (200, 400, "SignatureDoesNotMatch")
    assert "a-secret" not in json.dumps(wrong.members)


# What is refused


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--fault", "busy"], "--fault busy: expected KIND=RATE"),
        (["--fault", "busy=x"], "--fault busy=x: expected KIND=RATE"),
        (["--fault", "busy=1.5"], "--fault busy: expected a rate from 0 to 1, not 1.5"),
        (["--fault", "busy=-1"], "expected a rate from 0 to 1"),
        (["--fault", "busy=inf"], "expected a rate from 0 to 1"),
        (["--fault", "bsy=0.1"], "--fault bsy: no such fault; expected one of busy, "),
        (["--fault", ""], "--fault: expected KIND=RATE"),
        (["--fault", "=0.1"], "--fault =0.1: expected KIND=RATE"),
        (["--fault", "busy=0.1", "--fault", "busy=0.2"], "busy is named twice"),
        (["--fault", "busy=0.6", "--fault", "slow=0.6"], "--fault: all together are 1.2; expected 1 at most"),
        (["--fault-seed", "x"], "--fault-seed"),
        (["--fault-seed", "0"], "--fault-seed: without a fault it says nothing; expected --fault KIND=RATE too"),
        (["--slow-ms", "50"], "--slow-ms: without a fault it says nothing; expected --fault KIND=RATE too"),
        (["--slow-ms", "-1"], "--slow-ms -1: expected a number of milliseconds from 0"),
        (["--slow-ms", "1e3"], "--slow-ms"),
        (["--async-ms", "-1"], "--async-ms -1: expected a number of milliseconds from 0 to 86400000"),
        (["--async-ms", "86400001"], "--async-ms 86400001: expected a number of milliseconds from 0 to 86400000"),
        (["--port", "65536"], "--port 65536"),
        (["--state", ""], "--state: is empty"),
        (["--state", "."], "--state .: cannot be opened"),
        (["--state", "no/such/directory/state"], "cannot be opened (No such file or directory)"),
        (["--state", "account.toml"], "--state account.toml: "),
        (["--host", "0.0.0.0", "--control"], "--host 0.0.0.0: 0.0.0.0 is not this machine's loopback, and others may"),
        (["--host", "::", "--control"], "--host ::: "),
        (["--allow-host", "http://mock"], "--allow-host http://mock: expected a name, as mock.example, without scheme"),
        (["--allow-host", "mock:8642"], "--allow-host mock:8642: expected a name"),
        (["--allow-host", ""], "--allow-host : expected a name"),
        (["--host", ""], "--host: is empty; expected an address"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(here: Here, tmp_path: Path, flags: list[str], expected: str) -> None:
    account = target_file(tmp_path)
    before = account.read_bytes()
    ended = here("serve", account, "--port", "0", *flags)
    assert (ended.status, ended.out) == (2, "")
    assert expected in ended.error
    assert len(ended.lines) == 1 or ended.error.startswith("usage: ")
    assert account.read_bytes() == before


@pytest.mark.parametrize("flags", [(), ("--fault-seed", "7", "--slow-ms", "5")])
def test_faults_may_come_later_where_there_is_control(tmp_path: Path, flags: tuple[str, ...]) -> None:
    with served(tmp_path, "--control", *flags) as url:
        seen = asked(url, "/_control/faults")[1]
        assert (seen["seed"], seen["slow_ms"]) == ((7, 5) if flags else (0, 50))


def test_a_port_that_is_taken_is_said_once_and_leaves_no_state_file(here: Here, tmp_path: Path) -> None:
    state = tmp_path / "new.state"
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = here("serve", "--port", str(port), "--state", state)
    assert (ended.status, ended.out) == (2, "")
    assert ended.error == f"pbr-conformance: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert not state.exists()


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], f"cannot listen on {ELSEWHERE}:0: "),
        (["--verify-signatures"], f"cannot listen on {ELSEWHERE}:0: "),
        (["--control"], "others may control only under names that are allowed"),
        (["--control", "--allow-host", "mock"], f"cannot listen on {ELSEWHERE}:0: "),
    ],
)
def test_other_machines_are_served_and_may_control_under_allowed_names(
    here: Here, tmp_path: Path, flags: list[str], expected: str
) -> None:
    target = target_file(tmp_path)
    target.write_text(target.read_text(encoding="utf-8") + KEYS.format(secret="a-secret"), encoding="utf-8")
    ended = here("serve", target, "--port", "0", "--host", ELSEWHERE, *flags)
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)
    assert expected in ended.error


def test_an_openapi_document_of_an_account_is_printed_instead(here: Here, tmp_path: Path) -> None:
    ended = here("serve", target_file(tmp_path), "--openapi", "--spec", "2020-11-20", "--host", "::1", "--port", "80")
    assert (ended.status, ended.error) == (0, "")
    printed = json.loads(ended.out)
    creation = printed["paths"]["/#Action=CreateVpnPbrRouteEntry"]["post"]["parameters"]
    by_name = {parameter["name"]: parameter for parameter in creation}
    assert printed["servers"] == [{"url": "http://[::1]:80"}]
    assert list(by_name["NextHop"]["examples"]) == ["vco-one-a", "vco-one-b"]
    assert by_name["Weight"]["schema"] == {"type": "integer", "enum": [0, 100]}
    assert "DryRun" not in by_name


def test_an_openapi_document_names_the_usual_port_where_any_would_do(here: Here) -> None:
    ended = here("serve", "--openapi", "--port", "0")
    assert json.loads(ended.out)["servers"] == [{"url": "http://127.0.0.1:8642"}]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--port", "99999"], "--port 99999: expected a number from 0 to 65535"),
        (["--fault", "busy=2"], "--fault busy: expected a rate from 0 to 1, not 2.0"),
        (["--host", "0.0.0.0", "--control"], "--host 0.0.0.0: "),
        (["--mutant", "nobody"], "--mutant nobody: no such mutant"),
    ],
)
def test_no_openapi_document_is_printed_of_what_would_not_be_served(
    here: Here, flags: list[str], expected: str
) -> None:
    ended = here("serve", "--openapi", *flags)
    assert (ended.status, ended.out, len(ended.lines)) == (2, "", 1)
    assert expected in ended.error


# How it begins and ends


def test_serve_on_a_port_in_use_is_2_and_one_line(here: Here) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = here("serve", "--port", str(port))
    assert (ended.status, ended.out) == (2, "")
    (only,) = ended.lines
    assert f"127.0.0.1:{port}" in only


def test_serve_has_a_page_for_browsers_at_its_url(tmp_path: Path) -> None:
    with started("serve", "--port", "0", directory=tmp_path) as process:
        assert process.stdout is not None
        answer = request("GET", process.stdout.readline().strip(), headers={"Accept": "text/html"}, timeout=5)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=20)
    assert (answer.status, error) == (200, "")
    assert "vpn-single" in answer.data.decode()


@pytest.mark.slow
def test_serve_prints_its_url_first_and_ends_on_an_interrupt(tmp_path: Path) -> None:
    with started("serve", "--port", "0", "--async-ms", "30", directory=tmp_path) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        words = ("run", "--url", url, "--only", "weight/value", "--budget", "80", "--report", "out")
        assert pbr(*words, directory=tmp_path).status == 0
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=20)
    assert (process.returncode, out, error) == (0, "", "")
