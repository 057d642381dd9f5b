"""Names with two meanings, and names that the vocabulary gave up, are found; others are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.house.trees import product
from tools.house.names import double_names
from tools.house.vocabulary import old_identifiers, replacement


@pytest.mark.parametrize(
    "definition",
    [
        "class Outcome: pass",
        "def made():\n    class Outcome: pass",
        "Outcome = 1",
        "Outcome: int = 1",
        "Outcome = dict[str, int]",
        "if True:\n    Outcome = 1",
        "try:\n    Outcome = 1\nexcept ImportError:\n    Outcome = 2",
        "first, Outcome = 1, 2",
    ],
)
def test_a_second_definition_is_a_second_meaning(tmp_path: Path, definition: str) -> None:
    files = {"simulator/step.py": "class Outcome: pass", "reports/results.py": definition}
    assert double_names(product(tmp_path, files)) == {"Outcome": ["simulator.step", "reports.results"]}


@pytest.mark.parametrize(
    "statement",
    [
        "from simulator.step import Outcome",
        "from simulator.step import Outcome\n__all__ = ['Outcome']",
        "_Outcome = 1",
        "def f(): Outcome = 1",
        "class Other:\n    Outcome = 1",
    ],
)
def test_an_import_or_a_name_of_its_own_scope_is_no_second_meaning(tmp_path: Path, statement: str) -> None:
    files = {"simulator/step.py": "class Outcome: pass\n__all__ = ['Outcome']", "reports/results.py": statement}
    assert double_names(product(tmp_path, files)) == {}


def test_type_variables_may_share_a_name(tmp_path: Path) -> None:
    text = "from typing import TypeVar\nT = TypeVar('T')"
    assert double_names(product(tmp_path, {"simulator/a.py": text, "simulator/b.py": text})) == {}


@pytest.mark.parametrize("identifier", ["Timed", "_Timed", "lane", "best_lanes", "LaneOf", "_MOST_STRAYS", "goes_on"])
def test_an_old_word_is_known_in_each_of_its_forms(identifier: str) -> None:
    assert replacement(identifier) is not None


@pytest.mark.parametrize(
    "identifier", ["timed", "row", "place", "plane", "straight", "BlockedBy", "PydanticCustomError"]
)
def test_ordinary_words_are_no_old_words(identifier: str) -> None:
    assert replacement(identifier) is None


@pytest.mark.parametrize(
    "text",
    [
        "def desk(): pass",
        "x.desk",
        "f(desk=1)",
        "def f(desk): pass",
        "import a.desk",
        "from a import desk",
        "f'{desk}'",
    ],
)
def test_an_old_identifier_is_found_wherever_it_stands(tmp_path: Path, text: str) -> None:
    (found,) = old_identifiers(product(tmp_path, {"conformance/learn/queries.py": text}))
    assert (found.module, found.identifier) == ("conformance.learn.queries", "desk")


def test_prose_and_strings_are_no_identifiers(tmp_path: Path) -> None:
    text = '"""A desk, and a lane."""\nKEY = "tally"  # a tally'
    assert old_identifiers(product(tmp_path, {"reports/data.py": text})) == []


def test_an_old_module_is_found_by_its_file(tmp_path: Path) -> None:
    (found,) = old_identifiers(product(tmp_path, {"conformance/learn/ways.py": "ways = 1"}))
    assert (found.identifier, found.new) == ("ways.py", "variants")
