"""Reports and a baseline that were written before 2026-12 still read, and mean what they meant."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any, Final

import pytest

from pbr_conformance.reports.compare.baseline import held_against, parse
from pbr_conformance.reports.compare.comparison import ComparedReport, compare
from pbr_conformance.reports.compare.html import to_html as comparison_page
from pbr_conformance.reports.compare.text import to_text
from pbr_conformance.reports.data.baseline import Standing
from pbr_conformance.reports.data.results import Verdict
from pbr_conformance.reports.data.serialize import from_json, to_json
from pbr_conformance.reports.views.html import to_html
from pbr_conformance.reports.views.junit import to_junit
from pbr_conformance.reports.views.text import summary
from pbr_conformance.simulator.model.toml_file import tables_of

ARCHIVE: Final = Path(__file__).parents[1] / "data_of_before" / "reports.tar.xz"
NAMES: Final = ("clean", "failing", "known", "budget", "blocked")
VERDICTS: Final = {
    "clean": Verdict.PASS,
    "failing": Verdict.FAIL,
    "known": Verdict.FAIL,
    "budget": Verdict.PASS,
    "blocked": Verdict.INCONCLUSIVE,
}


def text_of(member: str) -> str:
    with tarfile.open(ARCHIVE) as archive:
        file = archive.extractfile(member)
        assert file is not None
        return file.read().decode("utf-8")


def document_of(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text_of(f"{name}/report.json"))
    return document


@pytest.mark.parametrize("name", NAMES)
def test_a_report_reads_and_is_written_with_the_same_members(name: str) -> None:
    document = document_of(name)
    report = from_json(document)
    assert report.verdict is VERDICTS[name]
    assert report.exit_status == document["exit"]
    expected = json.loads(json.dumps(document).replace('"BLOCKED"', '"INCONCLUSIVE"'))
    for observation in (each for check in expected["checks"] for each in check["observations"]):
        observation["conditions"] = []  # they were told by the text alone
    for failure in (each for check in expected["checks"] for each in check["failures"]):
        failure["control"] = None  # none was kept
    written = json.loads(json.dumps(to_json(report)))
    assert written == {
        **expected,
        "verdict": report.verdict.value,
        "left": [],
        "variant": "",
        "causes": [],
        "finding": "",
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_view_shows_it_with_the_words_of_now(name: str) -> None:
    report = from_json(document_of(name))
    views = [to_html(report), to_junit(report).decode(), "\n".join(summary(report, None))]
    assert not any("BLOCKED" in view for view in views)
    assert all(("INCONCLUSIVE" in view) == (name == "blocked") for view in views[1:])


def test_they_compare_with_one_another() -> None:
    found = compare([ComparedReport(name, f"{name}/report.json", from_json(document_of(name))) for name in NAMES])
    text = "\n".join(to_text(found, everything=True))
    assert "INCONCLUSIVE" in text
    assert "BLOCKED" not in text + comparison_page(found)


def test_a_baseline_knows_the_failure_that_it_was_made_from() -> None:
    entries = parse(tables_of(text_of("baseline.toml"), "a baseline"))
    held = held_against(from_json(document_of("failing")), "baseline.toml", entries)
    assert (held.exit_status, held.known) == (0, 1)
    assert held.baseline is not None
    assert [each.standing for each in held.baseline.entries] == [Standing.SEEN]
    known = from_json(document_of("known"))
    assert known.baseline is not None
    assert known.baseline.entries == held.baseline.entries
