"""What a failure shows besides its requests: the parameters that count, and how the prefixes lie to one another."""

from __future__ import annotations

from pbr_conformance.conformance.checks import BY_ADDRESS, CHECKS
from pbr_conformance.conformance.judge.interaction import Interaction
from pbr_conformance.conformance.transcripts.prefix_diagram import diagram_of
from pbr_conformance.conformance.transcripts.relevant_parameters import matters
from pbr_conformance.reports.data.diagram import BoxRole, Diagram
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.conditions import CONDITIONS
from pbr_conformance.simulator.rules.oracle import allow
from pbr_conformance.strategies.plain_requests import delete
from tests.conformance.doubles import TARGET, TERMS, creation, refused

DONE = Answer(200, {"RequestId": "1"})


def sent(request: Request, answer: Answer = DONE) -> Interaction:
    return Interaction(request, answer, allowed=allow(Account(TARGET), request, None, TERMS.spec))


def counts(address: str, request: Request, rule: str = "", at_fault: bool = True) -> tuple[str, ...]:
    return matters(address, rule, sent(request), at_fault)


def drawn(address: str, *requests: Request) -> Diagram | None:
    return diagram_of(address, [sent(request) for request in requests], len(requests) - 1)


def roles(picture: Diagram | None) -> list[tuple[BoxRole, tuple[int, ...], str]]:
    assert picture is not None
    return [(box.role, box.numbers, box.says) for box in picture.boxes]


def test_every_condition_says_what_it_depends_on_in_parameters_that_there_are() -> None:
    names = {row.name for row in PARAMETERS}
    assert all(condition.looks_at or BY_ADDRESS[condition.id].depends is not None for condition in CONDITIONS)
    assert all(set(check.depends or ()) <= names for check in CHECKS)


def test_a_condition_about_texts_counts_the_one_that_broke_it_and_only_where_it_did() -> None:
    request = creation(Priority="500", Weight="100")
    assert counts("priority/range", request) == ("Priority",)
    assert counts("priority/range", request, at_fault=False) == ()
    assert counts("format/missing", creation(NextHop=None)) == ("NextHop",)
    assert counts("format/type", creation(Weight="heavy")) == ("Weight",)


def test_what_was_not_sent_and_not_asked_for_does_not_count() -> None:
    assert counts("route/overlap", creation()) == ("RouteSource", "RouteDest")
    assert counts("route/overlap", creation(Priority="7"), at_fault=False) == ("RouteSource", "RouteDest", "Priority")
    assert counts("caller/sub-user", creation()) == ()


def test_a_token_that_was_used_before_counts_whatever_is_contradicted() -> None:
    first, again = creation(ClientToken="t"), creation(ClientToken="t", RouteDest="10.0.1.0/24")
    used, _ = step(Account(TARGET), first, now=1)
    for request, expected in ((again, ("ClientToken",)), (creation(ClientToken="u"), ())):
        allowed = allow(used, request, None, TERMS.spec)
        told = matters("route/exists", "", Interaction(request, DONE, allowed=allowed), at_fault=True)
        assert tuple(name for name in told if name == "ClientToken") == expected


def test_a_rule_counts_the_parameters_that_it_names() -> None:
    assert counts("answer/success", creation(Priority="7"), "Priority is the number 7") == ("Priority",)
    assert counts("answer/never", creation(), "no 5xx but the transient codes") == ()


def test_what_overlaps_is_shown_to() -> None:
    outer, inner = creation(RouteDest="10.0.0.0/8"), creation(RouteDest="10.9.0.0/16")
    picture = drawn("route/overlap", outer, creation(RouteSource="172.16.0.0/16"), inner)
    source = outer.parameters["RouteSource"]
    assert roles(picture) == [
        (BoxRole.HELD, (1,), f"{source} to 10.0.0.0/8"),
        (BoxRole.HELD, (2,), f"172.16.0.0/16 to {creation().parameters['RouteDest']}"),
        (BoxRole.SENT, (3,), f"{source} to 10.9.0.0/16"),
        (BoxRole.SHARED, (1,), "packets that match both"),
    ]
    assert picture is not None
    (shared,) = (box for box in picture.boxes if box.role is BoxRole.SHARED)
    (new,) = (box for box in picture.boxes if box.role is BoxRole.SENT)
    assert (shared.x, shared.y, shared.width, shared.height) == (new.x, new.y, new.width, new.height)
    assert {mark.text for mark in picture.rows} >= {"10.0.0.0/8", "10.9.0.0/16"}


def test_the_same_pair_is_drawn_twice_and_what_is_gone_is_not() -> None:
    picture = drawn("route/exists", creation(), creation(ClientToken="t"))
    assert [role for role, _, _ in roles(picture)] == [BoxRole.HELD, BoxRole.SENT, BoxRole.SHARED]
    gone = delete(creation().parameters)
    assert drawn("route/exists", creation(), gone, creation()) is None


def test_nothing_is_drawn_where_geometry_is_not_the_point_or_nothing_was_held() -> None:
    assert drawn("route/quota", creation(), creation(RouteDest="10.9.0.0/16")) is None
    assert drawn("route/overlap", creation(RouteDest="10.9.0.0/16")) is None
    assert drawn("route/overlap", creation(), creation(RouteDest="nowhere")) is None
    earlier = sent(creation(), refused("Throttling"))
    assert diagram_of("route/overlap", [earlier, sent(creation())], 1) is None
