"""Every label of a report and of the terminal is defined in docs/glossary.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from pbr_conformance.reports.compare.comparison import CheckChange
from pbr_conformance.reports.data.results import Report, Verdict
from pbr_conformance.reports.views.html import to_html
from pbr_conformance.reports.views.labels import Label
from pbr_conformance.reports.views.sentences import figures
from tests.reports.views.test_html import Page

ROOT: Final = Path(__file__).parents[3]
DEFINED: Final = frozenset(
    term.lower() for term in re.findall(r"\*\*(.+?)\*\*", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
)


@pytest.mark.parametrize("words", [Label, Verdict, CheckChange])
def test_every_label_is_in_the_glossary(words: Iterable[str]) -> None:
    assert [each for each in words if str(each.value if hasattr(each, "value") else each).lower() not in DEFINED] == []


def test_every_label_is_used() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for pattern in ("views/*.py", "views/templates/*.j2", "compare/*.py")
        for path in (ROOT / "reports").glob(pattern)
        if path.name != "labels.py"
    )
    assert [label.name for label in Label if not re.search(rf"\b(Label|labels)\.{label.name}\b", sources)] == []


def test_the_headings_of_the_page_are_labels(one_failure: Report) -> None:
    page = to_html(one_failure)
    headings = [" ".join(each.split()) for each in re.findall(r'<h2 id="[a-z]+-title"(?: class="\w+")?>([^<]+)', page)]
    assert {each.partition(",")[0] for each in headings} - set(Label) == {"Summary"}
    assert all(f"{label} " in Page(page).text for label in figures(one_failure))
