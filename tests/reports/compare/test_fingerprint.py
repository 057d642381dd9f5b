"""Which failures are the same one in two runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr_conformance.reports.compare.fingerprint import LONGEST_TITLE, matches, pattern


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Weight of a success is '100', not the number 100", "Weight of a success is '0', not the number 0"),
        ("CreateTime of a success is 1700000000, not in ms", "CreateTime of a success is 1800000001, not in ms"),
        ("Priority of a success is 100, not the number 10", "Priority of a success is 7, not the number 1"),
        ("3 requests sent at the same time: no order", "12 requests sent at the same time: no order"),
        ("RouteDest is '10.0.0.0/8 and so on, cut", "RouteDest is '192.168.0.0/16 and so on, cut"),
        ("listed as 10.0.0.0/8", "listed as 172.16.0.0/12"),
        ("x" * LONGEST_TITLE + "a", "x" * LONGEST_TITLE + "b"),
    ],
)
def test_values_do_not_tell_failures_apart(one: str, other: str) -> None:
    assert pattern(one) == pattern(other)
    assert matches(other, pattern(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HTTP 201", "HTTP 302"),
        ("Refused with VpnRouteEntry.Conflict, unjustly", "Refused with VpnRouteEntry.BackupRoute, unjustly"),
        ("Weight of a success is '100'", "Priority of a success is '100'"),
        ("listed on vpn-1", "listed on vpn-2"),
        ("Weight is an integer other than 0 and 100", "Weight is an integer other than 0 and 10"),
        ("A dry run passed", "A dry run passed although it should not"),
        ("", "x"),
    ],
)
def test_words_do(one: str, other: str) -> None:
    assert not matches(other, pattern(one))


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=400))
def test_a_title_is_one_that_its_pattern_stands_for(title: str) -> None:
    assert pattern(title).isprintable()
    assert matches(title, pattern(title))
    assert matches(title, "*")


@given(st.lists(st.sampled_from(["a", "b", "ab", ""]), min_size=1, max_size=6), st.text("ab", max_size=12))
def test_a_star_stands_for_anything_and_nothing_else_does(parts: list[str], title: str) -> None:
    import re

    wanted = re.fullmatch(".*".join(parts), title) is not None
    assert matches(title, "*".join(parts)) is wanted


def test_many_stars_take_no_time() -> None:
    assert not matches("a" * 10_000, "a*" * 10_000 + "b")


def test_a_title_is_found_by_the_words_it_had_before() -> None:
    before = "Refused with VpnRouteEntry.Conflict, not for the reason that RouteSource is no prefix"
    now = "Refused with VpnRouteEntry.Conflict, but what is wrong is something else: RouteSource is no prefix"
    assert matches(now, before)
    assert matches(now, pattern(before))
    assert matches(now, "Refused with *, not for the reason that *")
    assert pattern(before) == pattern(now)
    assert not matches(now, before.replace("Conflict", "BackupRoute"))
