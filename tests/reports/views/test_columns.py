"""Rows as columns: joined in order they are the rows again, whatever they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from pbr_conformance.reports.views.lists import columns

TEXTS = st.text(st.sampled_from("ab <>&\"'#=/\n{}0é"), max_size=12)
ROWS = st.builds(
    lambda id_, text, more: f'<tr id="{escape(id_)}" class="row"><td>{escape(text)}</td>{"<td>more</td>" * more}</tr>',
    TEXTS,
    TEXTS,
    st.integers(0, 2),
)


def joined(packed: dict[str, Any]) -> list[str]:
    """As the page's script does it."""
    taken = [0] * len(packed["forms"])
    rows = []
    for form in packed["rows"]:
        at, taken[form] = taken[form], taken[form] + 1
        pieces: Sequence[str | int] = packed["forms"][form]
        rows.append("".join(packed["columns"][piece][at] if isinstance(piece, int) else piece for piece in pieces))
    return rows


@given(st.lists(ROWS | TEXTS, max_size=12))
def test_nothing_is_lost(rows: list[str]) -> None:
    assert joined(columns(rows)) == rows


def test_what_is_the_same_in_each_row_is_written_once_and_a_column_too() -> None:
    packed = columns([f'<tr id="{at}"><td>same</td><td><a href="#{at}">{at}</a></td></tr>' for at in range(5)])
    assert packed["forms"] == [['<tr id="', 0, '"><td>same</td><td><a href="#', 0, '">', 0, "</a></td></tr>"]]
    assert packed["columns"] == [["0", "1", "2", "3", "4"]]
