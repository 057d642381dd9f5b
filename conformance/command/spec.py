"""`spec`: the versions of the documentation, and what changed between them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from . import UsageError

EXAMPLES = """examples:
  pbr-conformance spec list
  pbr-conformance spec show 2024-06-24
  pbr-conformance spec diff 2024-06-24 2026-02-11"""


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


def _add(
    whats: argparse._SubParsersAction[argparse.ArgumentParser], name: str, purpose: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = whats.add_parser(name, help=purpose, description=f"{purpose.capitalize()}.")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    match arguments.what:
        case "list":
            return _list(arguments)
        case "show":
            return _show(arguments)
    return _diff(arguments)


def _list(arguments: argparse.Namespace) -> int:
    from conformance.versions.words import versions, versions_data

    return _print(arguments, versions_data(), versions())


def _show(arguments: argparse.Namespace) -> int:
    from conformance.versions.words import version, version_data

    spec = _known(arguments.version)
    return _print(arguments, version_data(spec), version(spec))


def _diff(arguments: argparse.Namespace) -> int:
    from conformance.versions.difference import difference
    from conformance.versions.words import changes, changes_data

    found = difference(_known(arguments.old), _known(arguments.new))
    return _print(arguments, changes_data(found), changes(found))


def _known(version: str) -> str:
    from simulator.documentation import SPECS

    if version not in SPECS:
        raise UsageError(f"{version}: no such version of the documentation; expected one of {', '.join(SPECS)}")
    return version


def _print(arguments: argparse.Namespace, data: object, lines: Sequence[str]) -> int:
    sys.stdout.write((json.dumps(data, indent=2) if arguments.json else "\n".join(lines)) + "\n")
    return 0
