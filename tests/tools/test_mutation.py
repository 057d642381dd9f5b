"""Which faults are drawn, how a result is counted, and that a copy is put back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.mutation import (
    ROOMS,
    Fault,
    Room,
    clopper_pearson,
    ordered_tests,
    outcome,
    read_results,
    read_rooms,
    spans_without_effect,
    summary,
)

CHECKOUT = Path(__file__).parents[2]
FAULT = Fault("judge", "conformance/judge/answer.py", 3, 4, "core/AddNot", 0)


def test_the_rooms_have_modules_and_tests() -> None:
    for room in read_rooms(ROOMS):
        assert all([*CHECKOUT.glob(pattern)] for pattern in room.modules)
        assert all((CHECKOUT / test).exists() for test in room.tests)


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("x: int | None = 1 | 2", {"int | None"}),
        ("def f(a: int | str) -> int | None: return 1 | 2", {"int | str", "int | None"}),
        ("@dataclass(frozen=True)\nclass C: x = True", {"True"}),
        ("@cached(size=True)\nclass C: x = True", set()),
    ],
)
def test_annotations_and_arguments_of_dataclass_are_not_changed(text: str, quiet: set[str]) -> None:
    lines = text.splitlines()
    assert {lines[start[0] - 1][start[1] : end[1]] for start, end in spans_without_effect(text)} == quiet


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129), (340, 400, 0.8112, 0.8836)],
)
def test_the_interval_is_that_of_clopper_and_pearson(hits: int, trials: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, trials) == pytest.approx((low, high), abs=5e-4)


def test_tests_of_the_modules_own_name_run_first() -> None:
    room = Room("judge", ["conformance/judge/*.py"], ["tests/conformance/judge"])
    assert ordered_tests(FAULT, room, CHECKOUT) == ["tests/conformance/judge/test_answer.py", "tests/conformance/judge"]


def test_tests_that_do_not_end_are_ended(tmp_path: Path) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    python = tmp_path / ".venv/bin/python"
    python.write_text('#!/bin/sh\ncase "$*" in *endless*) sleep 60;; *red*) exit 1;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    assert [outcome(tmp_path, [test], 0.5) for test in ("endless", "red", "green")] == ["timeout", "killed", "survived"]


def test_a_timeout_counts_as_killed_and_a_survivor_is_shown(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    for number, ended in enumerate(("killed", "timeout", "survived")):
        row = {"key": f"{number}", "room": "judge", "module": "a.py", "line": number, "operator": "core/AddNot"}
        row |= {"before": "if x:", "after": "if not x:", "outcome": ended}
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    assert [*summary(read_results(results))] == [
        "all      2 of 3 killed: 66.7% (9.4% to 99.2%)",
        "judge    2 of 3 killed: 66.7% (9.4% to 99.2%)",
        "a.py:2 AddNot",
        "    - if x:",
        "    + if not x:",
    ]
