"""`report`: render a report.json again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import UsageError
from .reading import report_at

EXAMPLES = """example:
  pbr-conformance report build/report/report.json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    parser.add_argument("file", type=Path, metavar="report.json", help="the report to render, or its directory")
    parser.add_argument("--json", action="store_true", help="print it as JSON, and write nothing")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb: the HTML and JUnit files are written beside the report."""
    from pbr_conformance.reports.data.serialize import to_json
    from pbr_conformance.reports.views.text import summary
    from pbr_conformance.reports.views.write import render

    from .terminal import show, width

    path: Path = arguments.file
    report, directory = report_at(path), path if path.is_dir() else path.parent
    if arguments.json:
        sys.stdout.write(json.dumps(to_json(report), indent=2) + "\n")
        return 0
    try:
        render(report, directory)
    except OSError as error:
        raise UsageError(f"{directory}: cannot be written: {error.strerror}") from None
    show(summary(report, directory, width()))
    return 0
