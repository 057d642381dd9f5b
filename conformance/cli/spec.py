"""`spec`: the versions of the documentation, what changed between them, and where a document departs from one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pbr_conformance.conformance.specs import difference_text as words
from pbr_conformance.conformance.specs.difference import difference

from .arguments import known_spec, spec_of
from .files import write_text
from .options import UsageError
from .terminal import show_json, write_lines


def run(arguments: argparse.Namespace) -> int:
    """Carry out the verb."""
    match arguments.what:
        case "list":
            return _print(arguments, words.versions_data(), words.versions())
        case "show":
            spec = _version(arguments.version)
            return _print(arguments, words.version_data(spec), words.version(spec))
        case "diff":
            found = difference(_version(arguments.old), _version(arguments.new))
            return _print(arguments, words.changes_data(found), words.changes(found))
    return _drift(arguments)


def _drift(arguments: argparse.Namespace) -> int:
    from pbr_conformance.conformance.specs.drift.comparison import compare, compare_best
    from pbr_conformance.conformance.specs.drift.document import Unreadable
    from pbr_conformance.conformance.specs.drift.source import read
    from pbr_conformance.conformance.specs.drift.words import data, lines, notice
    from pbr_conformance.reports.views.notice import to_html

    spec = spec_of(arguments)
    try:
        document = read(arguments.source)
    except Unreadable as reason:
        raise UsageError(f"{arguments.source}: {reason}") from None
    named = arguments.spec is not None
    drift = compare(arguments.source, document, spec) if named else compare_best(arguments.source, document)
    if arguments.html is not None:
        write_text(arguments.html, to_html(notice(drift)), f"--html {arguments.html}")
    _print(arguments, data(drift), lines(drift))
    return drift.exit_status


def _version(word: str) -> str:
    return known_spec(word, word)


def _print(arguments: argparse.Namespace, data: object, lines: Sequence[str]) -> int:
    if arguments.json:
        show_json(data)
    else:
        write_lines(*lines)
    return 0
