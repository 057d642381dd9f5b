"""`report`: render a report.json again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import UsageError

EXAMPLES = """example:
  pbr-conformance report build/report/report.json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    parser.add_argument("file", type=Path, metavar="report.json", help="the report to render")
    parser.add_argument("--json", action="store_true", help="print it as JSON, and write nothing")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb: the HTML and JUnit files are written beside the report."""
    from reports.serialize import from_json, to_json
    from reports.text import summary
    from reports.write import render

    path: Path = arguments.file
    try:
        report = from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}") from None
    if arguments.json:
        sys.stdout.write(json.dumps(to_json(report), indent=2) + "\n")
        return 0
    try:
        render(report, path.parent)
    except OSError as error:
        raise UsageError(f"{path.parent}: cannot be written: {error.strerror}") from None
    sys.stdout.write("\n".join(summary(report, path.parent)) + "\n")
    return 0
