"""What is proved: it failed again from a clean state, each step is needed, and the simulator passes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.endpoint import Embedded, Stepper
from pbr_conformance.conformance.client.journals import NO_JOURNALS
from pbr_conformance.conformance.client.retrying import Inconclusive
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.engine.budget import BudgetUsed
from pbr_conformance.conformance.engine.confirm import Fails, confirm
from pbr_conformance.conformance.engine.effort import Effort
from pbr_conformance.conformance.engine.examine import examine
from pbr_conformance.conformance.engine.surrogates import DryPlayer
from pbr_conformance.conformance.engine.verdict import Examined
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.reports.data.results import Failure, Verdict
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.messages import Answer, Request
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import partitions
from tests.conformance.doubles import LANE, REFERENCE, TERMS, Unreliable, creation, honest, refused

PROVED: Final = "failed again when replayed"


class Rented(Embedded):
    """A mutant that cannot be had with a clean account, as none can over HTTP. It counts what it is sent."""

    def __init__(self, target: Target, stepper: Stepper) -> None:
        super().__init__(target, DEFAULT, stepper)
        self.creations = 0

    def send(self, request: Request) -> Answer:
        self.creations += request.action == CREATE
        answer = super().send(request)
        assert isinstance(answer, Answer)
        return answer

    def renewed(self) -> None:  # type: ignore[override]
        return None


def judged(name: str) -> tuple[Examined, Rented]:
    """A mutant examined by the check of its address, as if it were far away."""
    mutant = by_name(name)
    check, endpoint = BY_ADDRESS[mutant.violates], Rented(REFERENCE, mutant.stepper)
    partition = partition_for(check, partitions(REFERENCE))
    return examine(check, partition, lambda: (endpoint, NO_JOURNALS), terms=TERMS, effort=Effort(20, 1)), endpoint


def failure_of(examined: Examined) -> Failure:
    assert examined.result.verdict is Verdict.FAIL, examined.result.reason
    return examined.result.failures[0]


@pytest.mark.parametrize("name", ["deletion-tombstone", "deletion-index"])
def test_what_a_deleted_route_left_behind_does_not_hide_the_fault(name: str) -> None:
    failure = failure_of(judged(name)[0])
    assert not failure.flaky
    assert "with prefixes not used before" in failure.proof


@pytest.mark.parametrize("name", ["overlap-equal", "weight-50", "token-adds", "quota-one-more"])
def test_a_fault_far_away_is_made_small_near_by(name: str) -> None:
    examined, endpoint = judged(name)
    failure = failure_of(examined)
    assert failure.proof.startswith(PROVED)
    assert failure.proof.endswith("the simulator passes it")
    assert examined.requests_to_failure is not None
    spent = examined.requests - examined.requests_to_failure
    assert spent < 150, "the endpoint only confirms what was found on a stand-in"
    assert endpoint.creations < examined.requests


def test_what_needs_the_histories_before_it_is_shown_with_them() -> None:
    mutant = by_name("request-id-constant")
    check = BY_ADDRESS[mutant.violates]
    partition = partition_for(check, partitions(REFERENCE))
    examined = examine(
        check,
        partition,
        lambda: (Embedded(REFERENCE, stepper=mutant.stepper), NO_JOURNALS),
        terms=TERMS,
        effort=Effort(20, 1),
    )
    failure = failure_of(examined)
    assert failure.proof.startswith(PROVED)
    assert sum(exchange.action == CREATE for exchange in failure.sequence) == 2


def test_what_fails_once_is_flaky_and_has_both_transcripts() -> None:
    left = [1]

    def meddle(request: Request, send: object) -> object:
        if request.action == CREATE and left[0]:
            left[0] = 0
            return refused("VpnRouteEntry.AlreadyExists")
        return honest(request, send)  # type: ignore[arg-type]

    check = BY_ADDRESS["answer/success"]
    endpoint = Unreliable(meddle)  # type: ignore[arg-type]
    examined = examine(check, LANE, lambda: (endpoint, NO_JOURNALS), terms=TERMS, effort=Effort(1, 1))
    strays = examined.violations_elsewhere.values()
    failures = [*examined.result.failures]
    assert failures or strays
    for failure in failures:
        assert failure.flaky
        assert {failure.transcript, failure.again} <= examined.transcripts.keys()


@pytest.mark.parametrize(("name", "place"), [("overlap-equal", 2), ("token-adds", 2), ("quota-one-more", 4)])
def test_a_failure_keeps_the_play_without_what_is_blamed(name: str, place: int) -> None:
    examined = judged(name)[0]
    failure = failure_of(examined)
    control = failure.control
    assert control is not None
    assert control.differs_at[0] == place
    assert str(place) in control.words
    before, shown = failure.sequence[: place - 1], control.sequence[: place - 1]
    assert [each.parameters["RouteDest"] for each in shown] == [each.parameters["RouteDest"] for each in before]
    document = examined.transcripts[control.transcript]
    assert isinstance(document, dict)
    assert len(document["history"]) < len(failure.sequence) + 1


def test_a_step_is_said_to_be_needed_only_if_it_was_left_out() -> None:
    first, second = creation(), creation(RouteDest="10.9.0.0/16")
    seen = Deviation(("weight/value",), "wrong", "rule", ("nothing",), "something")
    player = DryPlayer(LANE, TERMS, needed=False)
    for passed, is_said in ((lambda _: True, True), (lambda _: False, False)):
        fails = Fails("weight/value", lambda history: len(history) == 2, passed)
        words = confirm((first, second), (), seen, fails, player)
        assert words is not None
        assert ("each of its 2 steps is needed" in words) is is_said


@dataclass(frozen=True)
class Wronged(DryPlayer):
    """A rehearsal in which even the right simulator deviates: a suite with a defect."""

    def deviation(self, history: tuple[Request, ...], stepper: Stepper | None = None) -> Deviation:
        return Deviation(("weight/value",), "wrong", "rule", ("nothing",), "something")


def test_what_failed_again_is_confirmed_even_if_the_budget_ends_before_it_is_small() -> None:
    sent = 0
    history = tuple(creation(RouteSource=f"10.{number}.0.0/16") for number in range(4))

    def sends(candidate: tuple[Request, ...]) -> bool:
        nonlocal sent
        sent += 1
        if sent > 2:
            raise BudgetUsed
        return candidate == history

    deviation = Deviation(("route/exists",), "title", "rule", ("rule",), "observed")
    dry_player = DryPlayer(LANE, TERMS, True, False)
    proof = confirm(history, (), deviation, Fails("route/exists", sends), dry_player)
    assert proof is not None
    assert proof.startswith(f"{PROVED}; the budget was used up before it was made as small as it gets")


def test_what_the_simulator_fails_too_is_the_suites_own_fault() -> None:
    history = (creation(),)
    seen = Deviation(("weight/value",), "wrong", "rule", ("nothing",), "something")
    with pytest.raises(Inconclusive, match="a defect of the suite") as raised:
        confirm(history, (), seen, Fails("weight/value", lambda _: True), Wronged(LANE, TERMS, needed=False))
    assert raised.value.ours
