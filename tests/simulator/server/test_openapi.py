"""The OpenAPI document against a validator, and against what is answered."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.rows import SPECS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target_file import parse_target, reference
from pbr_conformance.simulator.operations.siblings import SIBLINGS
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.server.openapi import document
from pbr_conformance.simulator.wire.codec import HttpRequest, query_of, read_request, write_answer
from tests.simulator.hostile import GOOD, NAMES, VALUES

DOCUMENT = document(reference(), "2026-02-11", "http://127.0.0.1:8642")
ACTIONS = (CREATE, *SIBLINGS)
CALLERS = {"sub": "sub_user", "none": "unauthorized"}
MORE = {
    "NewWeight": "0",
    "NewPriority": "7",
    "Priority": "10",
    "RouteType": "pbr",
    "VpnConnectionId": "vco-dual-a",
    "RouteTableId": "vtb-vpc-main",
}


def operation(action: str) -> dict[str, Any]:
    described: dict[str, Any] = DOCUMENT["paths"][f"/#Action={action}"]["post"]
    return described


class Conversation:
    """An account that is asked over HTTP, but for the socket."""

    def __init__(self) -> None:
        self.account = Account(reference())
        self.now = 1_700_000_000_000

    def ask(self, **sent: str) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer."""
        http = HttpRequest("POST", "/", query_of(sent), {"host": "127.0.0.1"})
        request, self.now = read_request(http, CALLERS), self.now + 60_000
        if isinstance(request, Answer):
            answer = Answer(request.status, {**(request.members or {}), "RequestId": "r"})
        else:
            self.account, answer = step(self.account, request, self.now)
        status, body, _ = write_answer(answer, http)
        members = json.loads(body)
        assert isinstance(members, dict)
        return status, members


@pytest.mark.parametrize("spec", SPECS)
def test_it_is_an_openapi_document(spec: str) -> None:
    validate(document(reference(), spec, "http://127.0.0.1:8642"))


def test_an_account_without_anything_has_one_too() -> None:
    validate(document(parse_target('[[gateways]]\nid = "only"\n', "one.toml"), "2026-02-11", "http://[::1]:80"))


def test_it_has_the_operations_that_are_answered() -> None:
    assert set(DOCUMENT["paths"]) == {f"/#Action={action}" for action in ACTIONS}


@pytest.mark.parametrize("action", ACTIONS)
def test_what_it_calls_required_is_refused_without(action: str) -> None:
    parameters = operation(action)["parameters"]
    required = [one["name"] for one in parameters if one.get("required")]
    sent = {"Action": action, "PublishVpc": "true", **GOOD, **MORE}
    for name in required:
        _, members = Conversation().ask(**{other: text for other, text in sent.items() if other != name})
        assert members["Code"] == f"Missing{name}"
    needed = {name: text for name, text in sent.items() if name in required}
    assert not str(Conversation().ask(**needed)[1].get("Code", "")).startswith("MissingR")


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_answered_is_as_it_says(action: str) -> None:
    """After some routes were made: the good request with a few values of hostile clients, again and again."""
    dice, conversation, seen = random.Random(action), Conversation(), set()
    ids = ["vpn-single", "vpn-dual", "vpn-locked", "vpn-configuring", "vpn-no-pbr", "vpn-no-priority", "vpn-quota"]
    for number in range(400):
        sent = {"Version": "2016-04-28", **GOOD, **MORE, "RouteDest": f"10.{number % 9}.0.0/16"}
        sent |= {dice.choice(NAMES): dice.choice(VALUES) for _ in range(dice.randrange(3))}
        sent |= {
            "VpnGatewayId": dice.choice(ids),
            "Format": "JSON",
            "AccessKeyId": dice.choice(["", "", "sub", "none"]),
        }
        sent["Action"] = dice.choice((action, action, CREATE)) if sent.get("Version") else action
        status, members = conversation.ask(**sent)
        response = operation(sent["Action"])["responses"][str(status)]
        schema = {**response["content"]["application/json"]["schema"], "components": DOCUMENT["components"]}
        Draft202012Validator(schema).validate(members)
        if sent["Action"] == action:
            seen.add(members.get("Code"))
    assert None in seen
    assert {"Forbidden", "MissingVersion"} & seen
