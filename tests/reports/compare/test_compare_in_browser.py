"""The page of a comparison in a browser, from disk: it works, everybody can read it, and a stranger can do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from pbr_conformance.reports.compare.comparison import ComparedReport, compare
from pbr_conformance.reports.compare.html import to_html
from pbr_conformance.reports.data.implementation_defined import ImplementationDefined, ReportedPrecedence
from pbr_conformance.reports.data.results import Observation, Report
from tests.browsing import TIMEOUT, chromium, needs_axe, needs_chromium, violations
from tests.reports.conftest import HOSTILE

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def opened(page: Page, html: str, path: Path) -> None:
    """Open a page from disk."""
    path.write_text(html, encoding="utf-8")
    page.goto(path.as_uri())


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, said: list[str]) -> Iterator[Page]:
    """A page of which nothing may be said on the console, and that may open no dialogue and ask for nothing."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda request: None if request.url.startswith("file:") else said.append(request.url))
        yield page
        assert said == []


def shortened(report: Report) -> Report:
    """Fewer rows: what axe says of one it says of all."""
    kept = ("format/missing", "ssl/inside", "route/overlap", "route/quota", "state/concurrent")
    return replace(
        report,
        checks=tuple(each for each in report.checks if each.address in kept),
        clauses=tuple(each for each in report.clauses if set(each.checks) & set(kept)),
    )


@pytest.fixture
def board(clean: Report, one_failure: Report, thirty_failures: Report) -> str:
    """Four endpoints side by side."""
    reports = [shortened(each) for each in (clean, one_failure, thirty_failures, clean)]
    decided = [
        replace(
            each,
            opinions=ImplementationDefined(precedences=(ReportedPrecedence(*won, "Code", 1),)),
            target=replace(each.target, name=f"mock-{number}"),
        )
        for number, (each, won) in enumerate(
            zip(reports, [("a/b", "c/d"), ("c/d", "a/b"), ("a/b", "c/d"), ("c/d", "a/b")], strict=True)
        )
    ]
    return to_html(
        compare([ComparedReport(each.target.name, f"{each.target.name}/report.json", each) for each in decided])
    )


@needs_axe
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_it_fits(
    page: Page, board: str, tmp_path: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, board, tmp_path / "board.html")
    assert violations(page) == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_filter_and_links_work(page: Page, board: str, tmp_path: Path) -> None:
    opened(page, board, tmp_path / "board.html")
    same = page.locator('tr[data-verdict="same"]').first
    expect(same).to_be_visible()
    page.get_by_role("button", name="Only differences").click()
    expect(same).to_be_hidden()
    expect(page.locator('[id="route/overlap"]')).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("overlap")
    expect(page.locator("#filter-found")).to_contain_text("of")
    expect(page.locator('[id="state/concurrent"]')).to_be_hidden()
    page.keyboard.press("Escape")
    expect(same).to_be_visible()
    page.locator('[id="route/overlap"] a.address').click()
    assert page.url.endswith("#route/overlap")


def test_a_stranger_can_do_nothing(page: Page, hostile: Report, tmp_path: Path) -> None:
    check = replace(hostile.checks[0], observations=(Observation(HOSTILE, "other" * 100),))
    other = replace(hostile, target=replace(hostile.target, url=HOSTILE), checks=(check, *hostile.checks[1:]))
    columns = [ComparedReport(HOSTILE, HOSTILE, hostile), ComparedReport(HOSTILE + "x" * 5_000, HOSTILE, other)]
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        opened(page, to_html(compare(columns)), tmp_path / "hostile.html")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("script").count() == 1
        assert page.get_by_role("heading", name="Checks").is_visible()
