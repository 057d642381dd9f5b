"""Routes as rectangles: what contains, equals or misses what shows, and every text is where it can be read."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pbr_conformance.simulator.model.prefix_layout import (
    PAGE_CANVAS,
    LayoutBox,
    PlacedLabel,
    PlacedRoutes,
    layout_of,
    page_for,
)
from pbr_conformance.simulator.model.prefixes import MASKS, Prefix, parse
from pbr_conformance.simulator.model.routes import Route


def route(number: int, source: str, destination: str, weight: int = 100, priority: int = 10) -> Route:
    ends = parse(source), parse(destination)
    return Route(source, destination, "vco-a", weight, priority, False, None, 0, number, *ends)


def prefixes() -> st.SearchStrategy[Prefix]:
    """Prefixes that often contain one another, and the two ends of the address space."""
    networks = st.sampled_from((0, 10 << 24, 10 << 24 | 1 << 16, 0xFFFFFFFF, 0x80000000))
    return st.builds(lambda network, length: Prefix(network & MASKS[length], length), networks, st.integers(0, 32))


def inside(inner: LayoutBox, outer: LayoutBox, slack: float = 0.11) -> bool:
    return (
        outer.x - slack <= inner.x
        and outer.y - slack <= inner.y
        and inner.x + inner.width <= outer.x + outer.width + slack
        and inner.y + inner.height <= outer.y + outer.height + slack
    )


def space(label: PlacedLabel) -> LayoutBox:
    """What a label takes, by its own letters."""
    return LayoutBox(label.x, label.y - 8, 6 * max(map(len, label.lines)), 11 * len(label.lines) - 3)


def labelled(rectangles: tuple[PlacedRoutes, ...]) -> list[tuple[PlacedRoutes, PlacedLabel]]:
    return [(rectangle, rectangle.label) for rectangle in rectangles if rectangle.label]


@given(st.lists(st.tuples(prefixes(), prefixes()), max_size=12, unique=True))
def test_rectangles_relate_as_their_prefixes_do(pairs: list[tuple[Prefix, Prefix]]) -> None:
    picture = layout_of([route(at, str(source), str(destination)) for at, (source, destination) in enumerate(pairs)])
    boxes = {pairs[rectangle.routes[0].number]: rectangle.box for rectangle in picture.rectangles}
    assert len(boxes) == len(pairs)
    assert all(inside(box, PAGE_CANVAS.frame) and box.width > 3 and box.height > 3 for box in boxes.values())
    for (one, here), (other, there) in combinations(boxes.items(), 2):
        shared_width = min(here.x + here.width, there.x + there.width) - max(here.x, there.x)
        shared_height = min(here.y + here.height, there.y + there.height) - max(here.y, there.y)
        assert (shared_width > 0.2) == one[0].overlaps(other[0])
        assert (shared_height > 0.2) == one[1].overlaps(other[1])
        if one[0].contains(other[0]) and one[1].contains(other[1]):
            assert inside(there, here)


@given(st.lists(st.tuples(prefixes(), prefixes()), max_size=12, unique=True))
def test_no_label_leaves_its_rectangle_or_touches_another_label(pairs: list[tuple[Prefix, Prefix]]) -> None:
    picture = layout_of([route(at, str(source), str(destination)) for at, (source, destination) in enumerate(pairs)])
    found = labelled(picture.rectangles)
    assert all(inside(space(label), rectangle.box) for rectangle, label in found)
    for (_, one), (_, other) in combinations(found, 2):
        assert not space(one).meets(space(other))


def test_a_host_beside_a_large_network_is_seen() -> None:
    picture = layout_of([route(0, "10.0.0.0/8", "0.0.0.0/0"), route(1, "11.0.0.1/32", "192.168.0.1/32")])
    assert min(min(rectangle.box[2:]) for rectangle in picture.rectangles) > 50


def test_the_routes_of_one_pair_share_a_rectangle_that_names_both() -> None:
    pair = [route(3, "10.0.0.0/8", "10.0.0.0/8", 100), route(4, "10.0.0.0/8", "10.0.0.0/8", 0)]
    (rectangle,) = layout_of(pair).rectangles
    assert rectangle.label is not None
    assert rectangle.label.lines == ("p10 w100", "p10 w0")
    assert "route 3 with priority 10 and weight 100" in rectangle.title
    assert "route 4 with priority 10 and weight 0" in rectangle.title
    assert not rectangle.standby


def test_only_a_pair_without_any_weight_is_standby() -> None:
    (rectangle,) = layout_of([route(0, "10.0.0.0/8", "10.0.0.0/8", 0)]).rectangles
    assert rectangle.standby


def test_overlaps_are_told_in_words_and_those_beside_are_not() -> None:
    wide, narrow, beside = ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.0.0/16", "10.2.0.0/16"), ("11.0.0.0/8", "10.0.0.0/8")
    picture = layout_of([route(at, *pair) for at, pair in enumerate((wide, narrow, beside))])
    assert picture.overlaps == ("route 0 and route 1",)


def test_many_overlaps_are_counted() -> None:
    picture = layout_of([route(at, "10.0.0.0/8", f"10.0.0.0/{8 + at}") for at in range(6)])
    assert len(picture.overlaps) == 11
    assert picture.overlaps[-1] == "5 more"


def test_a_route_that_is_no_ipv4_prefix_is_left_out_and_counted() -> None:
    picture = layout_of([route(0, "2001:db8::/32", "10.0.0.0/8"), route(1, "10.0.0.0/8", "10.0.0.0/8")])
    assert picture.left_out == 1
    assert [rectangle.routes[0].number for rectangle in picture.rectangles] == [1]


def test_no_route_is_an_empty_picture() -> None:
    picture = layout_of([])
    assert (picture.rectangles, picture.sources, picture.destinations, picture.overlaps) == ((), (), (), ())


def test_few_routes_do_not_fill_the_screen_and_many_no_more_than_it() -> None:
    heights = [
        page_for([route(at, "10.0.0.0/8", f"10.{at}.0.0/16") for at in range(count)]).height for count in (1, 5, 50)
    ]
    assert heights == sorted(set(heights))
    assert heights[-1] == PAGE_CANVAS.height
