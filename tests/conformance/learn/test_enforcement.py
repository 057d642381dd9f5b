"""The strict oracle: an endpoint never departs from its own dialect, and every other answer is a departure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.judge.answer import Deviation
from pbr_conformance.conformance.learn.enforcement import JudgedCreation, departure
from pbr_conformance.conformance.learn.learned_dialect import ConditionRule, Evidence, LearnedDialect
from pbr_conformance.simulator.documentation.actions import CREATE
from pbr_conformance.simulator.model.account import Account
from pbr_conformance.simulator.model.messages import Request
from pbr_conformance.simulator.model.target_file import reference
from pbr_conformance.simulator.operations.step import step
from pbr_conformance.simulator.rules.dialect import DEFAULT, PRECEDENCE, Dialect
from pbr_conformance.simulator.rules.oracle import allow
from tests.conformance.known_dialects import fully_known
from tests.simulator.histories import History
from tests.simulator.oracle_rows import Changes, on, parameters

TARGET = reference()
NOW = 1_700_000_000_000


@pytest.mark.parametrize("seed", range(10))
def test_an_endpoint_never_departs_from_its_own_dialect_and_others_do(seed: int) -> None:
    pick = by_chance(seed)
    spoken, other = dialect(pick), dialect(by_chance(seed + 1000))
    own, foreign = fully_known(spoken), fully_known(other)
    history, account, now, departures, unlike = History(pick, TARGET), Account(TARGET), NOW, 0, 0
    for _ in range(120):
        request = history.next()
        after, answer = step(account, request, now, spoken)
        if request.action == CREATE:
            asked = JudgedCreation(account, request, allow(account, request, now))
            assert departure(own, asked, answer) is None, (request, answer)
            differs = step(account, request, now, other)[1].code != answer.code
            departed = departure(foreign, asked, answer) is not None
            departures, unlike = departures + departed, unlike + differs
            several = (
                len([1 for broken in asked.allowed.broken if broken.condition.id == "format/boolean-spelling"]) > 1
            )
            assert departed or not differs or several, (request, answer)
            if answer.code is None:
                history.made(request)
        account, now = after, now + 5_000
    assert departures >= unlike > 20


def departed(spoken: Dialect, pins: LearnedDialect, changes: Changes) -> Deviation | None:
    account, request = Account(TARGET), Request(CREATE, parameters(changes))
    answer = step(account, request, NOW, spoken)[1]
    return departure(pins, JudgedCreation(account, request, allow(account, request, NOW)), answer)


def with_first(name: str) -> Dialect:
    return replace(DEFAULT, precedence=(name, *(each for each in PRECEDENCE if each != name)))


CHANGED: tuple[tuple[str, Dialect, Changes, str], ...] = (
    ("an order", with_first("next-hop/unknown"), {"Weight": "50", "NextHop": "vco-none"},
     "weight/value is answered before next-hop/unknown; now answered with InvalidNextHop.NotFound"),
    ("a MAY, now refused", replace(DEFAULT, refuses=DEFAULT.refuses | {"format/empty-optional"}), {"OverlayMode": ""},
     "format/empty-optional is let pass where it is a MAY; now answered with InvalidOverlayMode"),
    ("a MAY, now let pass", replace(DEFAULT, refuses=DEFAULT.refuses - {"overlay/value"}), {"OverlayMode": "ipsec"},
     "overlay/value is refused where it is a MAY; now accepted"),
    ("a case of a MAY", replace(DEFAULT, otherwise=frozenset({"cidr/loose: host bits"})), {"RouteDest": "10.2.0.1/24"},
     "cidr/loose is refused where it is a MAY; now accepted"),
    ("a code", replace(DEFAULT, answers={"cidr/source": "OperationFailed.InvalidCidrBlock"}), {"RouteSource": "x"},
     "cidr/source is answered with InvalidCidrBlock.Malformed; now answered with OperationFailed.InvalidCidrBlock"),
    ("a dry run", replace(DEFAULT, dry_run_skips=frozenset({"gateway/locked"})), on("vpn-locked", DryRun="true"),
     "a dry run looks at gateway/locked; now answered with DryRunOperation"),
    ("a message", replace(DEFAULT, messages={"VpnRouteEntry.InvalidWeight": "No."}), {"Weight": "50"},
     "VpnRouteEntry.InvalidWeight has another message"),
    ("what is shown", replace(DEFAULT, shows_absent_description=False), {},
     "a success shows a Description where none was sent; now accepted"),
)  # fmt: skip


@pytest.mark.parametrize(("spoken", "changes", "says"), [pytest.param(*row[1:], id=row[0]) for row in CHANGED])
def test_a_departure_names_the_decision_and_since_when_it_held(spoken: Dialect, changes: Changes, says: str) -> None:
    pins = fully_known(DEFAULT, date="2026-02-03")
    found = departed(spoken, pins, changes)
    assert found is not None
    assert found.title == f"Changed since 2026-02-03: {says}"
    assert departed(DEFAULT, pins, changes) is None


@pytest.mark.parametrize(("spoken", "changes"), [pytest.param(*row[1:3], id=row[0]) for row in CHANGED])
def test_nothing_departs_from_what_is_not_pinned(spoken: Dialect, changes: Changes) -> None:
    assert departed(spoken, LearnedDialect("empty", "2026-01-01"), changes) is None


def test_a_spelling_that_was_never_asked_departs_from_nothing() -> None:
    """A learned dialect pins what was asked, and no spelling like it; one that is written by hand pins them all."""
    willing, pins = replace(DEFAULT, refuses=frozenset()), fully_known(DEFAULT)
    asked = {"q1": Evidence(request={**parameters({}), "PublishVpc": "on", "RouteDest": "10.2.0.1/24"})}
    learned = replace(pins, evidence=asked)
    for never in ({"PublishVpc": "yes"}, {"RouteDest": "10.2.0.7/24"}):
        assert departed(willing, pins, never) is not None
        assert departed(willing, learned, never) is None
    for once in ({"PublishVpc": "on"}, {"RouteDest": "10.2.0.1/24"}, {"ClientToken": "t" * 65}):
        assert departed(willing, learned, once) is not None


def test_what_is_known_in_part_is_law_in_part() -> None:
    pins = LearnedDialect("part", "2026-01-01", conditions={"cidr/loose": ConditionRule(cases={"IPv6": "refuses"})})
    willing = replace(DEFAULT, refuses=frozenset())
    assert departed(willing, pins, {"RouteDest": "10.2.0.1/24"}) is None
    assert departed(willing, pins, {"RouteDest": "2001:db8::/32"}) is not None
