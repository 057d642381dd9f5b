"""An endpoint that puts what does harm into every field: its report does none, in a browser or in a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser

from tests.browsing import TIMEOUT, chromium, needs_chromium
from tests.conformance.commands import Ended, Here
from tests.conformance.independent_endpoint import Endpoint
from tests.conformance.plain_server import Answer, Params, serving
from tests.conformance.test_independent_endpoint import ACCOUNT

HARM: Final = (
    "</script><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">'\"`&amp;"
    "javascript:alert(1) \x00\x07\x1b[2J\x1b]0;run\x07\x9b31m\u202eevil\u2066\ud800\r\n"
)


class Harmful(Endpoint):
    """Right in what it does; in what it says, harmful, and now and then a megabyte of it."""

    answered = 0

    def answer(self, params: Params) -> Answer:
        status, body = super().answer(params)
        if params.get("Action") != "CreateVpnPbrRouteEntry":
            return status, body
        self.answered += 1
        much = HARM + "x" * (1_000_000 if self.answered % 20 == 1 else 100)
        if status == 200:
            return status, {
                **body,
                "RequestId": HARM + body["RequestId"],
                HARM: HARM,
                "Description": much,
            }
        return status, {"Code": HARM, "Message": much, "RequestId": HARM, HARM: [HARM]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def judged(here: Here) -> Ended:
    """The command, run against it."""
    only = [word for address in ("weight/value", "answer/success") for word in ("--only", address)]
    with serving(Harmful(ACCOUNT).answer) as url:
        return here("run", "--url", url, "--seed", "1", "--budget", "120", "--report", "report", *only)


@pytest.mark.slow
@needs_chromium
def test_nothing_of_it_runs_or_moves_anything(judged: Ended, browser: Browser, tmp_path: Path) -> None:
    assert judged.status == 1
    assert [char for char in judged.out + judged.error if not (char.isprintable() or char == "\n")] == []
    report: dict[str, Any] = json.loads((tmp_path / "report" / "report.json").read_text())
    assert any("</script>" in failure["observed"] for check in report["checks"] for failure in check["failures"])
    said: list[str] = []
    with browser.new_context(viewport={"width": 800, "height": 600}) as context:
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith("file:") else None)
        page.goto((tmp_path / "report" / "report.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        for tab in page.get_by_role("tab").all():
            tab.click()
        page.locator("#transcript .row").first.wait_for()
        assert page.title().startswith("FAIL")
        assert page.locator("img, iframe, object, embed").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") == 800
        assert not page.evaluate(
            "/[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066]/.test(document.body.textContent)"
        )
    assert said == []
    assert (tmp_path / "report" / "report.html").stat().st_size < 1_000_000
