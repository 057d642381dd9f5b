"""A notice as a page: self-contained, complete, and safe to open."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from typing import Final

from pbr_conformance.reports.views.notice import Notice, NoticeGroup, NoticeRow, to_html

HOSTILE: Final = "</td><img src=x onerror=alert(1)>\u202e\x00"
ROW: Final = NoticeRow("FAIL", "gone", "limit/Weight", ("one of 0, 100", ""), ("weight/value",))


def notice(*rows: NoticeRow, notes: tuple[str, ...] = ()) -> Notice:
    groups = (NoticeGroup("Constraints", rows),) if rows else ()
    facts = {"Form": "a page"}
    heads = ("Here", "There", "Rests on it")
    return Notice("A document", "page.html", "DRIFT", "FAIL", "Drift.", facts, heads, groups, notes)


def test_every_row_and_note_is_on_the_page() -> None:
    page = to_html(notice(ROW, notes=("it has no error codes",)))
    for text in ("limit/Weight", "one of 0, 100", "weight/value", "it has no error codes", "a page", "Rests on it"):
        assert text in page


def test_the_same_notice_gives_the_same_page() -> None:
    assert to_html(notice(ROW)) == to_html(notice(ROW))
    assert "<table" not in to_html(notice())


def test_nothing_but_the_style_is_allowed() -> None:
    page = to_html(notice(ROW))
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in unescape(page)
    assert "<script" not in page


def test_what_a_stranger_wrote_is_shown_and_does_nothing() -> None:
    page = to_html(notice(NoticeRow("FAIL", "new", HOSTILE, (HOSTILE, HOSTILE), (HOSTILE,)), notes=(HOSTILE,)))
    assert "<img" not in page
    assert "\u202e" not in page
    assert "\x00" not in page
