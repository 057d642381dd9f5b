"""One create goes down through the rooms, and a call that leads up is found."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.house.rooms import Layers
from tools.trace_create import WAYS, Trace, described, traced

LAYERS = {
    "": Layers("", True, [frozenset({"simulator"}), frozenset({"strategies", "reports"}), frozenset({"conformance"})]),
    "conformance": Layers("conformance", True, [frozenset({"judge"}), frozenset({"engine"})]),
}


@pytest.mark.parametrize("way", WAYS)
def test_one_create_leads_through_few_files_and_does_not_climb(way: str) -> None:
    trace = traced(WAYS[way])
    assert len(trace.files) <= 18
    assert trace.climbs == []
    assert "simulator/rules/oracle.py" in trace.files
    assert sys.getprofile() is None


def _function(checkout: Path, file: str, text: str) -> Callable[..., object]:
    """A function `f` whose code says that it stands in a file."""
    names: dict[str, Callable[..., object]] = {}
    exec(compile(text, str(checkout / file), "exec"), names)
    return names["f"]


@pytest.mark.parametrize(
    ("caller", "called", "climbs"),
    [
        ("conformance/judge/answer.py", "conformance/engine/suite.py", 1),
        ("conformance/engine/suite.py", "conformance/judge/answer.py", 0),
        ("conformance/judge/answer.py", "conformance/judge/model.py", 0),
        ("simulator/model/step.py", "conformance/judge/model.py", 1),
        ("strategies/forms.py", "reports/data/results.py", 1),
        ("conformance/judge/answer.py", "tools/house/size.py", 0),
    ],
)
@pytest.mark.parametrize("text", ["def f(called): called()", "def f(called): [*map(lambda _: called(), 'x')]"])
def test_a_call_into_a_higher_room_is_a_climb(tmp_path: Path, caller: str, called: str, climbs: int, text: str) -> None:
    trace = Trace(tmp_path, LAYERS)
    outer, inner = _function(tmp_path, caller, text), _function(tmp_path, called, "def f(): pass")
    sys.setprofile(trace)
    try:
        outer(inner)
    finally:
        sys.setprofile(None)
    assert len(trace.climbs) == climbs


def test_a_return_is_a_way_back_up_and_no_climb(tmp_path: Path) -> None:
    trace = Trace(tmp_path, LAYERS)
    trace.entered = [f"{file}:f" for file in ("conformance/a.py", "simulator/b.py", "conformance/c.py")]
    assert next(described("run", trace)) == "run: 3 files, 3 functions, 0 climbs, 1 ways back up"


def test_an_older_file_counts_in_the_room_where_it_stands_now(tmp_path: Path) -> None:
    trace = Trace(tmp_path, LAYERS, moves={"conformance/terms.py": "conformance/judge/terms.py"})
    trace.entered = ["conformance/terms.py:f", "conformance/engine/suite.py:f", "simulator/step.py:f"]
    assert trace.ways_back_up == []
    assert trace.files == ["conformance/engine/suite.py", "conformance/terms.py", "simulator/step.py"]
