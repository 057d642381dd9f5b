"""The folder graph finds cycles and upward arrows, at each level and however they are imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.house.trees import product
from tools.house.rooms import cycles, read_layers, unlisted, upward

CONTRACTS = """
[[tool.importlinter.contracts]]
type = "layers"
containers = ["pbr_conformance"]
exhaustive = true
layers = ["conformance", "strategies | reports", "simulator"]

[[tool.importlinter.contracts]]
type = "layers"
containers = ["pbr_conformance.conformance"]
exhaustive = true
layers = ["engine", "judge"]
"""


def _contracts(checkout: Path, text: str = CONTRACTS) -> Path:
    path = checkout / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "statement",
    [
        "from ..engine.suite import run",
        "from ..engine import suite",
        "from pbr_conformance.conformance.engine.suite import run",
        "import pbr_conformance.conformance.engine.suite",
        "from conformance.engine import suite",
        "def late():\n    from ..engine import suite",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..engine import suite",
    ],
)
def test_an_upward_import_is_found_however_it_is_spelled(tmp_path: Path, statement: str) -> None:
    files = {"conformance/engine/suite.py": "", "conformance/judge/answer.py": statement}
    found = upward(product(tmp_path, files), read_layers(_contracts(tmp_path)))
    assert [(arrow.origin, arrow.target, arrow.importer) for arrow in found] == [
        ("judge", "engine", "conformance.judge.answer")
    ]


def test_a_downward_import_is_no_finding(tmp_path: Path) -> None:
    files = {"conformance/engine/suite.py": "from ..judge import answer", "conformance/judge/answer.py": "import ast"}
    tree = product(tmp_path, files)
    assert upward(tree, read_layers(_contracts(tmp_path))) == []
    assert cycles(tree) == []


def test_rooms_in_one_layer_may_not_import_each_other(tmp_path: Path) -> None:
    files = {"strategies/prefixes.py": "from pbr_conformance.reports import data", "reports/data/results.py": ""}
    (arrow,) = upward(product(tmp_path, files), read_layers(_contracts(tmp_path)))
    assert (arrow.folder, arrow.origin, arrow.target) == ("", "strategies", "reports")


def test_a_cycle_over_three_rooms_is_found_at_its_own_level(tmp_path: Path) -> None:
    files = {
        "conformance/checks.py": "from .engine import suite",
        "conformance/engine/suite.py": "from ..judge import answer",
        "conformance/judge/answer.py": "from ..checks import CHECKS",
        "conformance/client/http.py": "from ..checks import CHECKS",
    }
    assert cycles(product(tmp_path, files)) == [("conformance", frozenset({"checks", "engine", "judge"}))]


def test_modules_of_one_room_are_no_cycle_of_rooms(tmp_path: Path) -> None:
    files = {
        "conformance/judge/answer.py": "from . import listing",
        "conformance/judge/listing.py": "from . import answer",
    }
    assert cycles(product(tmp_path, files)) == []


def test_a_room_that_no_contract_lists_is_found(tmp_path: Path) -> None:
    files = {"conformance/engine/suite.py": "", "conformance/checks.py": ""}
    assert unlisted(product(tmp_path, files), read_layers(_contracts(tmp_path))) == ["conformance: checks"]


def test_a_contract_that_is_not_exhaustive_is_found(tmp_path: Path) -> None:
    lax = _contracts(tmp_path, CONTRACTS.replace("exhaustive = true", "exhaustive = false", 1))
    assert unlisted(product(tmp_path, {"simulator/step.py": ""}), read_layers(lax)) == ["top: not exhaustive"]
