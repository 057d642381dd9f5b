"""A list is from before what answers have said since: it neither adds to the model what is deleted nor takes from it.

Each of these accused a correct endpoint, or left a check without a verdict.
"""

from __future__ import annotations

import zlib

import pytest

from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.simulator.model.messages import Answer
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import create, look, ordinary

from .account import SharedAccount
from .conditions import LaggingLists, LostAnswers, WeightOfCreation
from .rig import Field, outcome
from .rows import field_of

LAG = 1.9
"""Seconds; less than a list on this machine is taken to lag."""


def test_a_list_lags_no_longer_than_it_does_whatever_happens_while_nobody_asks() -> None:
    target = reference()
    account, gateway = SharedAccount(target, DEFAULT, [LaggingLists(LAG)]), target.gateways[0]
    account.send(look(target, gateway), "us")
    account.later(5.0, lambda: account.by_them(create(ordinary(target, gateway))))
    for seconds, routes in ((5.0 + LAG - 0.1, 0), (0.2, 1)):
        account.pass_until(account.now() + round(1000 * seconds))
        shown = account.send(look(target, gateway), "us")
        assert isinstance(shown, Answer)
        assert shown.members is not None
        assert shown.members["TotalCount"] == routes


@pytest.mark.parametrize("address", ["token/open", "state/concurrent"])
def test_what_an_answer_named_or_deleted_is_not_undone_by_a_list_from_before(address: str) -> None:
    ended = outcome(Field((LaggingLists(LAG),), only=(address,), dialect=DEFAULT), 1)
    assert not ended.problems
    assert [check.verdict for check in ended.reports[0].checks] in ([Verdict.OBSERVED], [Verdict.PASS])


def test_an_order_that_lists_from_before_explain_is_tried_again() -> None:
    place = Field((LaggingLists(LAG), LostAnswers(11)), only=("state/concurrent",), dialect=DEFAULT)
    assert not outcome(place, 11).problems


def test_a_route_is_deleted_with_the_weight_that_was_sent() -> None:
    ended = outcome(Field((WeightOfCreation(),), only=("answer/refusal",)), 0)
    assert not ended.problems
    assert [check.verdict for check in ended.reports[0].checks] == [Verdict.PASS]


def test_a_deletion_that_finds_nothing_the_second_time_has_deleted() -> None:
    seed = zlib.crc32(b"16 ('lag of 1 to 2 s', 'resets')")
    assert not outcome(field_of(("lag of 1 to 2 s", "resets"), seed), seed).problems
