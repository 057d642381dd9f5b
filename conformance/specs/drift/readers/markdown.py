"""A help page as Markdown: its pipe tables, whose cells may go over several lines, as the vendor's do.

Rules of this file
1. A row ends where it has as many cells as the head; what is in a fence of code is no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile
from typing import Final

from pbr_conformance.conformance.specs.drift.document import Document, Unreadable

from .page import PageTables, document_of

_PIPE: Final = re.compile(r"(?<!\\)\|")
_RULE: Final = frozenset("|:- \t")
_HEADING: Final = re.compile(r"#{1,6}\s+(.*)")
_ESCAPE: Final = re.compile(r"\\(?=[^\w\s])")


def read(text: str) -> Document:
    """The document that a page of Markdown makes. Raises Unreadable."""
    lines = list(_outside_code(text))
    headings = [match.group(1) for line in lines if (match := _HEADING.fullmatch(line))]
    page = PageTables("help page as Markdown", headings[0] if headings else "")
    page.introduction = "\n".join(takewhile(lambda line: "|" not in line, _plain(lines)))
    page.tables = list(_tables(lines))
    return document_of(page)


def _plain(lines: list[str]) -> Iterator[str]:
    """The lines without headings."""
    return (line for line in lines if not _HEADING.fullmatch(line))


def is_table(text: str) -> bool:
    """Whether there is a table of Markdown in a text."""
    lines = text.splitlines()
    return any(_is_head(line, below) for line, below in pairwise(lines))


def _is_head(line: str, below: str) -> bool:
    return "|" in line and is_rule(below)


def is_rule(line: str) -> bool:
    """Whether a line is the rule below the head of a table."""
    return "-" in line and "|" in line and set(line) <= _RULE


def _outside_code(text: str) -> Iterator[str]:
    inside = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            yield line


def _tables(lines: list[str]) -> Iterator[list[list[str]]]:
    place = 0
    while place < len(lines) - 1:
        head = _cells(lines[place])
        if _is_head(lines[place], lines[place + 1]):
            reading = _rows if lines[place].lstrip().startswith("|") else _open_rows
            table, place = reading(lines, place + 2, len(head))
            yield [head, *table]
        else:
            place += 1


def _rows(lines: list[str], place: int, width: int) -> tuple[list[list[str]], int]:
    """The rows of a table from its first line on, and the line after them."""
    rows: list[list[str]] = []
    while place < len(lines) and lines[place].lstrip().startswith("|"):
        pieces = [lines[place]]
        pipes = len(_PIPE.findall(lines[place]))
        place += 1
        while pipes <= width:
            if place == len(lines):
                raise Unreadable("it ends inside a table: it is not whole")
            pieces.append(lines[place])
            pipes += len(_PIPE.findall(lines[place]))
            place += 1
        rows.append(_cells("\n".join(pieces)))
    return rows, place


def _open_rows(lines: list[str], place: int, width: int) -> tuple[list[list[str]], int]:
    """The rows of a table whose lines do not begin with a pipe: a row is a line."""
    end = next((n for n in range(place, len(lines)) if "|" not in lines[n]), len(lines))
    return [_cells(line) for line in lines[place:end]], end


def _cells(row: str) -> list[str]:
    cells = _PIPE.split(row.strip().removeprefix("|"))
    return [_ESCAPE.sub("", cell).strip() for cell in (cells[:-1] if not cells[-1].strip() else cells)]
