"""The drawing of an order: what comes first stands above, and nothing lies on anything else."""

from __future__ import annotations

from itertools import combinations

import pytest

from pbr_conformance.reports.views.dialect_html import DialectPage, OrderedPair, ShownEvidence, to_html
from pbr_conformance.reports.views.hasse import BOX, drawing

STEPS = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("x", "d"), ("d", "e")]


def test_what_comes_first_stands_above_and_nothing_overlaps() -> None:
    drawn = drawing(STEPS)
    at = {box.name: box for box in drawn.boxes}
    assert set(at) == {"a", "b", "c", "d", "e", "x"}
    assert all(at[first].y + BOX[1] < at[then].y for first, then in STEPS)
    for one, other in combinations(drawn.boxes, 2):
        assert one.y != other.y or abs(one.x - other.x) >= BOX[0]
    assert all(BOX[0] / 2 <= box.x <= drawn.width - BOX[0] / 2 for box in drawn.boxes)
    assert all(box.y + BOX[1] / 2 <= drawn.height for box in drawn.boxes)


def _crossings(steps: list[tuple[str, str]]) -> int:
    """Count the pairs of lines that cross on their way from one row to the next."""
    at = {box.name: box.x for box in drawing(steps).boxes}
    ends = [(at[first], at[then]) for first, then in steps]
    return sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(ends, 2))


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([("a", "z"), ("b", "y"), ("c", "x")], id="the lower row is turned round"),
        pytest.param([("a", "p"), ("b", "q"), ("c", "p")], id="the upper row has to change"),
        pytest.param([("p", "a"), ("q", "b"), ("p", "c")], id="the lower row has to change"),
        pytest.param([("a", "y"), ("a", "z"), ("b", "w"), ("b", "x")], id="each name has its own below it"),
        pytest.param([("a", "n"), ("b", "m"), ("m", "y"), ("n", "z"), ("m", "x")], id="three rows"),
    ],
)
def test_lines_do_not_cross_where_they_need_not(steps: list[tuple[str, str]]) -> None:
    assert _crossings(steps) == 0


def test_nothing_is_drawn_of_no_order() -> None:
    assert drawing([]).boxes == ()


def test_the_page_shows_every_step_and_trusts_no_text() -> None:
    hostile = "<script>alert(1)</script>"
    page = DialectPage(
        hostile,
        (("Endpoint", hostile),),
        (),
        ("a", "b"),
        (OrderedPair("a", "b", "q1"),),
        (("a", ("b",)),),
        ((hostile, hostile),),
        (),
        (ShownEvidence("q1", (hostile,), hostile, hostile),),
    )
    html = to_html(page)
    assert "<script" not in html
    assert html.count("▲") == 2  # one in the legend
    assert 'href="#q1"' in html
    assert 'id="q1"' in html
    assert (page.cell("a", "b"), page.cell("b", "a"), page.cell("a", "a")) == ("first", "later", "")
