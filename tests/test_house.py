"""The house as it stands: rooms in order, and names with one meaning each.

`python -m tools.house` prints what these tests find.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tools.house.names import double_names
from tools.house.product import FOLDERS, Product, read_product
from tools.house.rooms import arrows, cycles, folders_with_rooms, read_layers, rooms_of, unlisted, upward
from tools.house.vocabulary import old_identifiers

CHECKOUT = Path(__file__).parents[1]
PYPROJECT = CHECKOUT / "pyproject.toml"

DOUBLE_NAMES_LEFT: Final = """
    LOOSE_SPELLINGS StateError _Source
"""
"""Names that still have two meanings. It only ever shrinks."""

OLD_IDENTIFIERS_LEFT: Final = """
    Looked Terms best_lanes
"""
"""Identifiers of the old vocabulary that are still there. It only ever shrinks."""


@pytest.fixture(scope="module")
def product() -> Product:
    return read_product(CHECKOUT)


def test_the_graph_is_that_of_the_product(product: Product) -> None:
    assert rooms_of("", product) == set(FOLDERS)
    assert {"", "conformance", "simulator", "reports"} <= set(folders_with_rooms(product))
    assert {"conformance", "simulator"} in [{arrow.origin, arrow.target} for arrow in arrows(product)]


def test_rooms_form_no_cycle(product: Product) -> None:
    assert cycles(product) == []


def test_no_room_imports_a_higher_one(product: Product) -> None:
    assert upward(product, read_layers(PYPROJECT)) == []


def test_the_contracts_leave_no_room_out(product: Product) -> None:
    layers = read_layers(PYPROJECT)
    assert set(layers) == {"", "conformance", "simulator", "reports"}
    assert unlisted(product, layers) == []


def test_no_class_or_public_constant_has_two_meanings(product: Product) -> None:
    doubles = double_names(product)
    assert {name: doubles[name] for name in doubles.keys() - set(DOUBLE_NAMES_LEFT.split())} == {}


def test_no_identifier_of_the_old_vocabulary_is_left(product: Product) -> None:
    left = OLD_IDENTIFIERS_LEFT.split()
    assert [str(old) for old in old_identifiers(product) if old.identifier not in left] == []
