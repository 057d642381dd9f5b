"""`check`: what a run would find out first, each with its exit status, and nothing created."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.model.target_file import reference
from tests.conformance.account.served import serve
from tests.conformance.commands import Here
from tests.conformance.plain_server import Answer


def test_everything_is_in_order(here: Here) -> None:
    with serve(reference()) as served:
        ended = here("check", "--url", served.url, "--json")
    document = json.loads(ended.out)
    assert ended.status == 0
    assert [each["step"] for each in document["findings"] if each["ok"]] == [
        "connection", "clock", "keys", "right to list", "right to create", "right to delete",
    ]  # fmt: skip
    assert document["target"] == {"wrong": [], "besides": [], "not_shown": {}}
    assert not any(len(served.account.account.table(gateway.id)) for gateway in reference().gateways)


@pytest.mark.parametrize(
    ("action", "step"), [(LIST, "right to list"), (CREATE, "right to create"), (DELETE, "right to delete")]
)
def test_a_right_that_is_missing_is_found(action: str, step: str, here: Here) -> None:
    def meddle(asked: str, answer: Answer) -> Answer:
        body = {"Code": "Forbidden.RAM", "Message": "No.", "RequestId": "1"}
        return (403, body) if asked == action else answer

    with serve(reference(), meddle) as served:
        ended = here("check", "--url", served.url)
    assert ended.status == 3
    (line,) = [line for line in ended.out.splitlines() if line.startswith("NOT")]
    assert line == f"NOT {step}: {action} is answered with HTTP 403, Forbidden.RAM: " + (
        "grant the right: the policy of these keys does not allow it"
    )


def test_keys_that_are_not_known_end_it(here: Here) -> None:
    body = {"Code": "InvalidAccessKeyId.NotFound", "Message": "No.", "RequestId": "1"}
    with serve(reference(), lambda *_: (404, body)) as served:
        ended = here("check", "--url", served.url)
        asked = len(served.account.asked)
    assert (ended.status, asked) == (3, 1)
    assert ended.out.splitlines()[-1].startswith("NOT keys: refused with InvalidAccessKeyId.NotFound: check access_key")


def test_an_endpoint_that_offers_nothing_else_accuses_nobody(here: Here) -> None:
    body = {"Code": "InvalidAction.NotFound", "Message": "Unknown.", "RequestId": "1"}
    known = (CREATE, DELETE, LIST, "DescribeVpnGateway")
    with serve(reference(), lambda asked, answer: answer if asked in known else (404, body)) as served:
        ended = here("check", "--url", served.url)
    assert ended.status == 0
    assert "not shown: DescribeVpnConnections: HTTP 404, InvalidAction.NotFound" in ended.out


def test_what_cannot_be_checked_is_one_line(here: Here, tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("", encoding="utf-8")
    ended = here("check")
    assert (ended.status, len(ended.lines)) == (2, 1)
    assert "check: the embedded simulator has what is declared" in ended.error
    ended = here("check", "empty.toml", "--url", "http://127.0.0.1:1")
    assert (ended.status, ended.lines) == (
        2, ["pbr-conformance: empty.toml: has no gateways; expected at least one [[gateways]]"],
    )  # fmt: skip
    ended = here("check", "--url", "http://127.0.0.1:1")
    assert (ended.status, ended.out) == (3, "NOT connection: no connection: Connection refused\n")
