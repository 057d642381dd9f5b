"""The picture in README.md: a run on a mutant, and its report in a browser.

Run it where the development dependencies are installed: `python tools/report_picture.py`. It needs Chromium, and writes
docs/report.png.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import sync_playwright

from pbr_conformance.conformance.cli import main

RUN: Final = ("run", "--mutant", "overlap-equal", "--seed", "7", "--examples", "20", "--quiet")
WIDTH: Final = 1200
HEIGHT: Final = 1150
PASSED_BY: Final = ".bar, .reading, .about, .reproduce, .missed, .documented, .proof"
"""What a reader scrolls past on the way to the first failure; it is left out, so that both are in the picture."""
LARGEST: Final = 150_000  # bytes: what a README may weigh
PICTURE: Final = Path(__file__).parents[1] / "docs" / "report.png"


def draw(directory: Path) -> None:
    """Carry out the run, and photograph the top of its report."""
    main([*RUN, "--report", str(directory)])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto((directory / "report.html").as_uri())
        page.locator(PASSED_BY).evaluate_all("all => all.forEach(each => each.hidden = true)")
        page.screenshot(path=PICTURE)
        browser.close()
    size = PICTURE.stat().st_size
    sys.stderr.write(f"{PICTURE.name}: {size:,} bytes\n")
    if size > LARGEST:
        raise SystemExit(f"expected at most {LARGEST:,} bytes")


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        draw(Path(temporary))
