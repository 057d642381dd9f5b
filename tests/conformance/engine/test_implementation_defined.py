"""What an endpoint decided for itself: which MAY it refuses, and which of two conditions wins."""

from __future__ import annotations

from pbr_conformance.conformance.client.endpoint import VIRTUAL_START as NOW
from pbr_conformance.conformance.engine.counters import Ledger
from pbr_conformance.conformance.engine.implementation_defined import opinions
from pbr_conformance.reports.data.implementation_defined import ReportedDecision, ReportedPrecedence
from pbr_conformance.reports.data.results import Observation
from pbr_conformance.simulator.documentation.create import error
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.simulator.rules.oracle import allow
from tests.conformance.doubles import TARGET, TERMS, Unreliable, creation, examined, honest, refused


def noted(*came: tuple[Request, Answer], account: Account | None = None) -> Ledger:
    """The ledger of answers to creations, each on its own."""
    ledger = Ledger()
    for request, answer in came:
        ledger.note(request, answer, allow(account or Account(TARGET), request, None, TERMS.spec))
    return ledger


def success(request: Request) -> Answer:
    answer = step(Account(TARGET), request, NOW, DEFAULT)[1]
    assert isinstance(answer, Answer)
    return answer


def precedences(*came: tuple[Request, Answer], account: Account | None = None) -> tuple[ReportedPrecedence, ...]:
    return opinions([noted(*came, account=account)]).precedences


def test_a_may_alone_is_accepted_or_refused_and_the_first_example_is_kept() -> None:
    loose, masked = creation(RouteSource="10.0.0.1/24"), creation(RouteSource="10.1.0.0/255.255.0.0")
    malformed = refused("InvalidCidrBlock.Malformed")
    found = opinions([noted((loose, malformed), (masked, success(creation()))), noted((masked, malformed))])
    assert found.decisions == (
        ReportedDecision("cidr/loose", "MAY", "InvalidCidrBlock.Malformed", 2, "RouteSource 10.0.0.1/24"),
        ReportedDecision("cidr/loose", "MAY", "accepts", 1, "RouteSource 10.1.0.0/255.255.0.0"),
    )
    assert found.precedences == ()


def test_the_condition_that_names_the_code_has_won_over_every_other() -> None:
    request = creation(Weight="7", NextHop="vco-none", RouteSource="10.0.0.1/24")
    assert precedences((request, refused("InvalidNextHop.NotFound", 404))) == (
        ReportedPrecedence("next-hop/unknown", "weight/value", "InvalidNextHop.NotFound", 1),
        ReportedPrecedence("next-hop/unknown", "cidr/loose", "InvalidNextHop.NotFound", 1),
    )


def test_of_conditions_that_any_code_answers_the_code_is_like_one() -> None:
    request = creation(Priority="500", Description="x" * 101)
    (found,) = precedences((request, refused("Invalid.Priority")))
    assert (found.won, found.lost, found.clear) == ("priority/range", "description/length", True)
    (unclear,) = precedences((request, refused("NoSuchLuck")))
    assert (unclear.won, unclear.lost, unclear.clear) == ("priority/range", "description/length", False)


def test_a_code_that_two_conditions_share_says_nothing_of_their_order() -> None:
    account, _ = step(Account(TARGET), creation(), NOW, DEFAULT)
    again = creation(ClientToken="other")
    found = precedences((again, refused("VpnRouteEntry.Conflict")), account=account)
    assert found
    assert not any(each.clear for each in found)
    (exists, *_) = precedences((again, refused("VpnRouteEntry.AlreadyExists")), account=account)
    assert (exists.won, exists.clear) == ("route/exists", True)


def test_dry_runs_and_what_is_said_against_more_than_the_token_are_left_out() -> None:
    loose = {"RouteSource": "10.0.0.1/24"}
    account, _ = step(Account(TARGET), creation(ClientToken="t"), NOW, DEFAULT)
    ledger = noted(
        (creation(**loose, DryRun="true"), refused("DryRunOperation")),
        (creation(**loose, ClientToken="t"), refused("IdempotentParameterMismatch")),
        account=account,
    )
    assert opinions([ledger]) == opinions([])


def test_a_token_used_before_is_a_stance_too() -> None:
    account, _ = step(Account(TARGET), creation(ClientToken="t"), NOW, DEFAULT)
    other = creation(ClientToken="t", RouteDest="10.77.0.0/16")
    (found,) = opinions([noted((other, refused("IdempotentParameterMismatch")), account=account)]).decisions
    assert found == ReportedDecision(
        "token/open", "MAY", "IdempotentParameterMismatch", 1, "ClientToken: other parameters"
    )


def test_a_check_observes_the_same_choices_and_the_wordings_that_are_not_documented() -> None:
    loose, both = creation(RouteSource="10.0.0.1/24"), creation(Weight="7", NextHop="vco-none")
    three = creation(Weight="7", NextHop="vco-none", RouteSource="10.0.0.1/24")
    ledger = noted(
        (loose, success(creation())),
        (creation(**loose.parameters, DryRun="true"), refused("InvalidCidrBlock.Malformed")),
        (both, refused("InvalidNextHop.NotFound", 404)),
        (both, refused("InvalidNextHop.NotFound", 404)),
        (three, refused("InvalidNextHop.NotFound", 404)),
        (creation(), success(creation())),
    )
    assert ledger.observations() == [
        Observation("cidr/loose", "InvalidCidrBlock.Malformed", 1, ("cidr/loose",)),
        Observation("cidr/loose", "accepts", 1, ("cidr/loose",)),
        Observation("message of InvalidCidrBlock.Malformed", "InvalidCidrBlock.Malformed.", 1),
        Observation("message of InvalidNextHop.NotFound", "InvalidNextHop.NotFound.", 3),
        Observation(
            "next-hop/unknown with weight/value",
            "InvalidNextHop.NotFound",
            2,
            ("next-hop/unknown", "weight/value"),
        ),
    ]


def test_a_message_that_is_documented_for_its_case_is_no_observation() -> None:
    row = error("VpnRouteEntry.InvalidWeight")
    answer = Answer(row.status, {"Code": row.code, "Message": row.message, "RequestId": "r"})
    assert noted((creation(Weight="7"), answer)).observations() == []


def test_a_run_finds_the_order_of_the_simulator() -> None:
    found = opinions(examined("cidr/loose", Unreliable(honest)).ledgers)
    assert {each.decided for each in found.decisions if each.address == "cidr/loose"} == {"InvalidCidrBlock.Malformed"}
    clear = {(each.won, each.lost) for each in found.precedences if each.clear}
    assert clear
    assert not {(lost, won) for won, lost in clear} & clear  # one simulator has one order
