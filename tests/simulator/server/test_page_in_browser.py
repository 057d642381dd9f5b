"""The page in a browser: it works, keeps its place while it is refreshed, and everybody can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from pbr_conformance.simulator.server.page import visit
from pbr_conformance.simulator.server.server import serving
from tests.browsing import TIMEOUT, chromium, needs_axe, needs_chromium, violations
from tests.simulator.oracle_rows import parameters

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def url() -> Iterator[str]:
    with serving(page=visit) as url:
        yield url


@pytest.fixture
def said() -> list[str]:
    """What the console said; the browser itself notes each refusal of the API, which is no error of the page."""
    return []


@pytest.fixture
def page(browser: Browser, said: list[str]) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        page.on("console", lambda message: said.append(_words(message)))
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        assert [words for words in said if words] == []


def _words(message: ConsoleMessage) -> str:
    refused = re.fullmatch(r"Failed to load resource: the server responded with a status of 400 .*", message.text)
    return "" if refused else message.text


def send(url: str, **changes: str) -> None:
    """Send a creation that differs so from the plain one."""
    sent = {"Action": "CreateVpnPbrRouteEntry", "Version": "2016-04-28", **parameters(changes)}
    connection = HTTPConnection(url.removeprefix("http://"), timeout=5)
    connection.request("GET", "/?" + urlencode(sent))
    connection.getresponse().read()
    connection.close()


def twenty(url: str) -> None:
    """As many routes as the gateway takes, some of which overlap, and one request more."""
    send(url, RouteSource="10.0.0.0/8", RouteDest="10.0.0.0/8", Priority="90")
    for at in range(18):
        send(url, RouteSource=f"10.{at}.0.0/16", RouteDest=f"10.{at}.1.0/24", Priority=str(10 + at // 6))
    send(url, RouteSource="203.0.113.7/32", RouteDest="10.0.0.0/16", Priority="1", Description="\u202e<b>\x1b")
    send(url, RouteSource="10.0.0.0/33", Weight="50", Priority="500", Description="http://x")


def test_a_request_that_is_sent_shows_its_answer_and_its_explanation(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Sent: HTTP 200")).to_be_visible()
    expect(page.locator("#outcome .explanation")).to_contain_text("success this came")
    expect(page.locator("#routes")).to_contain_text("192.168.1.0/24")
    page.get_by_label("Weight").fill("7")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Sent: HTTP 400")).to_be_visible()
    expect(page.locator("#outcome .explanation")).to_contain_text("MUST weight/value")
    expect(page.locator("#outcome pre")).to_contain_text('"Code": "VpnRouteEntry')


def test_a_dry_run_creates_nothing(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("DryRun").check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#outcome pre")).to_contain_text("DryRunOperation")
    expect(page.locator("#routes")).to_contain_text("No route yet.")


def test_assessing_works_without_script_and_sends_nothing(browser: Browser, url: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(url, timeout=TIMEOUT)
        page.get_by_label("Weight").fill("7")
        page.get_by_role("button", name="Assess").click()
        expect(page.locator("#assessment")).to_contain_text("MUST weight/value")
        expect(page.locator("#requests")).to_contain_text("No request yet.")
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_hidden()


def test_an_assessment_gives_way_to_what_is_sent(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Assess").click()
    expect(page.locator("#assessment")).to_contain_text("Assessed, not sent")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#outcome .explanation")).to_be_visible()
    expect(page.locator("#assessment")).not_to_contain_text("Assessed, not sent")


def test_what_an_answer_holds_is_text(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("Description").fill("<img src=x>\u202e\u2028")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#outcome pre")).to_contain_text("<img src=x>\\u{202e}\\u{2028}")
    expect(page.locator("#routes table")).to_contain_text("<img src=x>\\u202e\\u2028")
    expect(page.locator("img")).to_have_count(0)


def test_refreshing_keeps_focus_what_is_unfolded_and_what_was_typed(page: Page, url: str) -> None:
    send(url)
    page.goto(url)
    page.get_by_label("Description").fill("typed")
    page.locator("#unfold-1").press("Enter")
    page.evaluate("document.querySelector('#request-1').dataset.kept = 'the same element'")
    send(url, RouteSource="10.7.0.0/24")
    page.evaluate("document.querySelector('#again').dispatchEvent(new Event('click'))")
    expect(page.locator("#requests details").first).to_have_attribute("id", "request-2")
    expect(page.locator("#routes tbody tr")).to_have_count(2)
    expect(page.locator("#unfold-1")).to_be_focused()
    expect(page.locator("#request-1")).to_have_attribute("open", "")
    expect(page.locator("#request-2")).not_to_have_attribute("open", "")
    expect(page.get_by_label("Description")).to_have_value("typed")


def test_it_refreshes_by_itself_where_that_is_ticked_and_after_a_reload(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("every 2 s").check()
    send(url)
    expect(page.locator("#routes tbody tr")).to_have_count(1, timeout=TIMEOUT)
    page.reload()
    expect(page.get_by_label("every 2 s")).to_be_checked()
    send(url, RouteSource="10.7.0.0/24")
    expect(page.locator("#routes tbody tr")).to_have_count(2, timeout=TIMEOUT)


def test_a_refresh_that_fails_is_said(page: Page, url: str, said: list[str]) -> None:
    page.goto(url)
    page.route("**/*", lambda route: route.abort())
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#said")).to_have_text("The endpoint does not answer")
    assert all("ERR_FAILED" in words for words in said)
    said.clear()


def test_a_request_that_fails_is_said(page: Page, url: str, said: list[str]) -> None:
    page.goto(url)
    page.route("**/*", lambda route: route.abort())
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Sent: no answer")).to_be_visible()
    assert all("ERR_FAILED" in words for words in said)
    said.clear()


def test_everything_can_be_reached_by_keyboard(page: Page, url: str) -> None:
    send(url, Weight="7")
    page.goto(url)
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    wanted = ["Skip to the account", "again", "automatic", "to-vpn-dual", "unfold-1", "field-Weight", "send"]
    assert [id for id in wanted if id not in reached] == []


@pytest.mark.parametrize("width", [360, 768, 1280, 2560])
def test_it_fits_the_window(page: Page, url: str, width: int) -> None:
    twenty(url)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(url)
    page.locator("summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == width


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(page: Page, url: str, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(url)
    assert violations(page) == {}
    twenty(url)
    page.goto(url)
    page.locator("summary").first.click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#outcome .explanation")).to_be_visible()
    assert violations(page) == {}
    page.get_by_role("button", name="Assess").click()
    expect(page.locator("#assessment")).to_contain_text("Assessed, not sent")
    assert violations(page) == {}
