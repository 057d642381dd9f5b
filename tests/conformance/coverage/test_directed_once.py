"""Every directed history once: nothing that a check tries is lost, and far fewer changes are needed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from pbr_conformance.conformance.checks import CHECKS
from pbr_conformance.conformance.client.endpoint import Embedded
from pbr_conformance.conformance.client.metered import is_changing
from pbr_conformance.conformance.coverage.directed import directed
from pbr_conformance.conformance.coverage.directed_once import directed_once
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, SPECS
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.oracle import allow
from pbr_conformance.strategies.plain_requests import History, partitions
from tests.accounts import ACCOUNTS

NAMES = ("reference", "one-single", "two-dual")


@cache
def items(name: str) -> tuple[Item, ...]:
    return tuple(directed_once(CHECKS, ACCOUNTS[name], DEFAULT_SPEC))


def usual(target: Target) -> list[Item]:
    """What the checks try one after another, without what is combined."""
    placed = [(check, partition_for(check, partitions(target))) for check in CHECKS]
    return [
        Item(check.address, partition, history)
        for check, partition in placed
        if partition is not None
        for history in directed(check, partition, DEFAULT_SPEC, strength=1)
    ]


_Met = tuple[str, str | None, str | None]
"""A condition, a parameter, and a gateway."""


def met(histories: Iterable[Item]) -> tuple[dict[bool, set[_Met]], int]:
    """What creations meet that change something, or nothing, with their gateways; and how many changes that takes."""
    found, changes = {True: set[_Met](), False: set[_Met]()}, 0
    for item in histories:
        endpoint = Embedded(item.partition.target)
        for request in item.history:
            endpoint.sleep(3600)
            if request.action == CREATE:
                broken = allow(endpoint.account, request, None, DEFAULT_SPEC).broken
            if request.action in (CREATE, DELETE):
                changes += (is_change := is_changing(request, endpoint.send(request)))
            if request.action == CREATE:
                names = {(each.condition.id, each.parameter, request.get("VpnGatewayId")) for each in broken}
                found[is_change] |= names
        changes += sum(len(endpoint.account.table(each.id)) for each in item.partition.gateways)
    return found, changes


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_condition_is_met_on_every_gateway_with_a_fraction_of_the_changes(name: str) -> None:
    before, changes_before = met(usual(ACCOUNTS[name]))
    once, changes_once = met(items(name))
    everything = once[True] | once[False]
    assert before[False] <= everything
    assert {each[:2] for each in before[True]} <= {each[:2] for each in everything}, "on one partition alone"
    assert changes_once < 0.6 * changes_before


@pytest.mark.parametrize("name", NAMES)
def test_every_request_of_every_history_is_sent_somewhere(name: str) -> None:
    sent = {_plain(request.parameters) for item in items(name) for request in item.history}
    missing = [
        request
        for item in usual(ACCOUNTS[name])
        for request in item.history
        if request.action == CREATE and _plain(request.parameters) not in sent
    ]
    assert missing == []


def _plain(parameters: object) -> tuple[object, ...]:
    """A creation, whatever its gateway and next hop: what is accepted is tried on one partition alone."""
    assert hasattr(parameters, "items")
    return tuple(sorted((name, text) for name, text in parameters.items() if name not in ("VpnGatewayId", "NextHop")))


def test_what_follows_a_failure_has_what_it_needs() -> None:
    item = next(each for each in items("reference") if each.scene and len(each.history) > len(each.scene) + 2)
    lead = len(item.scene)
    rest = item.after(lead)
    assert rest is not None
    assert rest.history == (*item.history[:lead], *item.history[lead + 1 :])


def test_checks_that_wait_for_nothing_and_tokens_keep_their_histories() -> None:
    target = ACCOUNTS["reference"]
    kept = {history_key(item.history) for item in items("reference")}
    for item in usual(target):
        if item.address == "gateway/busy" or any(request.get("ClientToken") for request in item.history):
            assert history_key(item.history) in kept


def history_key(history: History) -> tuple[str, ...]:
    return tuple(repr(request) for request in history)


@pytest.mark.parametrize("spec", SPECS)
def test_nothing_undocumented_is_sent(spec: str) -> None:
    for item in directed_once(CHECKS, ACCOUNTS["one-single"], spec):
        assert item.history
