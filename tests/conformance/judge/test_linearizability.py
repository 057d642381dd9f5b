"""The search of an order, beside one that tries every order; and batches of the simulator, in every interleaving."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, permutations
from math import inf
from random import Random
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbr_conformance.conformance.client.endpoint import VIRTUAL_START
from pbr_conformance.conformance.engine.concurrent import (
    ConcurrentBatch,
    Explained,
    Unexplained,
    explain,
    operations_of,
)
from pbr_conformance.conformance.judge.interaction import Interaction, Transcript
from pbr_conformance.conformance.judge.linearizability import (
    Operation,
    SearchExhausted,
    beginning,
    evidence,
    find,
    parts,
)
from pbr_conformance.conformance.judge.listing import entries_of
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, NoAnswer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT, REFUSED, Dialect, OpenToken
from pbr_conformance.strategies.plain_requests import create, delete, look, ordinary

Register = Operation[tuple[str, int]]


class OneNumber:
    """A register: "write" sets it, "read" saw it, "refused" is a write of the number that is there already."""

    def after(self, state: int, operation: Register) -> Iterator[int]:
        """Where it leads."""
        kind, number = operation.what
        if kind == "write":
            yield number
        elif (state == number) == (kind in ("read", "refused")):
            yield state

    def mark(self, state: int) -> Hashable:
        """Itself."""
        return state

    def ends(self, state: int) -> bool:
        """Any but 3, so that the last state counts."""
        return state != 3


def by_trying(operations: Sequence[Register]) -> bool:
    """Whether some order explains them: every order of all that are certain, and of any of the others, is tried."""
    certain, others = [o for o in operations if o.certain], [o for o in operations if not o.certain]
    return any(
        explains(order)
        for count in range(len(others) + 1)
        for chosen in combinations(others, count)
        for order in permutations([*certain, *chosen])
    )


def explains(order: Sequence[Register]) -> bool:
    if any(later.until < earlier.asked for earlier, later in combinations(order, 2)):
        return False
    states = [0]
    for operation in order:
        states = [then for state in states for then in OneNumber().after(state, operation)]
    return any(OneNumber().ends(state) for state in states)


@st.composite
def registers(draw: st.DrawFn) -> list[Register]:
    """A history of a register, explained or not."""
    made = []
    for number in range(draw(st.integers(0, 6))):
        asked = draw(st.integers(0, 8))
        kind = draw(st.sampled_from(("write", "write", "read", "refused")))
        certain = kind != "write" or draw(st.integers(0, 3)) > 0
        what = kind, draw(st.integers(0, 3))
        made.append(Operation(number, what, asked, asked + draw(st.integers(0, 4)), certain, kind == "write"))
    return made


@given(registers())
@settings(deadline=None, max_examples=400)
def test_the_search_agrees_with_every_order_tried(operations: list[Register]) -> None:
    found = find(operations, 0, OneNumber())
    assert (found is not None) == by_trying(operations)
    if found is not None:
        assert explains(found.order)
        assert {o.number for o in operations if o.certain} <= {o.number for o in found.order}


def test_evidence_is_what_contradicts_itself_whatever_became_of_the_rest() -> None:
    what = [("write", 1), ("read", 1), ("write", 2), ("read", 0), ("write", 4), ("read", 4)]
    operations = [Operation(n, w, n, n + 0.5, True, w[0] == "write") for n, w in enumerate(what)]
    kept = evidence(operations, lambda some: find(some, 0, OneNumber()) is None)
    assert [operation.what for operation in kept] == [("write", 1), ("read", 0)] or kept[-1].what == ("read", 0)
    assert find(kept, 0, OneNumber()) is None


class AnyEnd(OneNumber):
    """The same register, whose last number nobody looked at."""

    def ends(self, state: int) -> bool:
        """Any."""
        return True


def is_unexplained(operations: Sequence[Register]) -> bool:
    return find(operations, 0, AnyEnd()) is None


def forgotten(operations: Sequence[Register], kept: Collection[int]) -> list[Register]:
    """The operations, of which only those that are kept have an answer that anybody knows."""
    known = [each if each.number in kept else replace(each, certain=False) for each in operations]
    return [each for each in known if each.certain or each.changes]


@given(registers().filter(is_unexplained))
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.filter_too_much])
def test_evidence_contradicts_itself_and_nothing_of_it_can_be_forgotten(operations: list[Register]) -> None:
    kept = {each.number for each in evidence(operations, is_unexplained)}
    assert all(each.certain for each in operations if each.number in kept)
    assert is_unexplained(forgotten(operations, kept))
    for number in kept:
        assert not is_unexplained(forgotten(operations, kept - {number})), number


@given(registers().filter(is_unexplained))
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_history_ends_with_the_first_answer_that_no_order_explains(operations: list[Register]) -> None:
    known = beginning(operations, is_unexplained)
    last = max(each.answered for each in known if each.certain)
    assert is_unexplained(known)
    assert {each.number for each in known if each.certain} == {
        each.number for each in operations if each.certain and each.answered <= last
    }
    earlier = [each for each in known if not (each.certain and each.answered == last and not each.changes)]
    undecided = [replace(each, certain=False) if each.certain and each.answered == last else each for each in earlier]
    assert not is_unexplained(undecided)
    assert all(each.asked <= last for each in known)


def test_an_operation_that_may_never_take_effect_may_do_so_after_all_others() -> None:
    lost = Operation(0, ("write", 3), 0, 1, certain=False)
    read = Operation(1, ("read", 3), 8, 9, changes=False)
    assert find([lost, read], 0, AnyEnd()) is not None
    assert find([lost], 0, OneNumber()) == ((), 0), "the last state allows only that it never took effect"
    assert find([replace(lost, asked=10, answered=11), read], 0, AnyEnd()) is None, "not before it was asked"
    assert find([replace(lost, asked=9, answered=11), read], 0, AnyEnd()) is not None, "at that moment, perhaps"


def test_what_is_answered_when_another_is_asked_may_come_after_it() -> None:
    write, read = Operation(0, ("write", 1), 0, 1), Operation(1, ("read", 0), 1, 2, changes=False)
    assert find([write, read], 0, AnyEnd()) is not None
    assert find([write, replace(read, asked=1.001)], 0, AnyEnd()) is None


def test_nothing_is_explained_by_no_order_where_the_last_state_was_not_seen() -> None:
    assert find([], 0, OneNumber()) == ((), 0)
    assert find([], 3, OneNumber()) is None


def test_too_many_states_are_no_verdict() -> None:
    nine = [Operation(n, ("write", n), 0, 9) for n in range(9)]
    with pytest.raises(SearchExhausted):
        find(nine, 0, OneNumber(), 8)
    assert find(nine, 0, OneNumber(), 9) is not None


def test_parts_share_no_key() -> None:
    operations = [Operation(n, text, 0, 1) for n, text in enumerate(("ab", "c", "bd", "e", "ce"))]
    assert [[each.what for each in part] for part in parts(operations, lambda each: each.what)] == [
        ["ab", "bd"],
        ["c", "e", "ce"],
    ]


# Batches

TARGET: Final = reference()
GATEWAYS: Final = [TARGET.gateway(name) for name in ("vpn-quota", "vpn-dual-2", "vpn-single-2")]
SOURCES: Final = ("192.168.1.0/24", "192.168.0.0/16", "172.16.1.0/24")


def dialect_of(dice: Random) -> Dialect:
    """Any dialect of an endpoint that has settled before it answers."""
    refuses = frozenset(name for name in sorted(REFUSED) if dice.random() < 0.5)
    kinds = list(OpenToken)
    return replace(
        DEFAULT,
        refuses=refuses,
        settles_after=0,
        precedence=tuple(dice.sample(DEFAULT.precedence, len(DEFAULT.precedence))),
        other_token=dice.choice((OpenToken.JUDGE, OpenToken.MISMATCH)),
        respelled_token=dice.choice((OpenToken.REPLAY, OpenToken.JUDGE)),
        deleted_token=dice.choice((OpenToken.JUDGE, OpenToken.REPLAY)) if kinds else OpenToken.JUDGE,
    )


def request_of(dice: Random) -> Request:
    """A creation or a deletion, with few values, so that they meet."""
    gateway = dice.choice(GATEWAYS)
    assert gateway is not None
    parameters = ordinary(TARGET, gateway, RouteSource=dice.choice(SOURCES), Weight=dice.choice(("100", "0")))
    parameters["PublishVpc"] = dice.choice(("true", "false"))
    if dice.random() < 0.3:
        return delete(parameters)
    token = dice.choice(("", "", "one", "two"))
    return create({**parameters, **({"ClientToken": token} if token else {})})


def interleaved(dice: Random, size: int) -> tuple[ConcurrentBatch, Transcript]:
    """A batch that takes effect in some order within its moments; some answers are lost."""
    dialect, requests = dialect_of(dice), [request_of(dice) for _ in range(size)]
    account, came = Account(TARGET), {}
    for moment, number in enumerate(dice.sample(range(size), size)):
        account, answer = step(account, requests[number], VIRTUAL_START + moment, dialect)
        lost = dice.random() < 0.1
        received = NoAnswer("closed", "closed") if lost else answer
        came[number] = Interaction(requests[number], received, moment - dice.random() * 4, moment + dice.random() * 4)
    lists = {}
    for gateway in {request.parameters["VpnGatewayId"] for request in requests}:
        shown = step(account, look(TARGET, gateway), VIRTUAL_START + size, dialect)[1]
        entries = entries_of(shown)
        assert entries is not None
        lists[gateway] = entries[0]
    batch = ConcurrentBatch(Account(TARGET), DEFAULT_SPEC, lists, 1)
    return batch, [came[number] for number in range(size)]


@pytest.mark.parametrize("seed", range(4))
def test_what_happened_in_some_order_is_never_accused(seed: int) -> None:
    dice = Random(seed)
    for _ in range(300):
        batch, came = interleaved(dice, dice.randrange(1, 9))
        assert isinstance(explain(batch, operations_of(came)), Explained)


def test_two_that_cannot_both_be_are_named_and_no_others() -> None:
    gateway = GATEWAYS[2]
    assert gateway is not None
    one, apart = ordinary(TARGET, gateway), ordinary(TARGET, gateway, RouteSource="172.16.1.0/24")
    inside = {**one, "RouteSource": "192.168.1.0/25"}
    requests = [create(parameters) for parameters in (apart, one, apart, inside)]
    exists = Answer(400, {"Code": "VpnRouteEntry.AlreadyExists"})
    answers = [Answer(200, {}), Answer(200, {}), exists, Answer(200, {})]
    batch = ConcurrentBatch(Account(TARGET), DEFAULT_SPEC, {}, 1)
    came = [Interaction(request, answer, 0, 1) for request, answer in zip(requests, answers, strict=True)]
    found = explain(batch, operations_of(came))
    assert found == Unexplained((1, 3), by_lists=False)


def test_a_refusal_before_its_reason_is_not_explained() -> None:
    gateway = GATEWAYS[2]
    assert gateway is not None
    one = create(ordinary(TARGET, gateway))
    refused, success = Answer(400, {"Code": "VpnRouteEntry.AlreadyExists"}), Answer(200, {})
    batch = ConcurrentBatch(Account(TARGET), DEFAULT_SPEC, {}, 1)
    for asked, by in ((0.5, Explained), (2.0, Unexplained)):
        came = [Interaction(one, refused, 0, 1), Interaction(one, success, asked, inf)]
        assert isinstance(explain(batch, operations_of(came)), by)
