"""Whatever an endpoint's mind, as long as it keeps to the documentation the oracle has nothing against it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbr_conformance.conformance.explore.random_dialects import Pick, by_chance, dialect
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import errors_of
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.conditions import CONDITIONS, RANKS
from pbr_conformance.simulator.rules.dialect import DEFAULT, PRECEDENCE, REFUSED, Dialect, OpenToken
from pbr_conformance.simulator.rules.oracle import allow
from tests.simulator.histories import History, by_hypothesis
from tests.simulator.oracle_rows import DUAL, ONE, B, Before, Changes, on, parameters

TARGET = reference()
NOW = 1_700_000_000_000


def is_allowed(account: Account, request: Request, now: int, answer: Answer) -> bool:
    """Whether the oracle lets this answer pass."""
    allowed = allow(account, request, now)
    if answer.code is None:
        return answer.status == 200 and allowed.success
    documented = {row.status for row in errors_of(answer.code)}
    return answer.status in (documented or range(400, 500)) and allowed.refusal(answer.code)


def play(pick: Pick, spoken: Dialect, length: int) -> Counter[str]:
    """One history under a dialect, each answer judged; how often each came."""
    history, account, now, answers = History(pick, TARGET), Account(TARGET), NOW, Counter[str]()
    for _ in range(length):
        request = history.next()
        after, answer = step(account, request, now, spoken)
        if request.action == CREATE:
            assert is_allowed(account, request, now, answer), (request, answer, allow(account, request, now).outcomes())
            answers[answer.code or "success"] += 1
            if answer.code is None:
                history.made(request)
        account, now = after, now + pick((5_000, 5_000, 0, 500, 1_000))
    return answers


@pytest.mark.parametrize("part", range(4))
def test_no_answer_of_any_dialect_is_a_false_verdict(part: int) -> None:
    answers = Counter[str]()
    for seed in range(50):
        pick = by_chance(1_000 * part + seed)
        answers += play(pick, dialect(pick), 60)
    assert answers["success"] > 200
    assert len(answers) > 30


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_nor_of_any_that_hypothesis_finds(data: st.DataObject) -> None:
    spoken = Dialect(
        precedence=tuple(data.draw(st.permutations(PRECEDENCE))),
        refuses=data.draw(st.frozensets(st.sampled_from(PRECEDENCE))),
        other_token=data.draw(st.sampled_from((OpenToken.JUDGE, OpenToken.MISMATCH))),
        respelled_token=data.draw(st.sampled_from(OpenToken)),
        deleted_token=data.draw(st.sampled_from((OpenToken.JUDGE, OpenToken.REPLAY))),
    )
    play(by_hypothesis(data), spoken, data.draw(st.integers(1, 10)))


# The default


def test_every_condition_has_a_rank_of_its_own_in_a_group_that_has_a_reason() -> None:
    ranks = {condition.id: condition.rank for condition in CONDITIONS}
    assert len(set(ranks.values())) == len(ranks)
    assert {rank // 100 for rank in ranks.values()} == RANKS.keys()
    assert list(PRECEDENCE) == sorted(ranks, key=lambda name: ranks[name])


def test_refused_are_those_whose_decision_says_so() -> None:
    assert {condition.id for condition in CONDITIONS if condition.decision and condition.decision.refuses} == REFUSED
    assert {"gateway/busy", "cidr/loose"} < REFUSED
    assert REFUSED.isdisjoint({"ssl/contains", "format/missing"})


# What a dialect decides


def answer_to(spoken: Dialect, changes: Changes, before: Before = ()) -> str | None:
    """The code that a request gets on a gateway at rest; None for a success."""
    account = Account(TARGET)
    for index, earlier in enumerate(before):
        account, _ = step(account, Request(CREATE, parameters(earlier)), NOW + 5_000 * index)
    _, answer = step(account, Request(CREATE, parameters(changes)), NOW + 5_000 * len(before), spoken)
    return answer.code


MAYS: tuple[tuple[str, Changes, Before], ...] = (
    ("format/boolean-spelling", {"PublishVpc": "no"}, ()),
    ("format/empty-optional", {"OverlayMode": ""}, ()),
    ("format/region", {"RegionId": "cn-beijing"}, ()),
    ("format/token", {"ClientToken": "t" * 65}, ()),
    ("cidr/loose", {"RouteDest": "10.2.0.1/24"}, ()),
    ("cidr/reserved-destination", {"RouteDest": "100.64.0.0/10"}, ()),
    ("weight/value", on("vpn-dual", Weight="50"), ()),
    ("description/length", {"Description": "\U0001f600" * 51}, ()),
    ("description/scheme", {"Description": "HTTP://a"}, ()),
    ("overlay/value", {"OverlayMode": "ipsec"}, ()),
    ("priority/unsupported", on("vpn-no-priority", Priority="10"), ()),
    ("next-hop/elsewhere", {"NextHop": "vco-dual-a"}, ()),
    ("route/same-key", {"Priority": "11", "Weight": "0"}, ONE),
    ("route/overlap", {"Weight": "0", "NextHop": B}, ONE),
    ("route/overlap", on("vpn-no-priority", RouteDest="10.2.0.0/16"), (on("vpn-no-priority"),)),
    ("vpc/router-interface", {"PublishVpc": "true", "RouteDest": "10.202.0.0/16"}, ()),
    ("ssl/inside", on("vpn-ssl", RouteDest="192.168.10.0/24"), ()),
    ("ssl/contains", on("vpn-ssl", RouteDest="192.168.0.0/16"), ()),
)


@pytest.mark.parametrize(("condition", "changes", "before"), [pytest.param(*row, id=row[0]) for row in MAYS])
def test_a_may_is_refused_or_not_as_the_dialect_has_it(condition: str, changes: Changes, before: Before) -> None:
    willing, strict = replace(DEFAULT, refuses=frozenset()), replace(DEFAULT, refuses=frozenset({condition}))
    assert answer_to(willing, changes, before) is None
    assert answer_to(strict, changes, before) is not None


def test_no_dialect_accepts_what_breaks_a_must() -> None:
    willing = replace(DEFAULT, refuses=frozenset())
    assert answer_to(willing, {"Weight": "50"}) == "VpnRouteEntry.InvalidWeight"
    assert answer_to(willing, on("vpn-dual", NextHop="vco-dual-b"), DUAL) == "VpnRouteEntry.SrcDestConflict"


def test_of_several_broken_conditions_the_precedence_chooses() -> None:
    both = {"Weight": "50", "NextHop": "vco-none"}
    weight_first = ("weight/value", *(name for name in PRECEDENCE if name != "weight/value"))
    hop_first = ("next-hop/unknown", *(name for name in PRECEDENCE if name != "next-hop/unknown"))
    assert answer_to(replace(DEFAULT, precedence=weight_first), both) == "VpnRouteEntry.InvalidWeight"
    assert answer_to(replace(DEFAULT, precedence=hop_first), both) == "InvalidNextHop.NotFound"


def test_a_dry_run_passes_over_what_its_dialect_skips() -> None:
    taken = {"DryRun": "true"}
    assert answer_to(DEFAULT, taken, ONE) == "VpnRouteEntry.AlreadyExists"
    blind = frozenset({"route/exists", "route/same-weight", "route/overlap"})
    assert answer_to(replace(DEFAULT, dry_run_skips=blind), taken, ONE) == "DryRunOperation"
    assert answer_to(replace(DEFAULT, dry_run_skips=blind), {}, ONE) == "VpnRouteEntry.AlreadyExists"


def test_a_dry_run_is_never_answered_with_the_route_of_a_tolerated_one() -> None:
    # DryRun=yes was taken for no dry run, and created; with the same token DryRun=true has to stay one.
    willing = replace(DEFAULT, refuses=frozenset())
    account, first = step(
        Account(TARGET), Request(CREATE, parameters({"ClientToken": "t", "DryRun": "yes"})), NOW, willing
    )
    again = Request(CREATE, parameters({"ClientToken": "t", "DryRun": "true"}))
    _, answer = step(account, again, NOW + 5_000, willing)
    assert first.code is None
    assert answer.code is not None
    assert is_allowed(account, again, NOW + 5_000, answer)
