"""The system's own Chromium, for tests of pages, and what axe finds on one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM: Final = shutil.which("chromium")
AXE: Final = Path(__file__).parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMEOUT: Final = 20_000  # milliseconds

needs_chromium: Final = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium")
needs_axe: Final = pytest.mark.skipif(not AXE.exists(), reason="there is no axe-core: npm install --prefix tests/node")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET), timeout=60_000)
        try:
            yield browser
        finally:
            browser.close()


def violations(page: Page) -> Mapping[str, object]:
    """What axe finds: rule -> where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    assert found["passes"]
    return {rule["id"]: [node["target"] for node in rule["nodes"]] for rule in found["violations"]}
