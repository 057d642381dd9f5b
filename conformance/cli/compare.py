"""`compare`: what changed between runs of one endpoint, or how several endpoints differ."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import UsageError
from .reading import report_at

if TYPE_CHECKING:
    from pbr_conformance.reports.compare.comparison import ComparedReport, Comparison

EXAMPLES = """The first report is what the others are held against. A directory stands for the report.json in it.

examples:
  pbr-conformance compare yesterday/report.json build/report/report.json
  pbr-conformance compare build/report --html compare.html mock-a mock-b mock-c
  pbr-conformance compare may.toml november.toml            two dialects, of which `learn` wrote each

exit status:
  0  nothing is worse than in the first report
  1  something is: a failure that the first has not, or a check that it judged ended INCONCLUSIVE or ERROR;
     of dialects: they contradict each other
  2  wrong usage, or a file that is no report"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="report.json", help="two or more reports, or their directories"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write it as a page, one file that opens offline")
    parser.add_argument("--all", action="store_true", help="print every line of each part")
    parser.add_argument("--json", action="store_true", help="print it as JSON, and nothing else, on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    if len(arguments.files) < 2:
        raise UsageError("compare needs two reports or more")
    if all(path.suffix == ".toml" for path in arguments.files):
        return _dialects(arguments)
    return _reports(arguments)


def _dialects(arguments: argparse.Namespace) -> int:
    """Two dialect files: 1 where they contradict each other."""
    from pbr_conformance.conformance.learn.differences import differences, to_json, to_text

    from .options import dialect_at
    from .terminal import show

    if len(arguments.files) != 2 or arguments.html is not None:
        raise UsageError("compare takes two dialects (*.toml), and prints them as text or --json")
    one, other = map(dialect_at, arguments.files)
    found = differences(one, other)
    if arguments.json:
        sys.stdout.write(json.dumps(to_json(one, other, found), indent=2) + "\n")
    else:
        show(to_text(one, other, found))
    return int(any(each.contradicts for each in found))


def _reports(arguments: argparse.Namespace) -> int:
    from pbr_conformance.reports.compare.comparison import compare
    from pbr_conformance.reports.compare.json import to_json
    from pbr_conformance.reports.compare.text import to_text

    from .terminal import show

    comparison = compare(_columns(arguments.files))
    if arguments.html is not None:
        _write(comparison, arguments.html)
    if arguments.json:
        sys.stdout.write(json.dumps(to_json(comparison), indent=2) + "\n")
    else:
        page = ["", f"Page: {arguments.html}"] if arguments.html else []
        show([*to_text(comparison, arguments.all), *page])
    return comparison.exit_status


def _columns(paths: Sequence[Path]) -> list[ComparedReport]:
    from pbr_conformance.reports.compare.comparison import ComparedReport

    reports = [report_at(path) for path in paths]
    labels = _labels([report.target.name for report in reports], paths)
    return [ComparedReport(*each) for each in zip(labels, map(str, paths), reports, strict=True)]


def _labels(targets: Sequence[str], paths: Sequence[Path]) -> list[str]:
    """A name for each report, all different: that of its target, else of its directory or file, else its path."""
    folders = [path.parent.name if path.name == "report.json" else path.stem for path in paths]
    for names in (list(targets), folders, [str(path) for path in paths]):
        if all(names) and len(set(names)) == len(names):
            return names
    seen: Counter[Path] = Counter()
    labels = []
    for path in paths:
        seen[path] += 1
        labels.append(f"{path} ({seen[path]})" if seen[path] > 1 else str(path))
    return labels


def _write(comparison: Comparison, path: Path) -> None:
    from pbr_conformance.reports.compare.html import to_html

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_html(comparison), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--html {path}: cannot be written: {error.strerror}") from None
