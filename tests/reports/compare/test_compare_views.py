"""A comparison as text, JSON and a page."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pbr_conformance.reports.compare.comparison import ComparedReport, Comparison, compare
from pbr_conformance.reports.compare.html import to_html
from pbr_conformance.reports.compare.json import to_json
from pbr_conformance.reports.compare.text import letter, to_text
from pbr_conformance.reports.data.implementation_defined import ImplementationDefined
from pbr_conformance.reports.data.results import Observation, Report, Verdict
from tests.reports.conftest import HOSTILE
from tests.reports.views.test_html import Page


def compared(*reports: Report) -> Comparison:
    return compare([ComparedReport(f"run-{number}", f"{number}.json", each) for number, each in enumerate(reports)])


@pytest.fixture
def bad(hostile: Report) -> Comparison:
    """Two reports that mean harm, under names that do."""
    check = replace(hostile.checks[0], observations=(Observation(HOSTILE, "other"),))
    other = replace(hostile, target=replace(hostile.target, url=HOSTILE), checks=(check, *hostile.checks[1:]))
    return compare([ComparedReport(HOSTILE, HOSTILE, hostile), ComparedReport(HOSTILE * 99, HOSTILE, other)])


def test_the_text_says_what_is_worse_and_where(clean: Report, one_failure: Report) -> None:
    lines = to_text(compared(clean, one_failure))
    story = "\n".join(lines)
    assert lines[0].startswith("WORSE  staging-mock, 2 runs: run-0, run-1. Of 50 checks, 3 worse, 47 the same.")
    rows = [" ".join(line.split()) for line in lines]
    assert rows[3].startswith("A run-0 PASS 0 of 49 ")
    assert "worse route/overlap PASS FAIL" in rows
    assert "worse route/quota PASS INCONCLUSIVE" in rows
    assert "worse state/concurrent PASS ERROR" in rows
    assert "B: A route that overlaps another of the same priority was accepted (1)" in story
    assert "weight/value" not in story


def test_nothing_to_tell_is_told_in_a_few_lines(clean: Report) -> None:
    lines = to_text(compared(clean, clean))
    assert lines[0].startswith("SAME ")
    assert len(lines) == 5


def test_what_is_left_out_is_counted_and_can_be_had(clean: Report, thirty_failures: Report) -> None:
    found = compared(clean, thirty_failures)
    short, whole = to_text(found), to_text(found, everything=True)
    assert "  ... and 5 more checks (--all lists them)" in short
    assert sum(line.startswith("worse ") for line in whole) == 15


def test_what_was_not_looked_at_is_counted_and_can_be_had(clean: Report) -> None:
    found = compared(clean, replace(clean, checks=clean.checks[:10]))
    assert to_text(found)[0].startswith("PARTIAL ")
    assert "39 left out, 11 the same." in to_text(found)[0]  # one is skipped in both
    assert not any(line.startswith("left out") for line in to_text(found))
    assert sum(line.startswith("left out") for line in to_text(found, everything=True)) == 39


def test_decisions_are_told_by_report(clean: Report) -> None:
    def saw(value: str) -> Report:
        check = replace(clean.checks[0], observations=(Observation("a/b with c/d", value, 3),))
        return replace(clean, checks=(check,), opinions=ImplementationDefined())

    lines = to_text(compared(saw("One"), saw("Two"), saw("Two")))
    assert "  a/b with c/d: A: One x 3; B, C: Two x 3" in lines


def test_who_answers_clearly_slower_is_told(clean: Report) -> None:
    assert clean.traffic is not None
    latency = replace(clean.traffic.latency, p50=2.0)

    def took(median: float) -> Report:
        assert clean.traffic is not None
        return replace(clean, traffic=replace(clean.traffic, latency=replace(latency, p50=median)))

    found = compared(took(2), took(2.2), took(5), took(1), replace(clean, traffic=None))
    lines = to_text(found)
    assert [line.endswith(end) for line, end in zip(lines[3:8], ("2 ms", "2.2 ms", "5 ms", "1 ms", "n/a"), strict=True)]
    place = lines.index("The median answer took, held against that of A:")
    assert lines[place + 1 : place + 3] == ["  C: 2.5 times as long", "  D: 0.5 times as long"]
    assert found.exit_status == 0
    assert [each["traffic"] and each["traffic"]["latency"]["p50"] for each in to_json(found)["reports"]] == [
        2, 2.2, 5, 1, None,
    ]  # fmt: skip
    assert "2.5 times the first" in Page(to_html(found)).text


def test_json_has_every_check_and_clause(clean: Report, one_failure: Report) -> None:
    found = compared(clean, one_failure)
    document = json.loads(json.dumps(to_json(found), allow_nan=False))
    assert document["exit"] == 1
    assert document["changes"] == {"worse": 3, "better": 0, "other": 0, "left out": 0, "same": 47}
    assert [each["label"] for each in document["reports"]] == ["run-0", "run-1"]
    assert document["reports"][1]["divergence"] == {"failed": 1, "judged": one_failure.judged}
    overlap = next(each for each in document["checks"] if each["address"] == "route/overlap")
    assert overlap["verdicts"] == ["PASS", "FAIL"]
    assert overlap["changes"] == ["same", "worse"]
    assert overlap["new_failures"] == [[], ["A route that overlaps another of the same priority was accepted (1)"]]
    assert len(document["clauses"]) == len(clean.clauses)


def test_a_stranger_can_do_nothing_to_a_terminal(bad: Comparison) -> None:
    lines = to_text(bad, everything=True)
    assert all(line.isprintable() and len(line) < 2_000 for line in lines)
    assert len(lines) < 40


def test_the_page_is_complete_and_its_links_lead_somewhere(clean: Report, one_failure: Report) -> None:
    html = to_html(compared(clean, one_failure, clean, clean))
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert {row.address for row in one_failure.checks} <= set(page.ids)
    assert {f"clause:{clause.id}" for clause in clean.clauses} <= set(page.ids)
    assert all(target.startswith("#") for target in page.attribute("href"))
    assert page.attribute("src") == []
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    for part in ("WORSE", "Of 50 checks, 3 worse", "run-3", "A route that overlaps another of the same priority"):
        assert part in page.text
    assert html == to_html(compared(clean, one_failure, clean, clean))


def test_every_change_and_many_reports_have_their_place(clean: Report, thirty_failures: Report) -> None:
    short = replace(clean, checks=clean.checks[3:])
    other = replace(clean, checks=tuple(replace(each, verdict=Verdict.OBSERVED) for each in clean.checks))
    page = Page(to_html(compared(short, thirty_failures, other, *[clean] * 7)))
    for change in ("worse", "other", "left out"):
        assert change in page.text
    better = Page(to_html(compared(thirty_failures, clean)))
    assert "BETTER" in better.text
    assert {attributes.get("class") for tag, attributes in page.tags if tag == "div"} >= {"board wide"}


def test_a_stranger_can_do_nothing_to_the_page(bad: Comparison) -> None:
    html = to_html(bad)
    page = Page(html)
    assert "<script>alert(1)</script>" in page.text
    assert "alert" not in page.inline["script"]
    assert [char for char in html if not char.isprintable() and char not in "\n\t"] == []
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]
    assert len(html) < 200_000


@pytest.mark.parametrize(("place", "shown"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA")])
def test_reports_have_letters(place: int, shown: str) -> None:
    assert letter(place) == shown
