"""`baseline`: write down the failures of a report as known, with the reason."""

from __future__ import annotations

import argparse
from pathlib import Path

from pbr_conformance.reports.compare.baseline import entry, held_against, to_toml, unknown
from pbr_conformance.reports.data.baseline import Known, Standing
from pbr_conformance.reports.data.results import Report
from pbr_conformance.reports.data.visible import on_a_line
from pbr_conformance.reports.views.sentences import many

from .arguments import checks_of
from .files import baseline_at, report_at, writing
from .options import UsageError
from .terminal import write_lines


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    path: Path = arguments.output
    if path.suffix == ".json" or path.is_dir():
        raise UsageError(f"--output {path}: expected the name of a TOML file, such as baseline.toml")
    before = baseline_at(path) if path.exists() else ()
    report = held_against(report_at(arguments.file), str(path), before)
    assert report.baseline is not None
    kept = [each for each in report.baseline.entries if each.standing is not Standing.STALE]
    added = _added(report, arguments)
    if path.exists() or added:
        with writing(f"--output {path}"):
            path.write_text(to_toml([*kept, *added]), encoding="utf-8")
    lines = [f"{path}: {len(added):,} added, {len(kept):,} kept, {len(report.stale):,} taken out"]
    changes = [*(("+", each) for each in added), *(("-", each) for each in report.stale)]
    lines += [f"  {sign} {each.check}: {each.failure}" for sign, each in changes]
    write_lines(*(on_a_line(line, 300) for line in lines))
    return 0


def _added(report: Report, arguments: argparse.Namespace) -> list[Known]:
    """An entry for each failure that has none."""
    named = {check.address for check in checks_of(arguments.only)}
    wanted = [(check, failure) for check, failure in unknown(report) if check.address in named]
    reason = (arguments.reason or "").strip()
    if wanted and not reason:
        raise UsageError(
            f"{many(len(wanted), 'failure')} without a reason: add --reason TEXT, which says why it is known"
        )
    return list(dict.fromkeys(entry(check, failure, reason) for check, failure in wanted))
