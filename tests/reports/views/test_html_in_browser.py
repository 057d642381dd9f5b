"""report.html in a browser, from disk: all of it works, nothing a stranger sent does, and everybody can read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pbr_conformance.reports.data.results import Report
from pbr_conformance.reports.views.html import to_html
from pbr_conformance.reports.views.ticket import ticket
from tests.browsing import TIMEOUT, chromium, needs_axe, needs_chromium, violations
from tests.reports.conftest import CHECKS, FORMS, HOSTILE, a_failure, a_report, failing, traffic, with_scripts

pytestmark = needs_chromium

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=TIMEOUT)
    with chromium() as browser:
        yield browser
    expect.set_options(timeout=5_000)


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Opens a report in a window of its own; at the end the consoles have said nothing, and nothing has run."""
    said: list[str] = []
    with browser.new_context(accept_downloads=True, permissions=["clipboard-read", "clipboard-write"]) as context:
        context.set_default_timeout(TIMEOUT)
        context.on("console", lambda message: said.append(message.text))
        context.on("weberror", lambda error: said.append(str(error.error)))
        context.on("dialog", lambda dialog: said.append(dialog.message))
        context.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith("file:") else None)

        def open_(report: Report, fragment: str = "", width: int = 1280, dark: bool = False) -> Page:
            path = tmp_path / "report.html"
            path.write_text(to_html(report), encoding="utf-8")
            page = context.new_page()
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.goto(path.as_uri() + fragment)
            return page

        yield open_
        assert [words for words in said if not words.startswith("blob:")] == []


@pytest.fixture
def failed(one_failure: Report) -> Report:
    """A run with one failure, and its scripts."""
    return with_scripts(one_failure)


def short(report: Report) -> Report:
    """The same with fewer rows, where each of them costs time."""
    kept = {check.address for check in report.checks if check.failures} | {
        "format/missing",
        "cidr/loose",
        "route/quota",
    }
    checks = tuple(
        check for check in report.checks if check.address in kept | {"state/concurrent", "caller/unauthorized"}
    )
    clauses = tuple(clause for clause in report.clauses if not clause.checks or clause.checks[0] in kept)
    return replace(report, checks=checks, clauses=clauses)


@pytest.fixture(scope="module")
def large() -> Report:
    """450 checks and clauses, of which the last but one and 60 others have failed."""
    checks = [
        replace(CHECKS[at % 50], address=f"{CHECKS[at % 50].address}-{at}", clauses=(f"c/{at}",)) for at in range(450)
    ]
    failures = [failing(check, a_failure(at, check.address)) for at, check in enumerate(checks[-61:-1])]
    return with_scripts(a_report((*checks[:-61], *failures, checks[-1])))


def rows(page: Page, section: str) -> int:
    """How many rows are drawn: what is filtered out is not in the document."""
    return int(page.evaluate(f"document.querySelectorAll('{section} .row').length"))


