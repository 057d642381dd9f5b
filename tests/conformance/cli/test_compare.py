"""`compare`, as a user types it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.reports.data.serialize import to_json
from tests.conformance.commands import LONGEST, PROGRAM, Here, environment
from tests.reports.conftest import a_check, a_failure, a_report, failing

CHECK: Final = a_check("weight/value")
OTHER: Final = a_check("overlay/value")


@pytest.fixture
def two(tmp_path: Path) -> tuple[str, str]:
    """The directories of two reports, in the second of which a check fails."""
    right = a_report((CHECK, OTHER))
    wrong = a_report((failing(CHECK, a_failure(1, CHECK.address)), OTHER))
    for name, report in (("right", right), ("wrong", wrong)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(json.dumps(to_json(report)))
    return "right", "wrong"


def test_two_runs(here: Here, two: tuple[str, str], tmp_path: Path) -> None:
    right, wrong = two
    ended = here("compare", right, f"{wrong}/report.json", "--html", "out/compare.html")
    assert ended.status == 1
    assert ended.out.startswith("WORSE  staging-mock, 2 runs: right, wrong. Of 2 checks, 1 worse, 1 the same.")
    assert "B: A route that overlaps another of the same priority was accepted (1)" in ended.out
    assert ended.error == ""
    assert (tmp_path / "out" / "compare.html").read_text("utf-8").startswith("<!doctype html>")
    assert here("compare", wrong, right).status == 0
    assert here("compare", wrong, right).out.startswith("BETTER ")
    assert here("compare", right, right).status == 0


def test_a_terminal_that_knows_few_characters_shows_the_others_as_escapes(two: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "é→").mkdir()
    (tmp_path / "é→" / "report.json").write_bytes((tmp_path / two[0] / "report.json").read_bytes())
    ended = subprocess.run(
        [*PROGRAM, "compare", "é→", two[1]],
        cwd=tmp_path,
        env={**environment(), "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=LONGEST,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, b"")
    assert b"\\xe9\\u2192" in ended.stdout


def test_as_json(here: Here, two: tuple[str, str]) -> None:
    ended = here("compare", *two, two[1], "--json")
    document: dict[str, Any] = json.loads(ended.out)
    assert document["exit"] == ended.status == 1
    assert [each["label"] for each in document["reports"]] == ["right", "wrong", "wrong (2)"]
    assert {each["address"]: each["verdicts"] for each in document["checks"]} == {
        "weight/value": ["PASS", "FAIL", "FAIL"],
        "overlay/value": ["PASS", "PASS", "PASS"],
    }


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "other.json: cannot be read: No such file or directory"),
        (b"", "other.json: no report: expected JSON"),
        (b"[1]", "other.json: no report: report: [1], expected an object"),
        (b'{"format": 2}', "other.json: no report: format: 2, expected 1, the only one this version reads"),
        (b"\xff\xfe\x00", "other.json: no report: "),
        (b"[" * 100_000, "other.json: no report: "),
    ],
)
def test_what_is_no_report_is_one_line(here: Here, tmp_path: Path, content: bytes | None, line: str) -> None:
    if content is not None:
        (tmp_path / "other.json").write_bytes(content)
    ended = here("compare", "other.json", "other.json")
    assert ended.status == 2
    assert len(ended.lines) == 1
    assert ended.lines[0].startswith(f"pbr-conformance: {line}")


def test_one_report_is_not_enough(here: Here) -> None:
    ended = here("compare", "a.json")
    assert (ended.status, ended.lines) == (2, ["pbr-conformance: compare needs two reports or more"])


def test_a_page_that_cannot_be_written(here: Here, two: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    ended = here("compare", *two, "--html", "taken")
    assert (ended.status, ended.lines) == (2, ["pbr-conformance: --html taken: cannot be written: Is a directory"])
