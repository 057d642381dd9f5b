"""`spec`: the versions of the documentation, what changed between them, and where a document departs from one."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import UsageError
from .options import add_spec, spec_of

if TYPE_CHECKING:
    from pbr_conformance.conformance.specs.drift.findings import Drift

EXAMPLES = """examples:
  pbr-conformance spec list
  pbr-conformance spec show 2024-06-24
  pbr-conformance spec diff 2024-06-24 2026-02-11
  pbr-conformance spec drift page.html --html drift.html
  pbr-conformance spec drift sdk:alibabacloud_vpc20160428 --spec 2026-09-21"""

SOURCES = """SOURCE is the operation's page, saved as text, HTML or Markdown; API metadata as JSON, in either
published form; sdk:NAME, an installed SDK, or sdk:PATH, a wheel or a folder. Nothing is fetched, and nothing of
an SDK is imported.

exit status:
  0  no drift
  1  drift
  2  wrong usage, or a source that cannot be read
  3  no drift in what could be read: what such a source should have was not found or not read, and is named"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EXAMPLES
    whats = parser.add_subparsers(dest="what", metavar="WHAT", required=True, parser_class=type(parser))
    _add(whats, "list", "the versions of the documentation that are encoded here")
    show = _add(whats, "show", "every row of one version")
    show.add_argument("version", metavar="V", help="as 2024-06-24")
    diff = _add(whats, "diff", "what came, went or changed from one version to another, and what follows")
    diff.add_argument("old", metavar="OLD")
    diff.add_argument("new", metavar="NEW")
    drift = _add(whats, "drift", "where a saved document or an SDK departs from what is encoded here")
    drift.epilog, drift.formatter_class = SOURCES, argparse.RawDescriptionHelpFormatter
    drift.add_argument("source", metavar="SOURCE")
    drift.add_argument("--html", type=Path, metavar="FILE", help="write it as a page, one file that opens offline")
    add_spec(drift)


def _add(
    whats: argparse._SubParsersAction[argparse.ArgumentParser], name: str, purpose: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = whats.add_parser(
        name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}."
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    match arguments.what:
        case "list":
            return _list(arguments)
        case "show":
            return _show(arguments)
        case "diff":
            return _diff(arguments)
    return _drift(arguments)


def _list(arguments: argparse.Namespace) -> int:
    from pbr_conformance.conformance.specs.difference_text import versions, versions_data

    return _print(arguments, versions_data(), versions())


def _show(arguments: argparse.Namespace) -> int:
    from pbr_conformance.conformance.specs.difference_text import version, version_data

    spec = _known(arguments.version)
    return _print(arguments, version_data(spec), version(spec))


def _diff(arguments: argparse.Namespace) -> int:
    from pbr_conformance.conformance.specs.difference import difference
    from pbr_conformance.conformance.specs.difference_text import changes, changes_data

    found = difference(_known(arguments.old), _known(arguments.new))
    return _print(arguments, changes_data(found), changes(found))


def _drift(arguments: argparse.Namespace) -> int:
    from pbr_conformance.conformance.specs.drift.comparison import compare, compare_best
    from pbr_conformance.conformance.specs.drift.document import Unreadable
    from pbr_conformance.conformance.specs.drift.source import read
    from pbr_conformance.conformance.specs.drift.words import data, lines

    spec = spec_of(arguments)
    try:
        document = read(arguments.source)
    except Unreadable as reason:
        raise UsageError(f"{arguments.source}: {reason}") from None
    named = arguments.spec is not None
    drift = compare(arguments.source, document, spec) if named else compare_best(arguments.source, document)
    if arguments.html is not None:
        _write(drift, arguments.html)
    _print(arguments, data(drift), lines(drift))
    return drift.exit_status


def _write(drift: Drift, path: Path) -> None:
    from pbr_conformance.conformance.specs.drift.words import notice
    from pbr_conformance.reports.views.notice import to_html

    try:
        path.write_text(to_html(notice(drift)), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"--html {path}: cannot be written: {error.strerror}") from None


def _known(version: str) -> str:
    from pbr_conformance.simulator.documentation.create import SPECS

    if version not in SPECS:
        raise UsageError(f"{version}: no such version of the documentation; expected one of {', '.join(SPECS)}")
    return version


def _print(arguments: argparse.Namespace, data: object, lines: Sequence[str]) -> int:
    sys.stdout.write((json.dumps(data, indent=2) if arguments.json else "\n".join(lines)) + "\n")
    return 0
