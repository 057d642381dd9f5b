"""Plans of requests: the same for the same account, kept in files that may be damaged, and harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbr_conformance.conformance.checks import select
from pbr_conformance.conformance.client.state_directory import plans_folder
from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.conformance.engine import kept_plans
from pbr_conformance.conformance.engine.joined_histories import costs, joined
from pbr_conformance.conformance.engine.kept_plans import KeptPlan
from pbr_conformance.conformance.learn.judgement import Judgement
from pbr_conformance.conformance.mutants.generated import generated, is_held_out, planning_sample
from pbr_conformance.conformance.mutants.showing import played, shown_by
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import create, ordinary, partitions
from tests.accounts import ACCOUNTS

CHECKS = select(("state/created", "next-hop/unknown"))
TARGET = ACCOUNTS["few-scratch"]
TERMS = Judgement(DEFAULT_SPEC)


@pytest.fixture(autouse=True)
def _nothing_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    kept_plans.forget()


def planned(*portions: float, target: Target = TARGET) -> list[list[Item]]:
    plan = KeptPlan(CHECKS, target, TERMS)
    return [plan.portion(most) for most in portions]


@pytest.mark.slow
def test_a_plan_is_the_same_whether_it_is_read_or_worked_out_and_a_damaged_file_is_as_none() -> None:
    small = ACCOUNTS["one-single"]
    first = planned(30, 40, target=small)
    assert all(first)
    (path,) = plans_folder().glob("*.json")
    kept_plans.forget()
    assert planned(30, 40, target=small) == first
    assert planned(30, 40, 20, target=small)[:2] == first, "what was read is worked out again where more is asked for"
    for damaged in ('{"[[30, 0.0]]": 7}', '{"[[30'):
        path.write_text(damaged)
        kept_plans.forget()
        assert planned(30, 40, target=small) == first


@pytest.mark.slow
def test_a_plan_keeps_to_scratch_gateways_and_to_what_was_asked() -> None:
    scratch = {gateway.id for gateway in TARGET.gateways if gateway.scratch}
    declared = {gateway.id for gateway in TARGET.gateways}
    for most in (20, 60):
        (items,) = planned(most)
        assert 0 < costs(items, TERMS) <= most + 3
        for request in (request for item in items for request in item.history if request.action == CREATE):
            name = request.get("VpnGatewayId")
            assert name in scratch or name not in declared or request.get("DryRun") == "true"


def test_histories_join_where_they_do_not_disturb_one_another() -> None:
    part = partitions(TARGET)[0]
    gateway = part.plain()[0]
    first = create(ordinary(TARGET, gateway))
    apart = create(ordinary(TARGET, gateway, RouteDest="10.77.0.0/16", RouteSource="192.168.77.0/24"))
    items = [Item("state/created", part, history) for history in ((first,), (apart,), (apart, apart))]
    together = joined(items, TERMS.right())
    assert [item.history for item in together] == [(first, apart), (apart, apart)]
    assert together[0].scene == {0, 1}
    assert costs(together, TERMS) < costs(items, TERMS)


def test_histories_join_with_other_destinations_where_they_would_disturb_one_another() -> None:
    part = partitions(TARGET)[0]
    first = create(ordinary(TARGET, part.plain()[0], PublishVpc="true"))
    again = Item("state/created", part, (first, first))
    (together,) = joined([again, again], TERMS.right())
    moved = together.history[2:]
    assert together.history[:2] == (first, first)
    assert moved[0] == moved[1] != first
    assert together.scene == {0, 2}, "the second of each is refused, as it was alone"


def test_plans_are_made_by_the_half_of_the_mutants_that_no_score_is_of() -> None:
    sample = planning_sample(4, 2)
    assert not any(is_held_out(each.mutant) for each in sample)
    by_operator = [each.mutant.operator for each in sample]
    assert max(map(by_operator.count, by_operator)) <= 6


@pytest.mark.slow
def test_few_requests_of_a_plan_show_more_unseen_mutants_than_the_first_histories_of_the_checks() -> None:
    unseen = [mutant for mutant in generated() if is_held_out(mutant)][::16]
    (items,) = planned(40)
    plays = [played(TARGET, item.history, TERMS.right()) for item in items]
    shown = {name for play in plays for name in shown_by(play, unseen, TERMS.right())}
    part = partitions(TARGET)[0]
    usual = tuple(create(ordinary(TARGET, part.plain()[0], RouteDest=f"10.{number}.0.0/16")) for number in range(18))
    assert len(shown) > len(shown_by(played(TARGET, usual, TERMS.right()), unseen, TERMS.right()))
