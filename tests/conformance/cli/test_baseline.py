"""`baseline` and `run --baseline`, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as Tree

import pytest

from pbr_conformance.conformance.cli import main
from pbr_conformance.reports.data.serialize import to_json
from tests.conformance.commands import Here, report_in
from tests.reports.conftest import a_check, a_failure, a_report, failing

WEIGHT = a_check("weight/value")
OVERLAY = a_check("overlay/value")
SETTINGS: Final[dict[str, dict[str, str]]] = {
    "plain": {},
    "forced": {"FORCE_COLOR": "1"},
    "both": {"FORCE_COLOR": "1", "NO_COLOR": "1"},
}
RUN = ("run", "--only", "weight/value", "--examples", "1", "--budget", "300")


def write(directory: Path, *failed: str) -> str:
    """A report.json, in which these checks fail; the path to its directory."""
    checks = [
        failing(check, a_failure(1, check.address)) if check.address in failed else check for check in (WEIGHT, OVERLAY)
    ]
    directory.mkdir(exist_ok=True)
    (directory / "report.json").write_text(json.dumps(to_json(a_report(tuple(checks)))))
    return str(directory)


@pytest.mark.slow
def test_a_run_fails_for_what_is_new_and_for_what_is_stale(here: Here, tmp_path: Path) -> None:
    wrong = (*RUN, "--mutant", "weight-50")
    first = here(*wrong, "--seed", "1", "--report", "first", "--quiet")
    assert (first.status, first.error, first.out.count("\n")) == (1, "", 1)
    assert first.out.startswith("FAIL  reference: ")
    refused = here(*RUN, "--baseline", "first/report.json")
    assert (refused.status, len(refused.lines)) == (2, 1)
    assert refused.lines[0].endswith("this writes: pbr-conformance baseline first/report.json --reason TEXT")
    assert here("baseline", "first", "--reason", "ticket 7").status == 0
    ended = here(*wrong, "--seed", "2", "--baseline", "baseline.toml", "--report", "second")
    assert ended.status == 0
    assert "KNOWN  weight/value: " in ended.out
    document = report_in(tmp_path / "second")
    assert (document["verdict"], document["exit"]) == ("FAIL", 0)
    assert "--baseline baseline.toml" in document["reproduce"]
    assert document["checks"][0]["failures"][0]["known"] == "ticket 7"
    right = here(*RUN, "--baseline", "second/report.json", "--report", "third")
    assert right.status == 1
    assert "STALE  weight/value: " in right.out
    gone = here("baseline", "third", "--output", "baseline.toml")
    assert gone.status == 0
    assert gone.out.startswith("baseline.toml: 0 added, 0 kept, 1 taken out\n")


def test_reasons_are_kept_and_can_differ(here: Here, tmp_path: Path) -> None:
    both = write(tmp_path / "both", "weight/value", "overlay/value")
    assert here("baseline", both, "--only", "weight", "--reason", "one").out.startswith("baseline.toml: 1 added, 0")
    nowhere = here("baseline", both, "--only", "weigth", "--reason", "one")
    assert (nowhere.status, len(nowhere.lines)) == (2, 1)
    missing = here("baseline", both)
    assert (missing.status, len(missing.lines)) == (2, 1)
    assert "1 failure without a reason: add --reason TEXT" in missing.lines[0]
    assert here("baseline", both, "--reason", "two").out.startswith("baseline.toml: 1 added, 1 kept, 0 taken out")
    text = (tmp_path / "baseline.toml").read_text()
    assert text.count('reason = "one"') == text.count('reason = "two"') == 1
    assert here("baseline", both, "--reason", "three").out.startswith("baseline.toml: 0 added, 2 kept")


def test_a_clean_report_needs_no_baseline(here: Here, tmp_path: Path) -> None:
    ended = here("baseline", write(tmp_path / "clean"))
    assert (ended.status, ended.out) == (0, "baseline.toml: 0 added, 0 kept, 0 taken out\n")
    assert not (tmp_path / "baseline.toml").exists()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[[known]]\ncheck = 'route/overlp'\nreason = 'x'", "route/overlp: no check at this address; did you mean"),
        ("[[known]]\ncheck = 'weight/value'", "no baseline: known[0].reason: nothing, expected a value"),
        ("= 1", "no baseline: line 1, column 1: Invalid statement; expected TOML"),
        ("\xff", "no baseline: line 1: is not UTF-8; expected TOML in UTF-8"),
    ],
)
def test_a_bad_file_is_one_line_before_anything_is_sent(here: Here, tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "bad.toml").write_bytes(text.encode("latin-1"))
    ended = here("run", "--baseline", "bad.toml")
    assert (ended.status, len(ended.lines)) == (2, 1)
    assert ended.lines[0].startswith(f"pbr-conformance: bad.toml: {line}")
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize("name", ["other.json", "."])
def test_a_baseline_is_a_toml_file(here: Here, tmp_path: Path, name: str) -> None:
    ended = here("baseline", write(tmp_path / "clean"), "--output", name)
    line = f"pbr-conformance: --output {name}: expected the name of a TOML file, such as baseline.toml"
    assert (ended.status, ended.lines) == (2, [line])


def test_a_missing_file_is_one_line(here: Here) -> None:
    ended = here("run", "--baseline", "none.toml")
    assert ended.lines == ["pbr-conformance: none.toml: cannot be read: No such file or directory"]


def test_colour_is_for_terminals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = write(tmp_path / "both", "weight/value")
    coloured = {}
    for name, settings in SETTINGS.items():
        for variable in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(variable, raising=False)
        for variable, value in settings.items():
            monkeypatch.setenv(variable, value)
        assert main(["report", report]) == 0
        coloured[name] = capsys.readouterr().out
    assert "\x1b[1;31mFAIL\x1b[0m" in coloured["forced"]
    assert coloured["plain"] == coloured["both"]
    assert "\x1b" not in coloured["plain"]
    assert Tree.parse(tmp_path / "both" / "junit.xml").getroot().tag == "testsuites"
