"""Texts of strangers, and JSON laid out as it was sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbr_conformance.reports.data.visible import cut, on_a_line, visible
from pbr_conformance.reports.views.inline import LONGEST_LAID_OUT, pretty

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 中文, é", "plain, 中文, é"),
        ("\x00\x1b[31m\x7f\x9b", r"\x00\x1b[31m\x7f\x9b"),
        ("\u202e\u2066\u200b\u2028", r"\u202e\u2066\u200b\u2028"),
        ("\ud800\U000e0001", r"\ud800\U000e0001"),
        ("a\r\nb\tc", "a\\x0d\nb\tc"),
    ],
)
def test_the_unprintable_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANYTHING)
def test_a_line_is_a_line(text: str) -> None:
    line = on_a_line(text, 40)
    assert line.isprintable()
    assert line.isascii() or line.encode()


def test_what_is_cut_off_is_counted() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("x" * 1_003, 3) == "xxx… (1,000 more characters)"


def test_json_is_laid_out() -> None:
    assert pretty('{"a":[1,{}],"b":{"c":"x, {y}"},"d":[]}') == (
        '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": {\n    "c": "x, {y}"\n  },\n  "d": []\n}'
    )


@pytest.mark.slow
@given(JSON)
def test_layout_changes_no_token(value: object) -> None:
    text = json.dumps(value)
    assert json.dumps(json.loads(pretty(text))) == text


@pytest.mark.parametrize("text", ['{"a":1e3,"a":01}', "<html>", "", '"text"', "1", "[1,", "[" * 5_000, '{"a":1}x'])
def test_what_is_no_json_object_stays(text: str) -> None:
    assert pretty(text) == text


def test_spelling_and_doubled_names_stay() -> None:
    assert pretty('{"a":1.50e3,"a":"\\u0041"}') == '{\n  "a": 1.50e3,\n  "a": "\\u0041"\n}'


def test_depth_and_length_are_bounded() -> None:
    deep = "[" * 900 + "]" * 900
    assert len(pretty(deep)) < 100_000
    long = json.dumps(["x"] * LONGEST_LAID_OUT)
    assert pretty(long) == long
