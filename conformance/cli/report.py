"""`report`: render a report.json again."""

from __future__ import annotations

import argparse
from pathlib import Path

from pbr_conformance.reports.data.serialize import to_json
from pbr_conformance.reports.views.text import summary
from pbr_conformance.reports.views.write import render

from .files import report_at, writing
from .terminal import from_here, show, show_json, width


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb: the HTML and JUnit files are written next to the report."""
    path: Path = arguments.file
    report, directory = report_at(path), path if path.is_dir() else path.parent
    if arguments.json:
        show_json(to_json(report))
        return 0
    with writing(str(directory)):
        render(report, directory)
    show(summary(report, from_here(directory), width(), is_full=arguments.all))
    return 0
