"""report.html where no style sheet and no script may be used, on paper, and with few checks selected."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, Route, expect
from selectolax.lexbor import LexborHTMLParser

from pbr_conformance.reports.data.results import Control, Report, ReportedInteraction
from pbr_conformance.reports.views.html import to_html
from pbr_conformance.reports.views.text import failure_lines
from pbr_conformance.reports.views.ticket import ticket
from tests.browsing import TIMEOUT, chromium, needs_chromium
from tests.reports.conftest import CHECKS, a_report

ARCHIVE = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"
"""The policy with which Jenkins sends what a job has archived."""
WIDTH_OF_A4 = 718


def in_archive(page: Page, report: Report) -> None:
    def answer(route: Route) -> None:
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": ARCHIVE}
        route.fulfill(body=to_html(report), headers=headers)

    page.route("http://archive.test/**", answer)
    page.goto("http://archive.test/report.html")


def text_of(tree: LexborHTMLParser, selector: str) -> str:
    (found,) = tree.css(selector)
    return found.text()


def test_each_shape_has_a_colour_of_its_own(thirty_failures: Report) -> None:
    tree = LexborHTMLParser(to_html(thirty_failures))
    shapes = tree.css("svg rect")
    assert shapes
    assert all(shape.attributes.get("fill") for shape in shapes)
    for gauge in tree.css(".gauge"):
        colours = [shape.attributes["fill"] for shape in gauge.css("rect")]
        assert len(set(colours)) == len(colours)


@needs_chromium
def test_in_an_archive_that_allows_nothing_it_is_read_and_on_paper_nothing_is_cut_off(
    thirty_failures: Report, tmp_path: Path
) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 800}, java_script_enabled=True)
        page.set_default_timeout(TIMEOUT)
        in_archive(page, thirty_failures)
        expect(page.get_by_role("heading", name=thirty_failures.target.name)).to_be_visible()
        expect(page.locator("button:visible")).to_have_count(0)
        paper = browser.new_page(viewport={"width": WIDTH_OF_A4, "height": 1000})
        path = tmp_path / "report.html"
        path.write_text(to_html(thirty_failures), encoding="utf-8")
        paper.goto(path.as_uri())
        paper.emulate_media(media="print")
        held = paper.locator(".precedence-scroll").first.evaluate("e => [e.scrollWidth, e.clientWidth, innerWidth]")
        assert held[0] <= held[1] <= held[2]


def test_what_was_not_selected_stands_apart_and_can_be_linked_to(clean: Report) -> None:
    few = replace(a_report(CHECKS[:3]), clauses=clean.clauses)
    tree = LexborHTMLParser(to_html(few))
    ids = {row.attributes.get("id") for row in tree.css("table.clauses .row")}
    assert {clause.id for clause in few.clauses[:3]} <= ids
    apart = [item.attributes.get("id") for item in tree.css(".unselected li")]
    assert len(apart) == len(CHECKS) - 3
    assert ids.isdisjoint(apart)
    assert "no check was selected" in text_of(tree, "#clauses .lead")


def test_a_control_and_the_guilty_value_are_shown(one_failure: Report) -> None:
    check = next(check for check in one_failure.checks if check.failures)
    last = check.failures[0].sequence[-1]
    guilty = replace(last, parameters={**last.parameters, "Weight": "100 "}, matters=("Weight", "Priority"))
    sent = ReportedInteraction(action="CreateVpnPbrRouteEntry", parameters={"RouteDest": "10.9.9.0/24"}, status=200)
    failure = replace(
        check.failures[0],
        sequence=(*check.failures[0].sequence[:-1], replace(guilty, at_fault=True)),
        control=Control(words="without request 2 it does not happen", differs_at=(2,), sequence=(sent,)),
    )
    report = replace(one_failure, checks=(replace(check, failures=(failure,)),))
    tree = LexborHTMLParser(to_html(report))
    assert "without request 2 it does not happen" in text_of(tree, ".control summary")
    assert "10.9.9.0/24" in text_of(tree, ".control .sequence")
    for lines in (failure_lines(check, failure), ticket(report, failure).splitlines()):
        assert any("Weight '100 '" in line for line in lines)
        assert any("without request 2 it does not happen" in line for line in lines)
