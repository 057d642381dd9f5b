"""Dialect files: what is written is read back, and what is wrong with one is said in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbr_conformance.conformance.explore.random_dialects import by_chance, dialect
from pbr_conformance.conformance.learn.dialect_file import DialectError, load, parse
from pbr_conformance.conformance.learn.dialect_writer import dump
from pbr_conformance.conformance.learn.learned_dialect import (
    ConditionRule,
    Evidence,
    LearnedDialect,
    OrderStep,
    ResponseRules,
    Timing,
    TokenRules,
    Undecided,
)
from tests.conformance.known_dialects import fully_known

HAND = """\
format = 1
date = "2026-03-01"

[conditions."cidr/loose"]
decision = "accepts"
cases = { "IPv6" = "refuses" }
code = ["IllegalParam.RouteDest", "InvalidCidrBlock.Malformed"]

[[order]]
first = "caller/sub-user"
then = ["cidr/loose", "route/quota"]
"""


@pytest.mark.parametrize("seed", range(20))
def test_a_dialect_that_is_written_is_read_back(seed: int) -> None:
    spoken = dialect(by_chance(seed))
    served = parse(dump(fully_known(spoken)), "random.toml").served()
    same = ("precedence", "refuses", "otherwise", "dry_run_skips", "other_token", "respelled_token", "deleted_token")
    shown = ("shows_dual_weight", "settles_after", "lists_at_once", "name")
    assert {name: getattr(served, name) for name in same + shown} == {n: getattr(spoken, n) for n in same + shown}


def test_all_that_can_be_known_is_read_back_to_the_letter() -> None:
    message = 'tab\t, "quotes", back\\slash, \x7f, \x01, line\nend, \u8def \U0001f6e3'
    pins = LearnedDialect(
        "all",
        "2026-11-24",
        "http://127.0.0.1:1",
        requests=7,
        conditions={
            "cidr/loose": ConditionRule(
                "refuses", {"host bits": "accepts"}, ("InvalidCidrBlock.Malformed",), {}, "skips", ("q1",)
            ),
            "cidr/source": ConditionRule(
                "unseen", code=("InvalidCidrBlock.Malformed", "OperationFailed.InvalidCidrBlock")
            ),
            "format/missing": ConditionRule(code=("Missing<Param>",), parameters={"Weight": "NoWeight"}),
        },
        order=(OrderStep("cidr/loose", ("format/missing", "route/quota"), "q1"),),
        messages={"format/missing: Weight": message},
        tokens=TokenRules(other="mismatch"),
        response=ResponseRules(dual_weight=False),
        timing=Timing(250, lists_at_once=False),
        undecided=(Undecided("never together", (("cidr/source", "route/exists"),), ("q1",)),),
        evidence={"q1": Evidence(({"Weight": "100"},), {"Description": message, "Priority": ""}, "400 X", "sub_user")},
    )
    read = parse(dump(pins), "all.toml")
    names = tuple(LearnedDialect.__dataclass_fields__)
    assert {name: getattr(read, name) for name in names} == {name: getattr(pins, name) for name in names}


def test_a_file_by_hand_pins_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "mock.toml"
    path.write_text(HAND, encoding="utf-8")
    pins = load(path)
    assert (pins.name, pins.date) == ("mock", "2026-03-01")
    assert pins.decision("cidr/loose", "host bits") is False
    assert pins.decision("cidr/loose", "IPv6") is True
    assert pins.decision("cidr/source", "") is None
    assert pins.beats == {"caller/sub-user": {"cidr/loose", "route/quota"}}
    order = pins.served().precedence
    assert order.index("caller/sub-user") < order.index("cidr/loose")


def test_tables_under_their_former_names_are_read() -> None:
    pins = parse(HAND + "[shows]\ndual_weight = false\n[moments]\nsettles_after = 250\nlists_at_once = true\n")
    assert pins.response == ResponseRules(dual_weight=False)
    assert pins.timing == Timing(250, lists_at_once=True)
    assert "[response]\ndual_weight = false\n\n[timing]\nsettles_after = 250\n" in dump(pins)


WRONG = (
    ("frmat = 1", "frmat: unknown key; did you mean `format`?"),
    ("gateways = 1", "gateways: unknown key; expected one of format, date, "),
    ("format = 2", "format: is 2; expected 1"),
    (HAND.replace("format = 1", 'name = "x"'), "format: missing; expected 1"),
    (HAND + "[timing]\nsettles_after = -1", "timing.settles_after: is -1; expected greater than or equal to 0"),
    (HAND + "[response]\ndual_weight = 1", "response.dual_weight: is 1; expected a valid boolean"),
    ("format = 1", "date: missing; expected a value"),
    ('format = 1\ndate = "today"', 'date: is "today"; expected a date, as 2026-02-11'),
    (HAND.replace("decision", "decison"), 'conditions."cidr/loose".decison: unknown key; did you mean `decision`?'),
    (HAND.replace('"accepts"', '"maybe"'), 'conditions."cidr/loose".decision: is "maybe"; expected'),
    (HAND.replace("cidr/loose", "cidr/lose"), 'there is no condition "cidr/lose"; did you mean `cidr/loose`?'),
    (HAND.replace("IPv6", "IPv4"), 'conditions."cidr/loose".cases: there is no case "IPv4"; did you mean `IPv6`?'),
    (HAND.replace("Illegal", "Legal"), "expected one of InvalidCidrBlock.Malformed"),
    (HAND.replace("route/quota", "caller/sub-user"), "order[1]: caller/sub-user cannot be answered before itself"),
    (
        HAND + '[[order]]\nfirst = "route/quota"\nthen = ["caller/sub-user"]',
        "order[2]: route/quota before caller/sub-user, which is before route/quota: expected no cycle",
    ),
    (HAND + 'evidence = "q9"', 'order[1].evidence: there is no evidence "q9"'),
    (
        HAND.replace("2026-03-01", '2026-03-01"\nspec = "2021-01-01'),
        'spec: is "2021-01-01"; expected one of 2020-11-20',
    ),
    ("format = ", "expected TOML"),
    ("a = " + "[" * 100_000, "is nested too deeply"),
)


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_is_wrong_with_a_file_is_one_line(text: str, problem: str) -> None:
    with pytest.raises(DialectError) as caught:
        parse(text, "d.toml")
    assert any(problem in line for line in caught.value.problems), caught.value.problems
    assert all("\n" not in line and len(line) < 300 for line in caught.value.problems)


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"format = 1\n# \xe9")
    for path, problem in (
        (tmp_path / "none.toml", "cannot be read"),
        (tmp_path / "latin.toml", "line 2: is not UTF-8"),
    ):
        with pytest.raises(DialectError, match=problem):
            load(path)


def test_the_file_of_the_documentation_is_one() -> None:
    page = (Path(__file__).parents[3] / "docs" / "dialects.md").read_text(encoding="utf-8")
    pins = parse(page.partition("```toml\n")[2].partition("```")[0])
    assert pins.decision("cidr/loose", "IPv6") is True
