"""How large report.html is with 10,000 rows, and how soon it is shown, beside pytest-html with as many tests.

Run it by hand: `python benchmarks/report.py --peer PYTHON`, where PYTHON is an interpreter that has pytest-html, in an
environment of its own. Without it only our pages are measured. All are opened from disk in Chromium, in turns; shown is
what has its first rows on the screen; of a transcript, also that it was opened. Figures are medians; the ratio depends
on the machine less than they do.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from pbr_conformance.reports.data.results import CheckResult, Report
from pbr_conformance.reports.data.serialize import from_json
from pbr_conformance.reports.views.html import to_html

ROWS: Final = 10_000
FAILURES: Final = 100
ROUNDS: Final = 5
TIMEOUT: Final = 120_000  # milliseconds
RUN: Final = ("run", "--only", "route", "--mutant", "overlap-equal", "--seed", "7", "--report")
TEST: Final = """
import pytest

@pytest.mark.parametrize("number", range({rows}))
def test_check(number):
    assert number % 100, "refused with VpnRouteEntry.Conflict, although no condition for it is met"
"""
SHOWN: Final = """
(selector) => new Promise((done) => {
  const look = () => (document.querySelector("#transcript")?.setAttribute("open", ""),
    document.querySelector(selector)?.getBoundingClientRect().height)
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now())))
    : requestAnimationFrame(look);
  look();
})
"""


def pages(directory: Path, peer: str | None) -> Iterator[tuple[str, Path, str]]:
    """What is measured: its name, the file, and what is a row of it."""
    report = measured_run(directory)
    many = directory / "checks.html"
    many.write_text(to_html(with_many_checks(report)), encoding="utf-8")
    yield f"ours, {ROWS:,} checks of which {FAILURES} failed", many, "#checks .row"
    long = directory / "transcript.html"
    long.write_text(to_html(with_long_transcript(report)), encoding="utf-8")
    yield f"ours, a transcript of {ROWS:,} rows, opened", long, "#transcript .row"
    if peer is not None:
        yield (
            f"pytest-html, {ROWS:,} tests of which {FAILURES} failed",
            peer_page(directory, peer),
            "#results-table tr td",
        )


def measured_run(directory: Path) -> Report:
    """The report of a run of the suite, with a failure and its scripts."""
    command = [sys.executable, "-m", "pbr_conformance.conformance", *RUN, str(directory)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return from_json(json.loads((directory / "report.json").read_text(encoding="utf-8")))


def with_many_checks(report: Report) -> Report:
    """The same run with so many checks, each with figures of its own; some have failed, each with its scripts."""
    dice = random.Random(7)
    failed = next(check for check in report.checks if check.failures)
    others = [check for check in report.checks if not check.failures]
    checks: list[CheckResult] = []
    for at in range(ROWS):
        check = failed if at % (ROWS // FAILURES) == 0 else others[at % len(others)]
        times = dice.randrange(10_000)
        checks.append(
            replace(
                check,
                address=f"{check.address}-{at}",
                title=f"{check.title} ({dice.randrange(1_000_000)})",
                reason=f"exercised {times} times in {dice.randrange(times, 20_000)} judged requests",
                seconds=dice.random(),
                requests=dice.randrange(100_000),
                broken=times,
                nearly=dice.randrange(10_000),
            )
        )
    return replace(report, checks=tuple(checks), clauses=report.clauses)


def with_long_transcript(report: Report) -> Report:
    """The same run with a transcript of so many rows, each with figures of its own."""
    assert report.traffic is not None
    dice, sent = random.Random(7), report.traffic.rows.sent
    rows = [
        replace(sent[at % len(sent)], offset=at * 0.01 + dice.random() / 100, latency=dice.lognormvariate(3, 1))
        for at in range(ROWS)
    ]
    return replace(report, traffic=replace(report.traffic, rows=replace(report.traffic.rows, sent=tuple(rows))))


def peer_page(directory: Path, peer: str) -> Path:
    """The page of pytest-html for as many tests."""
    test, page = directory / "test_rows.py", directory / "peer.html"
    test.write_text(TEST.format(rows=ROWS), encoding="utf-8")
    command = [
        peer,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--html={page}",
        "--self-contained-html",
        str(test),
    ]
    subprocess.run(command, cwd=directory, stdout=subprocess.DEVNULL, check=False)
    return page


def shown_after(browser: Browser, path: Path, row: str) -> float:
    """Seconds from when a page is asked for until a row of it is on the screen."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        page.goto(path.as_uri(), wait_until="commit", timeout=TIMEOUT)
        return float(page.evaluate(SHOWN, row)) / 1000


def main() -> None:
    """Print a line for each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", metavar="PYTHON", help="an interpreter that has pytest-html")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        measured = list(pages(Path(directory), arguments.peer))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        times: dict[str, list[float]] = {name: [] for name, *_ in measured}
        for _ in range(ROUNDS):
            for name, path, row in measured:
                times[name].append(shown_after(browser, path, row))
        browser.close()
        for name, path, _ in measured:
            size = path.stat().st_size / 1_000_000
            sys.stdout.write(f"{name}: {size:.2f} MB, shown after {statistics.median(times[name]):.2f} s\n")


if __name__ == "__main__":
    main()
