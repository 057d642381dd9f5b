"""Which faults are drawn, how a result is counted, and that a copy is put back as it was."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from tools.mutation.__main__ import ROOMS, read_results, try_fault
from tools.mutation.faults import Fault, Room, read_rooms, spans_without_effect
from tools.mutation.pytest_run import TIMEOUT, run_pytest
from tools.mutation.reach import Reach, files_of_tests, statement_lines
from tools.mutation.score import clopper_pearson, summary

CHECKOUT = Path(__file__).parents[2]


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


REACH = Reach(
    {"tests/a.py::slow": 9.0, "tests/a.py::quick": 0.1, "tests/a.py::other": 0.0, "tests/b.py::far": 0.0},
    {"m.py": {"1": ["import"], "2": ["tests/a.py::slow", "tests/a.py::quick"], "3": ["tests/b.py::far"]}},
)
MODULE = "X = 1\ny = f(\n)\n\nz = 2\n"


@pytest.mark.parametrize(
    ("line", "tests"),
    [
        pytest.param(2, ["b.py::far", "a.py::quick", "a.py::slow", "a.py::other"], id="a statement of two lines"),
        pytest.param(1, ["b.py::far", "a.py::quick", "a.py::slow", "a.py::other"], id="reached by the import"),
        pytest.param(5, [], id="reached by none"),
    ],
)
def test_tests_that_reach_a_fault_are_chosen_quick_ones_first(line: int, tests: list[str]) -> None:
    chosen = REACH.tests(Fault("room", "m.py", line, 0, "core/AddNot", 0), MODULE)
    assert [test.removeprefix("tests/") for test in chosen] == tests


@pytest.mark.parametrize(
    ("line", "lines"), [(1, [1]), (2, [2, 3]), (3, [2, 3]), (4, [4, 5]), (6, [6])], ids=lambda value: f"{value}"
)
def test_the_statement_around_a_line_is_its_own_lines_or_its_header(line: int, lines: list[int]) -> None:
    text = "x = 1\nif (x\n    or y):\n    z = f(\n        1)\nelse_ = 2\n"
    assert [*statement_lines(text, line)] == lines


def test_the_test_files_of_a_room_are_listed_once() -> None:
    room = Room("judge", [], ["tests/conformance/judge/test_answer.py", "tests/conformance/judge"])
    files = files_of_tests(CHECKOUT, room)
    assert files[0] == "tests/conformance/judge/test_answer.py"
    assert len(files) == len(set(files)) > 1


def _copy(checkout: Path, script: str) -> Path:
    """A checkout whose Python is a script of a shell."""
    (checkout / ".venv/bin").mkdir(parents=True)
    python = checkout / ".venv/bin/python"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)
    return checkout


def test_tests_that_do_not_end_are_ended(tmp_path: Path) -> None:
    copy = _copy(tmp_path, 'echo "$SAID"; case "$*" in *endless*) sleep 60;; *red*) exit 1;; esac')
    statuses = [run_pytest(copy, [test], limit=0.5)[0] for test in ("endless", "red", "green")]
    assert statuses == [TIMEOUT, 1, 0]
    assert run_pytest(copy, ["green"], SAID="printed") == (0, "printed\n")


def test_a_fault_that_no_test_reaches_survives_untried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr("tools.mutation.__main__.applied", lambda *_: nullcontext("z = 3"))
    row = try_fault(tmp_path, Fault("room", "m.py", 5, 4, "core/NumberReplacer", 0), REACH)
    assert (row["before"], row["after"], row["tests"], row["outcome"]) == ("z = 2", "z = 3", 0, "survived")


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
