"""`baseline`: write down the failures of a report as known, with the reason."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import UsageError
from .options import checks_of
from .reading import baseline_at, report_at

if TYPE_CHECKING:
    from pbr_conformance.reports.data.baseline import Known
    from pbr_conformance.reports.data.results import Report

EXAMPLES = """What is in FILE already keeps its reason; what was looked at and no longer fails is taken out.

examples:
  pbr-conformance baseline build/report --reason "JIRA-7: overlap is checked from version 2.4 on"
  pbr-conformance baseline build/report --only route/overlap --reason "JIRA-7" --output known.toml
  pbr-conformance run account.toml --baseline baseline.toml"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    parser.add_argument("file", type=Path, metavar="report.json", help="the report of a run, or its directory")
    parser.add_argument("--reason", metavar="TEXT", help="why the failures that are not in FILE yet are known")
    parser.add_argument(
        "--only", action="append", default=[], metavar="ADDRESS", help="failures of these checks; * and ? allowed"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("baseline.toml"), metavar="FILE", help="the baseline (baseline.toml)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    from pbr_conformance.reports.compare.baseline import held_against, to_toml
    from pbr_conformance.reports.data.baseline import Standing
    from pbr_conformance.reports.data.visible import on_a_line

    path: Path = arguments.output
    if path.suffix == ".json" or path.is_dir():
        raise UsageError(f"--output {path}: expected the name of a TOML file, such as baseline.toml")
    before = baseline_at(path) if path.exists() else ()
    report = held_against(report_at(arguments.file), str(path), before)
    assert report.baseline is not None
    kept = [each for each in report.baseline.entries if each.standing is not Standing.STALE]
    added = _added(report, arguments)
    if path.exists() or added:
        try:
            path.write_text(to_toml([*kept, *added]), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--output {path}: cannot be written: {error.strerror}") from None
    lines = [f"{path}: {len(added):,} added, {len(kept):,} kept, {len(report.stale):,} taken out"]
    lines += [f"  {word} {each.check}: {each.failure}" for word, each in _told(added, report.stale)]
    sys.stdout.write("".join(on_a_line(line, 300) + "\n" for line in lines))
    return 0


def _told(added: Sequence[Known], removed: Sequence[Known]) -> list[tuple[str, Known]]:
    return [*(("+", each) for each in added), *(("-", each) for each in removed)]


def _added(report: Report, arguments: argparse.Namespace) -> list[Known]:
    """An entry for each failure that has none."""
    from pbr_conformance.reports.compare.baseline import entry, unknown
    from pbr_conformance.reports.views.sentences import many

    named = {check.address for check in checks_of(arguments.only)}
    wanted = [(check, failure) for check, failure in unknown(report) if check.address in named]
    reason = (arguments.reason or "").strip()
    if wanted and not reason:
        raise UsageError(
            f"{many(len(wanted), 'failure')} without a reason: add --reason TEXT, which says why it is known"
        )
    return list(dict.fromkeys(entry(check, failure, reason) for check, failure in wanted))
