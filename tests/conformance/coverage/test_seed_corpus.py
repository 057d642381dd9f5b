"""The seed corpus: it can be sent to any account, and nothing of it is lost on the one it was made for."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS, select
from pbr_conformance.conformance.coverage.gateway_roles import ROLES_OF_GATEWAYS, GatewayRoles
from pbr_conformance.conformance.coverage.seed_corpus import CORPUS_ACTIONS, Item, seed_corpus
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE, LIST
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from pbr_conformance.simulator.model.target_file import parse_target
from pbr_conformance.strategies.plain_requests import partitions
from tests.conformance.doubles import REFERENCE, TARGET, account, creation
from tools.seed_corpus.corpus_writer import role_of, word_for, write

WRITTEN: Final[list[dict[str, Any]]] = json.loads(
    files("pbr_conformance.conformance.coverage").joinpath("seed_corpus.json").read_text("utf-8")
)
OTHER: Final = """
[endpoint]
region = "eu-central-1"
[[gateways]]
id = "vpn-a"
tunnels = "dual"
connections = ["vco-a"]
vpc = "vpc-a"
ssl_client_cidrs = ["192.168.77.0/24", "192.168.78.0/24"]
scratch = true
[[gateways]]
id = "vpn-b"
business = "financial_locked"
connections = ["vco-b", "vco-c"]
vpc = "vpc-a"
scratch = true
[[gateways]]
id = "vpn-c"
connections = ["vco-d"]
vpc = "vpc-a"
[[vpcs]]
id = "vpc-a"
routes = [{ destination = "10.77.0.0/16", next_hop = "instance", id = "i-1" }]
"""


def test_every_request_is_sent_to_the_account_it_was_made_for() -> None:
    items = list(seed_corpus(CHECKS, REFERENCE, DEFAULT_SPEC))
    assert [len(item.history) for item in items] == [len(each["requests"]) for each in WRITTEN]
    all_roles = {partition.name: GatewayRoles(partition) for partition in partitions(REFERENCE)}
    for item, each in zip(items, WRITTEN, strict=True):
        asked = zip(item.history, each["requests"], strict=True)
        assert [write(all_roles[item.partition.name], request, known.get("for")) for request, known in asked] == each[
            "requests"
        ]


def test_it_names_addresses_and_parts_that_there_are() -> None:
    for each in WRITTEN:
        assert set(each["for"]) <= BY_ADDRESS.keys()
        for request in each["requests"]:
            (part,) = (request[name] for name in CORPUS_ACTIONS.values() if name in request)
            assert part in ROLES_OF_GATEWAYS
            assert set(request.get("for", ())) <= set(each["for"])


def test_another_account_is_sent_what_it_has_somebody_for() -> None:
    target = parse_target(OTHER, "account.toml", {})
    histories = [item.history for item in seed_corpus(CHECKS, target, DEFAULT_SPEC)]
    texts = [text for history in histories for request in history for text in request.parameters.values()]
    named = {text for text in texts if text.startswith(("vpn-", "vco-"))}
    assert (
        {"vpn-a", "vpn-b", "vco-a"}
        <= named
        <= {"vpn-a", "vpn-b", "vco-a", "vco-b", "vco-c", "vpn-nowhere", "vco-nowhere"}
    )
    assert {"eu-central-1", "192.168.78.1/32", "10.77.0.0/16"} <= set(texts)
    assert not {text for text in texts if text.startswith("$") or text in ("cn-hangzhou", "10.201.0.0/16")}


@pytest.mark.parametrize("target", [account(), account(one=False)])
def test_an_account_where_nothing_may_be_created_is_sent_nothing(target: Any) -> None:
    assert list(seed_corpus(CHECKS, target, DEFAULT_SPEC)) == []


@pytest.mark.parametrize("spec", SPECS)
def test_no_version_is_sent_what_it_does_not_know(spec: str) -> None:
    sent = [request for item in seed_corpus(CHECKS, TARGET, spec) for request in item.history]
    assert sent
    assert any("Priority" in request.parameters for request in sent) is (spec >= "2024-06-24")


def test_a_run_of_few_checks_is_sent_what_tells_something_about_them() -> None:
    everything = sum(len(item.history) for item in seed_corpus(CHECKS, REFERENCE, DEFAULT_SPEC))
    items = list(seed_corpus(select(("weight",)), REFERENCE, DEFAULT_SPEC))
    assert {item.address for item in items} == {"weight/value"}
    assert 0 < sum(len(item.history) for item in items) < everything / 2
    wrong = [request for item in items for request in item.history if request.get("Weight") not in ("0", "100")]
    assert wrong


def test_what_is_left_after_a_failure_keeps_the_scene() -> None:
    history = tuple(creation(Description=str(number)) for number in range(5))
    item = Item("weight/value", partitions(TARGET)[0], history, frozenset({0, 2}))
    after = item.after(3)
    assert after is not None
    assert (after.history, after.scene) == ((history[0], history[2], history[4]), frozenset({0, 1}))
    after = item.after(0)
    assert after is not None
    assert (after.history, after.scene) == (history[1:], frozenset({1}))
    assert item.after(4) is None


def test_words_are_what_an_account_chose_itself() -> None:
    all_roles = {partition.name: GatewayRoles(partition) for partition in partitions(REFERENCE)}
    main = all_roles["vpc-main"]
    for text, word in {
        "vpn-ssl": "$ssl",
        "vco-dual-b": "$dual connection 2",
        "10.200.0.0/16": "$route to vpn_gateway",
        "192.168.20.1/32": "$client 2, host",
        "cn-hangzhou": "$region",
        "100": "100",
    }.items():
        assert word_for(main, text) == word
        assert main.text_of(word) == text
    assert main.text_of("$full") is None
    assert role_of(all_roles["vpc-small"], "vpn-vpc-quota") == "vpc-full"
    with pytest.raises(ValueError, match=r"may not begin with \$"):
        word_for(main, "$HOME")


def test_only_these_actions_are_on_the_seed_corpus() -> None:
    assert {CREATE, DELETE, LIST} == CORPUS_ACTIONS.keys()
