"""Prints lines on standard output: in colour on a terminal, plain elsewhere.

Rules of this file
1. NO_COLOR (set to anything) turns colour off, FORCE_COLOR turns it on where there is no terminal; NO_COLOR wins.
2. Only words of ours are coloured. What is printed is safe to print already, and stays as it is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import TextWrapper
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from pbr_conformance.reports.data.results import Report

_WORD_STYLES: Final = {
    "FAIL": "bold red",
    "CAUSE": "bold red",
    "WORSE": "bold red",
    "STALE": "bold red",
    "ERROR": "bold magenta",
    "INCONCLUSIVE": "bold yellow",
    "PARTIAL": "bold yellow",
    "KNOWN": "bold yellow",
    "OBSERVED": "bold blue",
    "DIFFERENT": "bold blue",
    "PASS": "bold green",
    "BETTER": "bold green",
    "SAME": "bold green",
    "SKIPPED": "bold",
    "worse": "red",
    "better": "green",
    "  allowed:": "green",
    "  observed:": "red",
    "  cause:": "bold",
    "Report:": "bold",
    "Run again:": "bold",
}
_FIRST: Final = re.compile("|".join(re.escape(word) + r"(?=\s)" for word in _WORD_STYLES))


PIPED_COLUMNS: Final = 100


def show(lines: Sequence[str]) -> None:
    """Print lines, the first word of each coloured where that is wanted."""
    if not _is_coloured():
        sys.stdout.write("".join(line + "\n" for line in lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False, force_terminal=True)
    for line in lines:
        text = Text(line)
        found = _FIRST.match(line)
        if found:
            text.stylize(_WORD_STYLES[found[0]], 0, found.end())
        console.print(text)


def show_json(data: object) -> None:
    """Print a document, and nothing else."""
    sys.stdout.write(json.dumps(data, indent=2) + "\n")


def write_lines(*lines: str) -> None:
    """Print lines as they are, at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def say(line: str) -> None:
    """A line on standard error, at once: on a terminal broken between words, elsewhere as it is."""
    columns = max(40, shutil.get_terminal_size().columns)
    fits = not sys.stderr.isatty() or len(line) <= columns
    wrapper = TextWrapper(columns, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
    lines = [line] if fits else wrapper.wrap(line)
    sys.stderr.write("".join(f"{each}\n" for each in lines))
    sys.stderr.flush()


def from_here(path: Path) -> Path:
    """A path as it is shortest from the working directory, where it lies below that."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except (ValueError, OSError):
        return path


def annotate(report: Report, stream: TextIO) -> None:
    """Print annotations, and add to the summary of the job where there is one. What cannot be written is said."""
    from pbr_conformance.reports.views.github import to_markdown, workflow_commands

    stream.write("".join(line + "\n" for line in workflow_commands(report)))
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(to_markdown(report))
        except OSError as error:
            sys.stderr.write(f"pbr-conformance: $GITHUB_STEP_SUMMARY {path}: cannot be written: {error.strerror}\n")


def width() -> int:
    """Columns of the terminal that is printed to; where there is none, as many as a log shows without scrolling."""
    return max(shutil.get_terminal_size().columns, 40) if sys.stdout.isatty() else PIPED_COLUMNS


def _is_coloured() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")
