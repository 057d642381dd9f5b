"""`run --dialect`: what changed since is found within 300 requests, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.learn.learned_dialect import LearnedDialect
from pbr_conformance.conformance.learn.plan import plan
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT, PRECEDENCE, Dialect
from tests.conformance.changed import BUDGET, changes, found, swapped, visible
from tests.conformance.known_dialects import fully_known
from tests.conformance.learned import MUCH_LATER, TARGET, Shared, learn, read_back

KNOWN = fully_known(DEFAULT, date="2026-02-03")

ORDER = tuple(name for name in DEFAULT.precedence if name != "gateway/busy")
AT = ORDER.index("weight/value") + 1
LATER = replace(DEFAULT, precedence=(*ORDER[:AT], "gateway/busy", *ORDER[AT:]))
"""A gateway at work is looked at after the weight: what is in between never comes together with it."""

CHANGES = (
    ("nothing", DEFAULT, None, ""),
    ("two conditions", swapped(DEFAULT, "weight/value"), "weight/value", "is answered before priority/unsupported"),
    ("two of the routes", swapped(DEFAULT, "route/same-weight"), "route/same-weight", "before route/overlap"),
    ("a gateway at work", LATER, "gateway/busy", "gateway/busy is answered before weight/value"),
    (
        "a MAY at work",
        replace(DEFAULT, refuses=DEFAULT.refuses - {"gateway/busy"}),
        "gateway/busy",
        "where it is a MAY",
    ),
    ("a MAY that was refused", replace(DEFAULT, refuses=DEFAULT.refuses - {"cidr/loose"}), "cidr/loose", "is refused"),
    ("a MAY that passed", replace(DEFAULT, refuses=DEFAULT.refuses | {"ssl/contains"}), "ssl/contains", "is let pass"),
    ("a case", replace(DEFAULT, otherwise=frozenset({"cidr/loose: IPv6"})), "cidr/loose", "now accepted"),
    ("a message", replace(DEFAULT, messages={"VpnRouteEntry.ConflictSSL": "No."}), "answer/message", "another message"),
    ("a dry run", replace(DEFAULT, dry_run_skips=frozenset({"ssl/inside"})), "ssl/inside", "a dry run looks at"),
)


@pytest.mark.parametrize(("now", "address", "says"), [pytest.param(*row[1:], id=row[0]) for row in CHANGES])
def test_one_change_is_found_and_named_and_nothing_else(now: Dialect, address: str | None, says: str) -> None:
    failures, requests = found(KNOWN, now)
    assert requests <= 300
    assert set(failures) == ({address} if address else set())
    assert says in failures.get(address or "", "")


@pytest.mark.parametrize("refused", ["ssl/contains", "ssl/inside", "route/same-key"])
def test_no_question_is_built_upon_routes_that_are_refused(refused: str) -> None:
    spoken = replace(DEFAULT, refuses=DEFAULT.refuses | {refused})
    scenes = 0
    for item in plan(fully_known(spoken), TARGET):
        account = Account(TARGET)
        for place, request in enumerate(item.history):
            account, answer = step(account, request, place * MUCH_LATER, spoken)
            assert place not in item.scene or answer.status == 200, request
        scenes += len(item.scene)
    assert scenes > 20


@pytest.fixture(scope="module")
def learned() -> tuple[Dialect, LearnedDialect]:
    """An endpoint of its own mind, and what was learned of it."""
    spoken = dialect(by_chance(14))
    return spoken, read_back(learn(Shared(TARGET, spoken)))


@pytest.mark.slow
def test_of_what_was_learned_nothing_has_changed_where_nothing_has(learned: tuple[Dialect, LearnedDialect]) -> None:
    spoken, pins = learned
    assert found(pins, spoken)[0] == {}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(3))
def test_whatever_was_learned_is_seen_to_change(learned: tuple[Dialect, LearnedDialect], part: int) -> None:
    spoken, pins = learned
    some = list(changes(pins, spoken))[part::18]  # all of them: python -m benchmarks.learning
    named = 0
    for change in some:
        failures, requests = found(pins, change.now)
        assert requests <= BUDGET
        if not failures and visible(spoken, change.now) is None:
            continue  # no request that was tried is answered otherwise: it is no change
        assert set(failures) == {change.address}, change.what
        assert change.says in failures[change.address], change.what
        named += 1
    assert named > 4


@pytest.mark.slow
@pytest.mark.parametrize("use", ["other", "respelled", "deleted"])
def test_another_custom_with_used_tokens_is_named(learned: tuple[Dialect, LearnedDialect], use: str) -> None:
    spoken, pins = learned
    now = replace(DEFAULT, name="now")
    others = {f"{use}_token": getattr(now, f"{use}_token")}
    if others[f"{use}_token"] is getattr(spoken, f"{use}_token"):
        pytest.skip("it is the same there")
    assert set(found(pins, replace(spoken, **others))[0]) == {"token/open"}


@pytest.mark.slow
def test_a_message_that_was_learned_after_a_tolerated_route_is_asked_for_otherwise() -> None:
    key = "VpnRouteEntry.BackupRoute"
    order = [name for name in PRECEDENCE if name != "route/overlap"]
    at = order.index("route/exists")
    spoken = replace(
        DEFAULT,
        refuses=DEFAULT.refuses - {"cidr/loose", "route/same-key"},
        answers={"route/overlap": key},
        precedence=(*order[:at], "route/overlap", *order[at:]),
    )
    pins = read_back(learn(Shared(TARGET, spoken)))
    learned_by = [each for each in pins.evidence.values() if each.answer.endswith(key)]
    assert [[route["RouteDest"] for route in each.before] for each in learned_by] == [["10.0.0.0/24", "10.0.0.1/24"]]
    failures, requests = found(pins, replace(spoken, messages={**spoken.messages, key: "Otherwise."}))
    assert requests <= BUDGET
    assert failures == {"answer/message": f"Changed since {pins.date}: {key} has another message"}
