"""The mutation operators: many, none of them dominant, in two halves; and what is said to show a mutant shows it."""

from __future__ import annotations

import pickle
from collections import Counter
from itertools import islice

from pbr_conformance.conformance.engine.power import OperatorScore, directed_histories
from pbr_conformance.conformance.engine.surrogates import DryPlayer
from pbr_conformance.conformance.mutants import by_name
from pbr_conformance.conformance.mutants.generated import OPERATORS, generated, is_held_out
from pbr_conformance.conformance.mutants.mutant import Mutant
from pbr_conformance.conformance.mutants.showing import played, shown_by
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT
from pbr_conformance.strategies.plain_requests import create, ordinary, partitions
from tests.accounts import ACCOUNTS
from tests.conformance.doubles import TERMS

TARGET = ACCOUNTS["two-dual"]


def test_operators_are_many_and_none_has_more_than_a_twentieth() -> None:
    counts = Counter(mutant.operator for mutant in generated())
    assert len(counts) == len(OPERATORS) >= 40
    assert len(generated()) >= 2000
    assert max(counts.values()) <= len(generated()) / 20


def test_a_mutant_is_known_by_its_name() -> None:
    names = [mutant.name for mutant in generated()]
    assert len(set(names)) == len(names)
    for mutant in generated()[::97]:
        assert by_name(mutant.name) is mutant
        assert pickle.loads(pickle.dumps(mutant)) is mutant
        assert mutant.name == f"{mutant.operator}: {mutant.wrong}"


def test_each_half_has_mutants_of_every_operator() -> None:
    halves = Counter((mutant.operator, is_held_out(mutant)) for mutant in generated())
    assert all(halves[operator, half] for operator in OPERATORS for half in (True, False))


def test_the_right_simulator_is_never_shown() -> None:
    right = Mutant("right", "nothing", "answer/success", step)
    for target in (ACCOUNTS["two-dual"], ACCOUNTS["few-scratch"]):
        for history in islice(directed_histories(target), 0, 400, 2):
            assert not shown_by(played(target, history, DEFAULT), [right], DEFAULT)


def test_what_shows_a_mutant_makes_a_session_deviate() -> None:
    known = [mutant for mutant in generated() if not is_held_out(mutant)][::12]
    mutants = [  # a lazy session does not always wait, and gives tokens an ending of its own
        mutant for mutant in known if mutant.operator != "settle-slowly" and "ClientToken '" not in mutant.name
    ]
    partition = partitions(TARGET)[0]
    player, agreed = DryPlayer(partition, TERMS), 0
    for history in islice(directed_histories(TARGET), 0, 2000, 40):
        for name in shown_by(played(TARGET, history, DEFAULT), mutants, DEFAULT):
            assert player.deviation(history, by_name(name).stepper) is not None, name
            agreed += 1
    assert agreed > 50


def test_a_refusal_is_shown_by_the_request_that_is_refused() -> None:
    mutant = by_name("refuse-length: a source of length 7 is refused")
    gateway = TARGET.gateways[0]
    history = (
        create(ordinary(TARGET, gateway)),
        create(ordinary(TARGET, gateway, RouteSource="64.0.0.0/7", RouteDest="10.9.0.0/16")),
    )
    assert shown_by(played(TARGET, history, DEFAULT), [mutant], DEFAULT) == {mutant.name: 1}
    assert not shown_by(played(TARGET, history[:1], DEFAULT), [mutant], DEFAULT)


def test_an_interval_is_wide_where_few_are_scored() -> None:
    low, high = OperatorScore("refuse-length", 5, 5).interval
    assert 0.5 < low < 0.6
    assert high == 1.0
    assert OperatorScore("refuse-length", 0, 0).interval == (0.0, 1.0)
