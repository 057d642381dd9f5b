"""The oracle against a second one, written again from the reading: they agree after every request of any history."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbr_conformance.conformance.explore.random_dialects import Pick, by_chance
from pbr_conformance.simulator.documentation.actions import CREATE, DELETE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT, Dialect, OpenToken
from pbr_conformance.simulator.rules.oracle import allow, assess
from tests.simulator.histories import CIDRS, ODD, History, by_hypothesis, tolerant
from tests.simulator.slow_oracle import Fault, SlowAccount, Verdict

TARGET = reference()
PLAIN = {
    "RegionId": "cn-hangzhou",
    "VpnGatewayId": "vpn-single",
    "RouteSource": "10.1.0.0/24",
    "RouteDest": "10.2.0.0/24",
    "NextHop": "vco-single-a",
    "Weight": "100",
    "PublishVpc": "false",
}


class Both:
    """One account, kept twice. Between two requests the gateways come to rest."""

    def __init__(self, target: Target, dialect: Dialect = DEFAULT) -> None:
        self.fast, self.slow = Account(target), SlowAccount(target)
        self._dialect = dialect
        self._now = 1_700_000_000_000

    def send(self, request: Request) -> Answer:
        """Compare what both say of a request, and let both accounts move on."""
        self._now += 5_000
        if request.action == CREATE:
            assert self.faults(request) == self.slow.assess(request.parameters, request.caller)
            assert self.verdict(request) == self.slow.allowed(request.parameters, request.caller)
        self.fast, answer = step(self.fast, request, self._now, self._dialect)
        if answer.members and answer.members.get("CreateTime") == self._now:
            self.slow.created(request.parameters, request.caller)
        elif request.action == DELETE and answer.code is None:
            self.slow.deleted(request.parameters)
        return answer

    def faults(self, request: Request) -> set[Fault]:
        """What the oracle finds, in the slow one's form."""
        broken = assess(self.fast, request, self._now)
        return {(one.condition.id, one.strength.value, one.codes or None) for one in broken}

    def verdict(self, request: Request) -> Verdict:
        """What the oracle allows, in the slow one's form."""
        allowed = allow(self.fast, request, self._now)
        codes = frozenset(code for one in allowed.broken for code in one.codes)
        return Verdict(allowed.success, allowed.dry_run, codes, allowed.any_refusal)


def play(pick: Pick, length: int, dialect: Dialect = DEFAULT) -> Counter[str]:
    """One history, compared at each step; how often each answer came."""
    both, history, answers = Both(TARGET, dialect), History(pick, TARGET), Counter[str]()
    for _ in range(length):
        request = history.next()
        answer = both.send(request)
        answers[answer.code or "success"] += 1
        if request.action == CREATE and answer.code is None:
            history.made(request)
    return answers


@pytest.mark.slow
@given(st.data())
@settings(deadline=None, max_examples=60)
def test_both_agree_on_histories_that_hypothesis_finds(data: st.DataObject) -> None:
    play(by_hypothesis(data), data.draw(st.integers(1, 12)))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_both_agree_on_five_thousand_random_requests(part: int) -> None:
    answers = Counter[str]()
    for seed in range(100):
        answers += play(by_chance(seed * 4 + part), 50)
    assert answers.total() == 5_000
    # It is no use to agree on refusals of the same kind: the histories get somewhere.
    assert answers["success"] > 1_000
    assert len(answers) > 30


@pytest.mark.slow
def test_both_agree_where_an_endpoint_accepts_what_the_reading_tolerates() -> None:
    for seed in range(100):
        pick = by_chance(seed)
        play(pick, 40, tolerant(pick))


@given(text=st.one_of(st.text(max_size=24), st.text("0123456789./: \tabcf-", max_size=20), st.sampled_from(CIDRS)))
@settings(deadline=None)
def test_both_read_any_text_alike(text: str) -> None:
    both = Both(TARGET)
    for name in ODD:
        both.send(Request(CREATE, {**PLAIN, name: text}))


@given(st.data())
@settings(deadline=None)
def test_both_read_any_number_alike(data: st.DataObject) -> None:
    number = data.draw(st.one_of(st.integers(-200, 200), st.integers(-(2**33), 2**33)))
    text = f"{'-' * (number < 0)}{'0' * data.draw(st.integers(0, 3))}{abs(number)}"
    for gateway in ("vpn-single", "vpn-dual", "vpn-no-priority", "vpn-none"):
        for name in ("Weight", "Priority"):
            Both(TARGET).send(Request(CREATE, {**PLAIN, "VpnGatewayId": gateway, name: text}))


def test_both_agree_on_texts_of_any_length_and_character() -> None:
    both = Both(TARGET)
    for text in ("::\0", "10.1.0.0/24\0", "0" * 60 + "10.1.0.0/24", "10.0.0.0/" + "0" * 70 + "8", "::/00064"):
        both.send(Request(CREATE, {**PLAIN, "RouteSource": text}))
        both.send(Request(CREATE, {**PLAIN, "RouteDest": text}))
    for text in ("0" * 5_000 + "100", "-" + "9" * 5_000):
        both.send(Request(CREATE, {**PLAIN, "Weight": text}))
        both.send(Request(CREATE, {**PLAIN, "Priority": text}))


def test_both_agree_on_a_token_that_succeeded_twice() -> None:
    both = Both(TARGET, Dialect(other_token=OpenToken.JUDGE))
    first = {**PLAIN, "ClientToken": "t"}
    for parameters in (first, {**first, "RouteDest": "10.3.0.0/24"}, first, {**first, "PublishVpc": "False"}):
        both.send(Request(CREATE, parameters))
