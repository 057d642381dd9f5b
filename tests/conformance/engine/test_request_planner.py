"""The planner: what it has chosen it does not choose again, and what goes on from it does not disturb it."""

from __future__ import annotations

import pytest

from pbr_conformance.conformance.checks import select
from pbr_conformance.conformance.engine.history_tree import history_trees
from pbr_conformance.conformance.engine.request_planner import RequestPlanner
from pbr_conformance.conformance.engine.tree_showing import TreeShowing
from pbr_conformance.simulator.rules.dialect import DEFAULT
from tests.accounts import ACCOUNTS


@pytest.fixture(scope="module", name="showing")
def _showing() -> TreeShowing:
    checks = select(("state/created", "next-hop/unknown"))
    return TreeShowing(history_trees(checks, ACCOUNTS["one-single"], DEFAULT), DEFAULT)


@pytest.mark.slow
def test_what_goes_on_from_a_planner_does_not_disturb_it(showing: TreeShowing) -> None:
    alone, origin = RequestPlanner(showing), RequestPlanner(showing)
    branches = [origin.branch(thrift) for thrift in (1.0, 0.7)]
    plans = [branch.portion(40) for branch in branches]
    assert origin.portion(40) == alone.portion(40) == plans[0]
    assert plans[1] != plans[0]
    assert branches[0].branch(1.0).portion(30) == origin.portion(30), "it goes on where the other has stopped"


@pytest.mark.slow
def test_more_requests_show_more(showing: TreeShowing) -> None:
    planner, shown = RequestPlanner(showing), [(0, 0)]
    for _ in range(3):
        assert planner.portion(12)
        shown.append(planner.shown)
    assert shown == sorted(set(shown))
