"""The command line: one module for each verb, and the table of their options in verbs.py.

Rules of this package
1. A verb looks up what it was given, calls and prints. What it does is done elsewhere.
2. Wrong usage is a `UsageError`: one clear line on standard error, exit status 2, no traceback.
3. Nothing slow is imported before it is needed: `--version` and `--help` answer at once. A verb has a module of its
   own, whose imports are at its top.
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

from pbr_conformance.conformance.execute.collecting import rare_collections

from .options import UsageError, add_verbs, keep_hypothesis_out, nearest

_UNWRITABLE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a write fails with where the disk is full, or gone. Such an error does not say which file it was."""


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

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As argparse does it, with the nearest of the choices."""
        if action.choices is not None and value not in action.choices:
            known = [str(each) for each in action.choices]
            raise argparse.ArgumentError(
                action, f"invalid choice: {value!r} (choose from {', '.join(known)}){nearest(str(value), known)}"
            )

    def _nearest(self, unknown: list[str]) -> str:
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
    try:
        return _printed([*(sys.argv[1:] if arguments is None else arguments)])
    except UsageError as error:
        from pbr_conformance.reports.data.visible import visible  # it may quote a file that a stranger wrote

        sys.stderr.write("".join(f"{_line(visible(line))}\n" for line in str(error).split("\n")))
        return error.status
    except KeyboardInterrupt:
        sys.stderr.write("pbr-conformance: interrupted\n")
        return 130
    except BrokenPipeError:
        _let_go(sys.stdout)
        return 0
    except OSError as error:
        if error.filename is not None or error.errno not in _UNWRITABLE:
            raise
        return _unwritable(error)


def _line(problem: str) -> str:
    """A problem as it is printed; lines of a list stay as they are."""
    return problem if problem.startswith("  ") else f"pbr-conformance: {problem}"


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
    from .verbs import VERBS

    parser = _Parser(
        prog="pbr-conformance",
        description="Conformance suite and simulator for Alibaba Cloud's CreateVpnPbrRouteEntry.",
        epilog="Example: pbr-conformance run --only 'route/*'",
    )
    parser.add_argument("--version", action="version", version=f"pbr-conformance {version('pbr-conformance')}")
    add_verbs(parser, VERBS, "verb")
    parsed = parser.parse_args(words)
    keep_hypothesis_out()
    with rare_collections():
        status = import_module(f".{parsed.verb}", __package__).run(parsed)
    assert isinstance(status, int)
    return status
