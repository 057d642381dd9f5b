"""badge.svg."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as Tree

import pytest

from pbr_conformance.reports.compare.baseline import held_against
from pbr_conformance.reports.data.baseline import Known
from pbr_conformance.reports.data.results import Report, Verdict
from pbr_conformance.reports.views.badge import COLOURS, message_of, to_badge

SVG = "{http://www.w3.org/2000/svg}"


def luminance(colour: str) -> float:
    """As WCAG 2 has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_it_has_two_figures(one_failure: Report) -> None:
    picture = Tree.fromstring(to_badge(one_failure))
    said = "failed: 1 of 47, clauses: 47 of 51"
    assert [each.text for each in picture.iter(f"{SVG}text")] == ["conformance", said]
    assert picture.findtext(f"{SVG}title") == picture.get("aria-label") == f"conformance: {said}"
    known = Known("route/overlap", "route/overlap", "*", "ticket 7")
    assert message_of(held_against(one_failure, "b.toml", [known])) == "failed: 1 of 47 (1 known), clauses: 47 of 51"


def test_a_run_that_judged_nothing_is_not_green(clean: Report) -> None:
    nothing = replace(clean, checks=())
    assert message_of(nothing) == "not judged"
    assert COLOURS[nothing.verdict] not in (COLOURS[Verdict.PASS], COLOURS[Verdict.OBSERVED])


@pytest.mark.parametrize("verdict", Verdict)
def test_white_can_be_read_on_it(verdict: Verdict) -> None:
    assert 1.05 / (luminance(COLOURS[verdict]) + 0.05) >= 4.5


def test_nothing_of_an_endpoint_is_in_it(hostile: Report) -> None:
    text = to_badge(hostile)
    assert "alert" not in text
    assert len(text) < 2_000
