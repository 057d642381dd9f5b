"""The three questions, and what follows from answers and from decisions that are turned round."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbr_conformance.conformance.learn.constraints import Constraints, ObservedAnswer
from pbr_conformance.conformance.learn.discriminates import Showing
from pbr_conformance.conformance.learn.evaluator import AnswerOf, Met, met_by
from pbr_conformance.conformance.learn.learned_dialect import ConditionRule, LearnedDialect, OrderStep
from pbr_conformance.conformance.learn.questions import Query, question_of
from pbr_conformance.conformance.learn.words import decisions
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, error
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import partitions
from tests.conformance.known_dialects import fully_known
from tests.conformance.learned import TARGET
from tests.simulator.oracle_rows import Changes, parameters

VPN, NEXT_HOP = "OperationFailed.RouteConflict/vpn", "OperationFailed.RouteConflict/next-hop"
OTHER_VPN = Met("vpc/other-vpn", True, (), (VPN,), "RouteDest", False)
OTHER_HOP = Met("vpc/other-next-hop", True, (), (NEXT_HOP,), "RouteDest", False)
LOOSE = Met("cidr/loose", False, ("host bits",), ("InvalidCidrBlock.Malformed",), "RouteDest", True)


def asked(changes: Changes) -> Query:
    found = question_of(partitions(TARGET)[0], (Request(CREATE, parameters(changes)),), DEFAULT_SPEC)
    assert found is not None
    return found


# Learning


def test_a_message_tells_two_conditions_with_one_code_apart() -> None:
    known = Constraints()
    said = AnswerOf(error(NEXT_HOP).code, error(NEXT_HOP).message)
    assert error(NEXT_HOP).code == error(VPN).code
    known.observe(ObservedAnswer("q1", (OTHER_VPN, OTHER_HOP), said, dry=False))
    assert known.answers == {OTHER_HOP.key: said}
    assert known.before == {"vpc/other-next-hop": {"vpc/other-vpn": "q1"}}


def test_a_message_that_is_of_no_row_does_not() -> None:
    known = Constraints()
    known.observe(ObservedAnswer("q1", (OTHER_VPN, OTHER_HOP), AnswerOf(error(VPN).code, "No."), dry=False))
    assert not known.answers
    assert not known.beats
    assert known.outcomes((OTHER_VPN, OTHER_HOP), dry=False).names == {"vpc/other-vpn", "vpc/other-next-hop"}


def test_what_was_answered_although_a_may_was_met_comes_before_it_or_it_is_let_pass() -> None:
    known = Constraints()
    said = AnswerOf(error(VPN).code, error(VPN).message)
    known.observe(ObservedAnswer("q1", (LOOSE, OTHER_VPN), said, dry=False))
    assert known.is_refused(LOOSE, dry=False) is None
    assert known.outcomes((LOOSE, OTHER_VPN), dry=False).names == {"vpc/other-vpn"}
    malformed = AnswerOf("InvalidCidrBlock.Malformed", "No.")
    known.observe(ObservedAnswer("q2", (LOOSE,), malformed, dry=False))
    assert known.before == {"vpc/other-vpn": {"cidr/loose": "q1"}}


def test_answers_of_two_orders_are_a_conflict_with_both() -> None:
    known = Constraints()
    for id, first in (("q1", OTHER_VPN), ("q2", OTHER_HOP)):
        row = error(first.errors[0])
        known.observe(ObservedAnswer(id, (OTHER_VPN, OTHER_HOP), AnswerOf(row.code, row.message), dry=False))
    (conflict,) = known.conflicts
    assert (conflict.first, conflict.then) == ("vpc/other-next-hop", "vpc/other-vpn")
    assert (conflict.now, conflict.earlier) == ("q2", "q1")


# What a question shows


def test_of_conditions_that_are_answered_alike_a_question_shows_no_decision_and_no_step() -> None:
    showing = Showing(fully_known(DEFAULT))
    clear, vague = showing.shown(asked({"RouteSource": "x", "RouteDest": "10.2.0.1/24"}))
    kinds = {pin[0] for pin in clear | vague}
    assert ("message", "InvalidCidrBlock.Malformed") in clear
    assert not kinds & {"decision", "order"}


def test_of_conditions_with_answers_of_their_own_it_shows_both() -> None:
    pins = fully_known(replace(DEFAULT, answers={"cidr/loose": "IllegalParam.RouteDest"}))
    question = asked({"RouteDest": "10.2.0.1/24", "Priority": "0"})
    clear, _ = Showing(pins).shown(question)
    assert ("decision", "cidr/loose", "host bits") in clear
    assert ("order", "cidr/loose", "priority/range") in clear
    assert Showing(pins).about(question) == "cidr/loose"


def test_of_what_is_not_pinned_it_shows_nothing() -> None:
    clear, vague = Showing(LearnedDialect("empty", "2026-01-01")).shown(asked({"RouteDest": "10.2.0.1/24"}))
    assert not clear | vague


# The three questions


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (ConditionRule("refuses"), True),
        (ConditionRule("accepts"), False),
        (ConditionRule("unseen"), None),
        (ConditionRule("accepts", {"host bits": "refuses"}), True),
        (ConditionRule(cases={"host bits": "accepts"}), None),
        (ConditionRule("accepts", {"IPv6": "refuses"}), False),
    ],
)
def test_a_may_is_refused_if_one_of_its_cases_is(rule: ConditionRule, refused: bool | None) -> None:
    pins = LearnedDialect("d", "2026-01-01", conditions={"cidr/loose": rule})
    met = replace(LOOSE, cases=("host bits", "a mask"))
    assert pins.is_refused(met, dry=False) is refused


def test_a_dry_run_passes_over_what_it_is_known_to_and_is_open_where_it_is_not() -> None:
    for dry_run, refused in (("skips", False), ("looks", True), ("unseen", None), (None, None)):
        rule = ConditionRule("refuses", dry_run=dry_run)  # type: ignore[arg-type]
        pins = LearnedDialect("d", "2026-01-01", conditions={"cidr/loose": rule})
        assert pins.is_refused(LOOSE, dry=True) is refused
        assert pins.is_refused(LOOSE, dry=False) is True


def test_the_outcomes_are_what_nothing_refused_comes_before() -> None:
    order = (OrderStep("vpc/other-vpn", ("cidr/loose",)),)
    pins = LearnedDialect("d", "2026-01-01", order=order)
    outcomes = pins.outcomes((LOOSE, OTHER_HOP, OTHER_VPN), dry=False)
    assert outcomes.names == {"vpc/other-next-hop", "vpc/other-vpn"}
    assert pins.outcomes((LOOSE,), dry=False).names == {"cidr/loose", ""}


def test_a_decision_says_where_it_was_asked() -> None:
    """An endpoint that refuses every duplicate, and takes a tolerated spelling for another route."""
    rules = {"route/exists": ConditionRule("accepts"), "format/token": ConditionRule("accepts")}
    lines = list(decisions(LearnedDialect("d", "2026-01-01", conditions=rules)))
    assert lines[0].endswith("accepts; asked where it is a MAY: a prefix in a tolerated spelling")
    assert lines[1].endswith("accepts")


def test_what_a_request_meets_is_described_as_the_oracle_finds_it() -> None:
    met = met_by(Account(TARGET), Request(CREATE, parameters({"RouteDest": "10.2.0.1/24"})), DEFAULT_SPEC)
    assert [(each.name, each.must, each.cases) for each in met] == [("cidr/loose", False, ("host bits",))]
