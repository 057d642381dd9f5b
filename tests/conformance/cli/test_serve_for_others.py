"""`serve` where other machines and tools find it: keys, names, and whether it is there."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr

from pbr_conformance.conformance.client.http import HttpEndpoint
from pbr_conformance.simulator.documentation.actions import GATEWAY
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Credential
from tests.conformance.commands import started, target_file

ROOT: Final = Path(__file__).parents[3]
LOOK: Final = Request(GATEWAY, {"RegionId": "cn-hangzhou", "VpnGatewayId": "vpn-one"})
HTML: Final = {"Accept": "text/html"}
_KEYS: Final = re.compile(r"ALIBABA_CLOUD_ACCESS_KEY_ID=(\w+)\nALIBABA_CLOUD_ACCESS_KEY_SECRET=(\w+)\n")


@contextmanager
def served(directory: Path, *flags: str) -> Iterator[tuple[str, Credential]]:
    """The URL at which this machine reaches a server that makes keys, and these."""
    with started("serve", target_file(directory), "--port", "0", *flags, directory=directory) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip().replace("0.0.0.0", "127.0.0.1")
        found = _KEYS.fullmatch(process.stdout.readline() + process.stdout.readline())
        assert found
        yield url, Credential(access_key_id=found[1], access_key_secret=SecretStr(found[2]))
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def answered(url: str, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Status and body of one request without a signature."""
    with closing(HTTPConnection(url.removeprefix("http://"), timeout=5)) as connection:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()


def test_an_account_without_keys_gets_some(tmp_path: Path) -> None:
    with served(tmp_path, "--host", "0.0.0.0") as (url, key):
        with closing(HttpEndpoint(url, {"owner": key}, "v3")) as endpoint:
            answer = endpoint.send(LOOK)
        assert isinstance(answer, Answer)
        assert answer.status == 200
        assert b"MissingAccessKeyId" in answered(url, "/?Action=DescribeVpnGateways&Version=2016-04-28")[1]
        assert answered(url, "/", headers=HTML)[0] == 400  # no page
    with served(tmp_path, "--host", "0.0.0.0") as (_, another):
        assert another != key


def test_what_waits_for_a_port_is_answered(tmp_path: Path) -> None:
    with served(tmp_path, "--verify-signatures") as (url, _):
        assert answered(url, "/_health") == (200, b'{"status":"ok"}\n')
        assert answered(url, "/_health", "HEAD") == (200, b"")
        assert answered(url, "/", "HEAD") == (200, b"")
        assert answered(url, "/?Action=DescribeVpnGateways&Version=2016-04-28", "HEAD")[0] == 400
        assert answered(url, "/_health", "POST")[0] == 400


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_is_allowed_gets_the_page_and_control(tmp_path: Path, scheme: str) -> None:
    flags = ("--host", "0.0.0.0", "--control", "--allow-host", "Mock.example")
    with served(tmp_path, *flags) as (url, _):
        named = {"Host": "mock.example:8642", "Origin": f"{scheme}://mock.example:8642"}
        assert b"vpn-one" in answered(url, "/", headers={**HTML, **named})[1]
        assert answered(url, "/_control/requests", headers=named)[0] == 200
        for other in ({"Host": "evil.example"}, {**named, "Origin": f"{scheme}://evil.example"}):
            assert answered(url, "/", headers={**HTML, **other})[0] == 403
            assert answered(url, "/_control/requests", headers=other)[0] == 403


def test_a_name_is_not_needed_at_this_machine(tmp_path: Path) -> None:
    with served(tmp_path, "--verify-signatures", "--allow-host", "mock") as (url, _):
        assert answered(url, "/", headers=HTML)[0] == 200
        status, text = answered(url, "/", headers={**HTML, "Host": "other"})
    assert status == 403
    assert b"--allow-host" in text


def test_the_container_is_made_with_the_commands_of_the_readme() -> None:
    (command,) = re.findall(
        r"^<!-- run-command -->\n```sh\n(.*?)\n```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S
    )
    lines = (ROOT / "Containerfile").read_text("utf-8").splitlines()
    (run,) = [line.removeprefix("RUN ") for line in lines if line.startswith("RUN ")]
    assert command == f"{run} && .venv/bin/pbr-conformance run"
    copied = {word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]}
    assert all((ROOT / name).exists() for name in copied)
