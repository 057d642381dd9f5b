"""`compare`: what changed between runs of one endpoint, or how several endpoints differ."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pbr_conformance.conformance.learn import differences as dialect_differences
from pbr_conformance.reports.compare.comparison import ComparedReport, compare
from pbr_conformance.reports.compare.html import to_html
from pbr_conformance.reports.compare.json import to_json
from pbr_conformance.reports.compare.text import to_text

from .arguments import dialect_at
from .files import report_at, write_text
from .options import UsageError
from .terminal import show, show_json


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    if len(arguments.files) < 2:
        raise UsageError("compare needs two reports or more")
    if all(path.suffix == ".toml" for path in arguments.files):
        return _dialects(arguments)
    return _reports(arguments)


def _dialects(arguments: argparse.Namespace) -> int:
    """Two dialect files: 1 where they contradict each other."""
    if len(arguments.files) != 2 or arguments.html is not None:
        raise UsageError("compare takes two dialects (*.toml), and prints them as text or --json")
    one, other = map(dialect_at, arguments.files)
    found = dialect_differences.differences(one, other)
    if arguments.json:
        show_json(dialect_differences.to_json(one, other, found))
    else:
        show(dialect_differences.to_text(one, other, found))
    return int(any(each.contradicts for each in found))


def _reports(arguments: argparse.Namespace) -> int:
    comparison = compare(_columns(arguments.files))
    if arguments.html is not None:
        write_text(arguments.html, to_html(comparison), f"--html {arguments.html}")
    if arguments.json:
        show_json(to_json(comparison))
    else:
        page = ["", f"Page: {arguments.html}"] if arguments.html else []
        show([*to_text(comparison, arguments.all), *page])
    return comparison.exit_status


def _columns(paths: Sequence[Path]) -> list[ComparedReport]:
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
