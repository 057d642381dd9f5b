"""The public strategies: what they draw from, that they compose, and what they say where they cannot draw anything."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from pbr_conformance.simulator import SPECS, Account, Request, Simulator, Target, assess, parse_target, reference, step
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.wire.codec import HttpRequest, read_request, write_request
from pbr_conformance.strategies import histories, requests
from pbr_conformance.strategies.decoder import decoded_histories
from pbr_conformance.strategies.plain_requests import partitions

REFERENCE: Final = reference()
ONE: Final = parse_target('[[gateways]]\nid = "vpn-a"\nconnections = ["vco-a"]\nscratch = true\n', "one.toml")
ABROAD: Final = parse_target(
    '[endpoint]\nregion = "eu-central-1"\n'
    '[[gateways]]\nid = "vpn-a"\npriority = false\nconnections = ["vco-a"]\nscratch = true\n'
    '[[gateways]]\nid = "vpn-b"\nconnections = []\nscratch = true\n'
    '[[gateways]]\nid = "vpn-c"\nconnections = ["vco-c"]\n',
    "abroad.toml",
)
TARGETS: Final = (REFERENCE, ONE, ABROAD)
STATELESS: Final = ("format", "weight", "cidr", "description", "overlay", "caller", "next-hop")
"""The chapters of conditions that one request breaks whatever was created before."""

each_target = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
few = settings(max_examples=30, database=None)
STRATEGIES: Final[tuple[Callable[..., SearchStrategy[Any]], ...]] = (requests, histories)


@each_target
def test_a_request_is_on_a_scratch_gateway_that_has_connections(target: Target) -> None:
    usable = {gateway.id for gateway in target.gateways if gateway.scratch and gateway.connections}

    @few
    @given(requests(target))
    def check(request: Request) -> None:
        assert request.get("VpnGatewayId") in {*usable, "vpn-nowhere", "", None}

    check()


@each_target
def test_a_request_without_wrong_values_is_right_by_itself(target: Target) -> None:
    account = Account(target)

    @few
    @given(requests(target, wrong_values=False))
    def check(request: Request) -> None:
        broken = [each for each in assess(account, request) if each.condition.chapter in STATELESS]
        assert broken == []

    check()


@each_target
def test_whatever_is_drawn_can_be_sent_and_read_again(target: Target) -> None:
    callers = {role: role for role in ("owner", "sub_user", "unauthorized")}

    @few
    @given(histories(target))
    def check(history: list[Request]) -> None:
        account = Account(target)
        for request in history:
            query = write_request(request, request.caller)
            assert read_request(HttpRequest("GET", "/", query, {}, b""), callers) == request
            account, answer = step(account, request, 0)
            assert 200 <= answer.status < 500

    check()


@each_target
def test_half_of_the_requests_are_right(target: Target) -> None:
    account, seen, right = Account(target), 0, 0

    @settings(max_examples=100, database=None, derandomize=True)
    @given(requests(target))
    def count(request: Request) -> None:
        nonlocal seen, right
        seen += 1
        right += not any(each.condition.chapter in STATELESS for each in assess(account, request))

    count()
    assert 0.3 < right / seen < 0.9


@pytest.mark.parametrize("spec", SPECS)
def test_a_request_has_the_parameters_of_its_version(spec: str) -> None:
    names = {row.name for row in PARAMETERS if row.holds_in(spec)}

    @few
    @given(histories(REFERENCE, spec=spec))
    def check(history: list[Request]) -> None:
        assert all(request.parameters.keys() <= names for request in history)

    check()


DUAL: Final = requests(
    REFERENCE, gateways="vpn-dual", weight=0, priority=st.integers(1, 5), client_token=None, caller="sub_user"
)


@few
@given(DUAL)
def test_a_keyword_fixes_a_parameter(request: Request) -> None:
    assert request.get("Weight") == "0"
    assert request.get("Priority") in {"1", "2", "3", "4", "5"}
    assert request.get("ClientToken") is None
    assert request.caller == "sub_user"
    assert request.get("VpnGatewayId") in {"vpn-dual", "vpn-nowhere", "", None}


@settings(max_examples=10, database=None)
@given(st.lists(requests(ONE), min_size=1, max_size=3), requests(ONE).map(repr), st.data())
def test_the_strategies_compose(several: list[Request], text: str, data: st.DataObject) -> None:
    assert all(isinstance(request, Request) for request in several)
    assert text.startswith("create(")
    chosen = data.draw(requests(ONE).filter(lambda request: request.get("DryRun") is None))
    assert chosen.get("DryRun") is None
    again = data.draw(st.sampled_from(several).flatmap(lambda request: st.tuples(st.just(request), histories(ONE))))
    assert again[0] in several


@few
@given(histories(ONE, max_size=4))
def test_a_history_is_as_long_as_one_says(history: list[Request]) -> None:
    assert len(history) <= 4


@pytest.mark.slow
def test_histories_meet_what_was_created_before() -> None:
    answers: set[tuple[str, int]] = set()

    @settings(max_examples=80, database=None, derandomize=True)
    @given(histories(ONE, wrong_values=False))
    def collect(history: list[Request]) -> None:
        simulator = Simulator(ONE)
        answers.update((request.action, simulator.send(request).status) for request in history)

    collect()
    assert {
        ("CreateVpnPbrRouteEntry", 200),
        ("CreateVpnPbrRouteEntry", 400),
        ("DeleteVpnPbrRouteEntry", 200),
        ("DescribeVpnPbrRouteEntries", 200),
    } <= answers


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_drawn_depends_on_no_global_state(
    strategy: Callable[..., SearchStrategy[Any]],
) -> None:
    def drawn() -> list[object]:
        found: list[object] = []

        @settings(max_examples=20, database=None, derandomize=True)
        @given(strategy(REFERENCE))
        def collect(value: object) -> None:
            found.append(value)

        collect()
        return found

    first = drawn()
    random.seed(7)
    assert drawn() == first


# --- What cannot be drawn from ------------------------------------------------------------------------------

NO_SCRATCH: Final = parse_target('[[gateways]]\nid = "vpn-a"\nconnections = ["vco-a"]\n', "kept.toml")
NO_CONNECTION: Final = parse_target('[[gateways]]\nid = "vpn-a"\nscratch = true\n', "bare.toml")
NO_GATEWAY: Final = parse_target("", "empty.toml")
LOCKED: Final = parse_target(
    '[[gateways]]\nid = "vpn-a"\nbusiness = "financial_locked"\nconnections = ["vco-a"]\nscratch = true\n',
    "locked.toml",
)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    ("target", "keywords", "says"),
    [
        (NO_SCRATCH, {}, "target 'kept' has no gateway with scratch = true"),
        (NO_GATEWAY, {}, "target 'empty' has no gateway with scratch = true"),
        (NO_CONNECTION, {}, "target 'bare' has no gateway with a connection"),
        (LOCKED, {"wrong_values": False}, "target 'locked' has no gateway that takes a route"),
        (REFERENCE, {"gateways": ["vpn-singel"]}, "'vpn-singel' is not in target 'reference', which has vpn-single"),
        (REFERENCE, {"spec": "2027-01-01"}, "spec: is '2027-01-01'; expected one of 2020-11-20"),
    ],
)
def test_where_nothing_can_be_drawn_an_error_says_why(
    strategy: Callable[..., SearchStrategy[Any]], target: Target, keywords: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=r"one of|has") as caught:
        strategy(target, **keywords)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_no_target_is_refused(strategy: Callable[..., SearchStrategy[Any]]) -> None:
    with pytest.raises(TypeError, match="target: is of type Partition; expected a Target"):
        strategy(partitions(REFERENCE)[0])


def test_an_unknown_keyword_is_refused_with_those_that_are_near() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'wieght'; expected weight"):
        requests(ONE, wieght=0)


def test_a_parameter_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match=r"expected a text, an integer, a boolean or None"):
        find_any(requests(ONE, weight=1.5))


def test_a_history_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        find_any(histories(ONE, max_size=-1))


def test_a_strategy_shows_itself_in_few_words() -> None:
    assert len(repr(requests(REFERENCE))) < 100
    assert len(repr(histories(REFERENCE))) < 100


def find_any(strategy: SearchStrategy[object]) -> None:
    @settings(max_examples=1, database=None)
    @given(strategy)
    def draw(value: object) -> None:
        pass

    draw()


def test_a_gateway_that_is_named_need_not_be_scratch() -> None:
    find_any(requests(NO_SCRATCH, gateways="vpn-a"))


def test_the_decoder_says_what_it_lacks() -> None:
    (lane,) = partitions(ONE)
    with pytest.raises(ValueError, match="parameters: has none that a creation takes"):
        decoded_histories(lane, frozenset())
    with pytest.raises(ValueError, match="has no gateway with scratch = true"):
        decoded_histories(partitions(NO_SCRATCH)[0], frozenset({"Weight"}))