def test_the_filter_narrows_by_words_verdict_chapter_strength_and_code(opened: Opened, failed: Report) -> None:
    page = opened(failed)
    page.get_by_role("searchbox").fill("SSL inside")
    expect(page.locator("#filter-found")).to_have_text("2 of 102")
    assert (rows(page, "#failures"), rows(page, "#checks"), rows(page, "#clauses")) == (0, 1, 1)
    expect(page.locator("#failures")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#filter-found")).to_have_text("")
    assert rows(page, "#checks") == 50
    page.get_by_role("button", name="OBSERVED").click()
    expect(page.locator("#filter-found")).to_have_text("12 of 102")
    page.get_by_label("Strength").select_option("MUST")
    expect(page.locator("#filter-found")).to_have_text("0 of 102")
    page.get_by_role("button", name="OBSERVED").click()
    page.get_by_label("Chapter").select_option("route")
    page.get_by_label("Code", exact=True).select_option("Code.overlap")
    expect(page.locator("#filter-found")).to_have_text("3 of 102")
    assert rows(page, "#failures") == 1


def test_the_keyboard_goes_to_the_filter_and_from_row_to_row(opened: Opened, failed: Report) -> None:
    page = opened(failed)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("overlap")
    expect(page.locator("#filter-found")).to_have_text("3 of 102")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#failures summary").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#failures .inside")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator('[id="route/overlap"] a').first).to_be_focused()
    assert page.url.endswith("#route/overlap")
    page.keyboard.press("Enter")
    expect(page.locator('[id="route/overlap"] a').first).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_scripts_are_tabs_that_can_be_copied_and_saved(opened: Opened, failed: Report) -> None:
    page = opened(failed)
    (failure,) = (failure for check in failed.checks for failure in check.failures)
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("# curl")
    page.get_by_role("tab", name="curl").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="aliyun CLI")).to_be_focused()
    expect(panel).to_contain_text("# aliyun CLI")
    for form, script in failure.reproductions.items():
        page.get_by_role("tab", name=form).click()
        expect(panel).to_contain_text(f"# {form}")
        with page.expect_download() as downloading:
            page.get_by_role("button", name="Download").click()
        assert downloading.value.suggested_filename == FORMS[form]
        assert downloading.value.path().read_text() == script.text
    page.get_by_role("tab", name="transcript").click()
    expect(panel).to_contain_text('"format": 1')
    panel.get_by_role("button", name="Copy").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == failure.recorded
    page.get_by_role("tab", name="ticket").click()
    expect(panel).to_contain_text(f"Observed: {failure.observed}")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download").click()
    assert downloading.value.suggested_filename == "route-overlap.txt"
    assert downloading.value.path().read_text() == ticket(failed, failure)
    page.locator(".reproduce").get_by_role("button", name="Copy").click()
    expect(page.locator(".reproduce button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == failed.reproduce


def test_a_link_unfolds_what_was_folded_and_brings_back_what_was_filtered_out(
    opened: Opened, thirty_failures: Report
) -> None:
    page = opened(with_scripts(thirty_failures), "#failure:cidr/loose:2")
    expect(page.locator('[id="failure:cidr/loose:2"] .inside')).to_be_in_viewport()
    expect(page.locator('[id="failure:cidr/loose:2"]').get_by_role("tabpanel")).to_contain_text("# curl")
    page.get_by_role("searchbox").fill("settles")
    expect(page.locator("#failures")).to_be_hidden()
    page.evaluate("location.hash = '#cidr/loose'")
    expect(page.locator('[id="cidr/loose"]')).to_be_in_viewport()
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_of_many_rows_some_are_drawn_and_all_are_found(opened: Opened, large: Report) -> None:
    page = opened(large)
    assert (rows(page, "#checks"), rows(page, "#clauses"), rows(page, "#failures")) == (100, 100, 15)
    page.locator("#checks .show-more").click()
    expect(page.locator("#checks .shown")).to_have_text("300 of 450 shown")
    assert rows(page, "#checks") == 300
    last = large.checks[-2].address
    page.get_by_role("searchbox").fill(last)
    expect(page.locator("#filter-found")).to_have_text("3 of 961")
    assert (rows(page, "#checks"), rows(page, "#clauses"), rows(page, "#failures")) == (1, 1, 1)
    page.locator("#failures summary").first.click()
    expect(page.locator("#failures").get_by_role("tabpanel")).to_contain_text("# curl")


def test_a_link_leads_to_a_row_that_was_not_drawn(opened: Opened, large: Report) -> None:
    for anchor in (f"failure:{large.checks[-2].address}", "c/449"):
        page = opened(large, f"#{anchor}")
        expect(page.locator(f'[id="{anchor}"]')).to_be_in_viewport()
        page.close()


def test_the_transcript_is_unpacked_when_it_is_opened_and_can_be_looked_through(opened: Opened, clean: Report) -> None:
    page = opened(replace(clean, traffic=traffic(clean.checks, 450)))
    assert rows(page, "#transcript") == 0
    page.locator("#transcript > summary").click()
    expect(page.locator("#transcript .shown")).to_have_text("200 of 450 shown")
    assert rows(page, "#transcript") == 200
    page.get_by_label("Find").fill("10.0.193.0/24 weight")
    expect(page.locator("#transcript output")).to_have_text("2 found")
    assert rows(page, "#transcript") == 2
    page.get_by_label("Find").fill("nothing has this")
    expect(page.locator("#transcript output")).to_have_text("0 found")
    expect(page.get_by_label("Find")).to_be_visible()


def test_what_a_stranger_sent_is_text(opened: Opened, hostile: Report) -> None:
    page = opened(with_scripts(hostile, HOSTILE + "v" * 1_000_000))
    expect(page.get_by_role("tabpanel")).to_contain_text("<script>alert(1)</script>")
    expect(page.get_by_role("tabpanel")).to_contain_text("\\u202eevil")
    page.locator("summary").evaluate_all("each => each.forEach((one) => one.click())")
    page.get_by_role("searchbox", name="Filter by text").fill(HOSTILE[:60])
    assert page.locator("img, iframe, object, embed, link, base").count() == 0
    links = page.locator("a").evaluate_all("each => each.map((one) => one.protocol)")
    assert set(links) <= {"file:"}
    raw = page.evaluate(
        "/[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]/.test(document.body.textContent)"
    )
    assert not raw


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_it_fits_the_window_whatever_is_on_it(opened: Opened, hostile: Report, failed: Report, width: int) -> None:
    for report in (with_scripts(hostile, HOSTILE + "v" * 1_000_000), failed):
        page = opened(report, width=width)
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.close()


@needs_axe
@pytest.mark.parametrize(("sample", "dark", "width"), [
    ("one_failure", False, 1280), ("one_failure", True, 360), ("hostile", False, 1280), ("clean", True, 1280),
])  # fmt: skip
def test_axe_finds_nothing(opened: Opened, sample: str, dark: bool, width: int, request: pytest.FixtureRequest) -> None:
    page = opened(with_scripts(short(request.getfixturevalue(sample))), dark=dark, width=width)
    assert violations(page) == {}


def test_without_a_script_everything_is_there(browser: Browser, failed: Report, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(to_html(failed), encoding="utf-8")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto((tmp_path / "report.html").as_uri())
        expect(page.get_by_role("link", name="reproductions/route-overlap/reproduce.sh")).to_be_visible()
        expect(page.get_by_role("search")).to_be_hidden()
        expect(page.locator(".copy:visible")).to_have_count(0)


def test_printed_it_shows_what_is_folded_and_no_buttons(opened: Opened, thirty_failures: Report) -> None:
    page = opened(with_scripts(thirty_failures))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".failure .judgement:visible")).to_have_count(30)
    expect(page.locator("button:visible")).to_have_count(0)
