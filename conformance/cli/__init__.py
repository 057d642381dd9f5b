"""The command line: one module for each verb.

Rules of this package
1. A verb parses, calls and prints. What it does is done elsewhere.
2. Wrong usage is a `UsageError`: one clear line on standard error, exit status 2, no traceback.
3. Nothing slow is imported before it is needed: `--version` and `--help` answer at once.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper
from typing import Any, Final, NoReturn, TextIO

VERBS: Final = {
    "run": "judge an endpoint, and write a report",
    "serve": "serve an account over HTTP",
    "list": "list every check, or every documented clause",
    "explain": "say what one request breaks, and which outcomes are allowed",
    "exhaust": "try every history of a few operations over a small universe",
    "replay": "send a recorded transcript again, and judge it again",
    "rejudge": "judge the transcripts of runs again under other terms, sending nothing",
    "learn": "find out what an endpoint decided for itself, or which stored dialect it speaks",
    "mutants": "show which wrong simulators the suite catches, and with how many requests",
    "report": "render a report.json again",
    "baseline": "write down the failures of a report as known, with the reason",
    "compare": "say what changed between runs, or how endpoints differ",
    "spec": "show versions of the documentation, what changed, and where a document departs from them",
}

LINE_END: Final = "\n"
UNWRITABLE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a write fails with where the disk is full, or gone. Such an error does not say which file it was."""


class UsageError(Exception):
    """What is wrong with the command line or with a file that it names: one line for each problem."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and which takes no flag for another one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """As argparse does it, but what a verb does not know is refused by its own parser, which has its flags."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._nearest(unknown)}")
        return parsed, unknown

    def _nearest(self, unknown: list[str]) -> str:
        from .options import nearest

        flags = [flag for flag in self._option_string_actions if flag.startswith("--")]
        hints = (nearest(word.partition("=")[0], flags) for word in unknown if word.startswith("-"))
        return next(filter(None, hints), "")

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message} (see {self.prog} --help)\n")
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. Returns the exit status: 0, 1, 2, 3 or 130, as docs/ has them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that can't show a character shows its escape
    words = [*(sys.argv[1:] if arguments is None else arguments)]  # `list` is a module here, once it is imported
    try:
        return _printed(words)
    except UsageError as error:
        from pbr_conformance.reports.data.visible import (
            visible,  # what is wrong may be quoted from a file that a stranger wrote
        )

        sys.stderr.write(f"pbr-conformance: {visible(str(error), keep=LINE_END)}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("pbr-conformance: interrupted\n")
        return 130
    except BrokenPipeError:
        _let_go(sys.stdout)
        return 0
    except OSError as error:
        if error.filename is not None or error.errno not in UNWRITABLE:
            raise
        return _unwritable(error)


def _printed(words: list[str]) -> int:
    """Run the verb, and have it all out while an error can still be told."""
    if sys.stdout is None:  # the shell has closed it (>&-)
        raise UsageError("standard output cannot be written: it is closed")
    try:
        status = _run(words)
    except SystemExit:  # --help and --version
        sys.stdout.flush()
        raise
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go(sys.stdout)
    return status


def _unwritable(error: OSError) -> int:
    """Say that what was found could not be printed. It is no verdict on anybody."""
    _let_go(sys.stdout)
    try:
        sys.stderr.write(
            f"pbr-conformance: standard output, or a file of this run, cannot be written: {error.strerror}\n"
        )
    except OSError:
        _let_go(sys.stderr)
    return 2


def _let_go(stream: TextIO) -> None:
    """Have what is still in a stream's buffer go nowhere, so that the interpreter ends in peace."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(words: list[str]) -> int:
    parser = _Parser(
        prog="pbr-conformance",
        description="Conformance suite and simulator for Alibaba Cloud's CreateVpnPbrRouteEntry.",
        epilog="Example: pbr-conformance run --only 'route/*'",
    )
    parser.add_argument("--version", action="version", version=f"pbr-conformance {version('pbr-conformance')}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)
    wanted = next((word for word in words if not word.startswith("-")), "")
    for name, purpose in VERBS.items():
        verb = verbs.add_parser(
            name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.", formatter_class=_Formatter
        )
        if name == wanted:
            import_module(f".{name}", __package__).configure(verb)
    parsed = parser.parse_args(words)
    status = import_module(f".{parsed.verb}", __package__).run(parsed)
    assert isinstance(status, int)
    return status


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps examples as they are written."""
