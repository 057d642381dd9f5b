"""A help page as HTML: its title and its tables, in the tree that a browser would make of it.

Rules of this file
1. Nothing is run or fetched: scripts are text that is not looked at.
2. A page that ends inside a table, or opens `<html>` and does not close it, is not whole, and not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pbr_conformance.conformance.specs.drift.document import Document, Unreadable

from .page import PageTables, document_of

_MOST_TABLES: Final = 200
_ROWS: Final = ("thead", "tbody", "tfoot")
_BREAKS: Final = frozenset({"p", "div", "br", "ul", "ol", "dt", "dd", "blockquote", "pre", "tr"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "title", "head"})
_EMPTY_ITEM: Final = re.compile(r"\n- [ ]*\n\s*(?!- )")
"""The beginning of an item whose text is in a paragraph of its own."""
_SKIPPED: Final = frozenset({"script", "style", "template", "noscript", "svg"})


def read(text: str) -> Document:
    """The document that an HTML page makes. Raises Unreadable."""
    tree = LexborHTMLParser(text)
    tables = tree.css("table")
    lower = text.lower()
    if len(tables) > lower.count("</table") or ("<html" in lower and "</html" not in lower):
        raise Unreadable("the HTML ends in the middle: it is not whole")
    if len(tables) > _MOST_TABLES:
        raise Unreadable(f"it has more than {_MOST_TABLES} tables")
    page = PageTables("help page as HTML", _title(tree))
    page.introduction = _introduction(tree)
    page.tables = [[[*map(_text, row)] for row in _rows(table)] for table in tables]
    return document_of(page)


def text_of_fragment(text: str) -> str:
    """The text of a piece of HTML, as that of a cell."""
    body = LexborHTMLParser(text).body
    return "" if body is None else _text(body)


def _title(tree: LexborHTMLParser) -> str:
    """The heading of the page, else what its window is called."""
    found = tree.css_first("h1") or tree.css_first("title")
    return "" if found is None else _text(found)


def _introduction(tree: LexborHTMLParser) -> str:
    """The text of the body before its first table, without headings."""
    pieces: list[str] = []
    left = [tree.body] if tree.body is not None else []
    while left and (here := left.pop()).tag != "table":
        if here.tag == "-text":
            pieces.append(here.text_content or "")
        elif here.tag not in _SKIPPED | _HEADINGS:
            pieces.append("\n" if here.tag in _BREAKS | {"li"} else "")
            left += reversed([*here.iter(include_text=True)])
    return "".join(pieces)


def _rows(table: LexborNode) -> Iterator[list[LexborNode]]:
    """The rows of a table, without those of tables in it, as cells."""
    for part in table.iter():
        for row in part.iter() if part.tag in _ROWS else (part,):
            if row.tag == "tr":
                yield [cell for cell in row.iter() if cell.tag in ("td", "th")]


def _text(node: LexborNode) -> str:
    """The text of a cell: a line for each paragraph, a dash before each item of a list."""
    pieces: list[str] = []
    left = [node]
    while left:
        here = left.pop()
        if here.tag == "-text":
            pieces.append(" ".join((here.text_content or "").split("\n")))
        elif here.tag not in _SKIPPED:
            pieces.append("\n- " if here.tag == "li" else "\n" if here.tag in _BREAKS else "")
            left += reversed([*here.iter(include_text=True)])
    whole = _EMPTY_ITEM.sub("\n- ", "".join(pieces))
    lines = (" ".join(line.split()) for line in whole.split("\n"))
    return "\n".join(line for line in lines if line and line != "-")
