"""What is on disk after a run, and after one that was cut short."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest

from pbr_conformance.reports.data.results import Report, Reproduction
from pbr_conformance.reports.data.serialize import from_json
from pbr_conformance.reports.views.write import write

WRITTEN = ("badge.svg", "junit.xml", "report.html", "report.json", "report.sarif")
TRANSCRIPTS = {"transcripts/route-overlap-1.json": {"requests": [{"action": "Create"}]}}


def files(directory: Path) -> list[str]:
    """Every file, by its relative name."""
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def test_everything_is_written(one_failure: Report, tmp_path: Path) -> None:
    directory = tmp_path / "build" / "report"
    write(one_failure, TRANSCRIPTS, directory)
    assert files(directory) == [*WRITTEN, *TRANSCRIPTS]
    assert from_json(json.loads((directory / "report.json").read_bytes())) == one_failure
    assert (
        json.loads((directory / "transcripts/route-overlap-1.json").read_bytes())
        == TRANSCRIPTS["transcripts/route-overlap-1.json"]
    )
    assert (directory / "report.html").read_text("utf-8").startswith("<!doctype html>")
    assert Tree.parse(directory / "junit.xml").getroot().tag == "testsuites"


def test_a_hostile_report_can_be_written_and_shown(hostile: Report, tmp_path: Path) -> None:
    write(hostile, {}, tmp_path)
    text = (tmp_path / "report.json").read_bytes().decode("ascii")
    assert text.replace("\n", "").isprintable()


def test_transcripts_of_an_earlier_run_go_and_nothing_else(one_failure: Report, tmp_path: Path) -> None:
    kept = ["notes.txt", "baseline.json", "transcripts/readme.md", "transcripts/mine/a.json", "transcripts/my own.json"]
    for name in [*kept, "transcripts/old-1.json"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    write(one_failure, TRANSCRIPTS, tmp_path)
    assert files(tmp_path) == sorted([*kept, *TRANSCRIPTS, *WRITTEN])


@pytest.mark.parametrize(
    "name", ["../evil.json", "transcripts/../report.json", "/etc/x.json", "transcripts/.json", "transcripts/a.html", ""]
)
def test_a_name_that_leads_elsewhere_is_refused(clean: Report, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="expected a name like"):
        write(clean, {name: {}}, tmp_path)
    assert files(tmp_path) == []


def test_what_cannot_be_written_leaves_the_old_report(clean: Report, one_failure: Report, tmp_path: Path) -> None:
    write(one_failure, TRANSCRIPTS, tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write(clean, {"transcripts/other.json": float("nan")}, tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_a_run_cut_short_leaves_whole_files_only(
    clean: Report, one_failure: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(one_failure, TRANSCRIPTS, tmp_path)

    def refuse(source: object, target: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write(clean, {}, tmp_path)
    assert files(tmp_path) == [*WRITTEN, *TRANSCRIPTS]
    assert from_json(json.loads((tmp_path / "report.json").read_bytes())) == one_failure


def with_scripts(report: Report, *paths: str) -> Report:
    """The report, its failures with a script at each path."""
    checks = [
        replace(check, failures=tuple(replace(each, reproductions=_scripts(paths)) for each in check.failures))
        for check in report.checks
    ]
    return replace(report, checks=tuple(checks))


def _scripts(paths: tuple[str, ...]) -> dict[str, Reproduction]:
    return {f"form {number}": Reproduction(path, "echo \ud800 é\n") for number, path in enumerate(paths)}


def test_scripts_are_written_and_those_of_an_earlier_run_go(one_failure: Report, tmp_path: Path) -> None:
    kept = ["reproductions/notes.txt", "reproductions/route-overlap/mine.txt"]
    for name in [*kept, "reproductions/route-overlap/old.sh", "reproductions/gone/reproduce.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    paths = ("reproductions/route-overlap/reproduce.sh", "reproductions/route-overlap/reproduce.py")
    write(with_scripts(one_failure, *paths), TRANSCRIPTS, tmp_path)
    assert files(tmp_path) == sorted([*kept, *paths, *TRANSCRIPTS, *WRITTEN])
    assert (tmp_path / paths[0]).read_text("utf-8") == "echo \\ud800 é\n"
    assert not (tmp_path / "reproductions/gone").exists()


@pytest.mark.parametrize("path", ["reproductions/../x.sh", "/etc/x.sh", "reproductions/a/b.json", "x.sh", ""])
def test_a_script_that_leads_elsewhere_is_refused(one_failure: Report, tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="expected a name like"):
        write(with_scripts(one_failure, path), {}, tmp_path)
    assert files(tmp_path) == []
