"""The drawing of an order: what comes first stands above, and nothing lies on anything else."""

from __future__ import annotations

from itertools import combinations

from pbr_conformance.reports.views.dialect_html import DialectPage, Shown, Step, to_html
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


def test_nothing_is_drawn_of_no_order() -> None:
    assert drawing([]).boxes == ()


def test_the_page_shows_every_step_and_trusts_no_text() -> None:
    hostile = "<script>alert(1)</script>"
    page = DialectPage(
        hostile,
        (("Endpoint", hostile),),
        (),
        ("a", "b"),
        (Step("a", "b", "q1"),),
        (("a", ("b",)),),
        ((hostile, hostile),),
        (),
        (Shown("q1", (hostile,), hostile, hostile),),
    )
    html = to_html(page)
    assert "<script" not in html
    assert html.count("▲") == 2  # one in the legend
    assert 'href="#q1"' in html
    assert 'id="q1"' in html
    assert (page.cell("a", "b"), page.cell("b", "a"), page.cell("a", "a")) == ("first", "later", "")
