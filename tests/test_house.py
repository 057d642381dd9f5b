"""The house as it stands: rooms in order, and names with one meaning each.

`python -m tools.house` prints what these tests find.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.house.names import double_names
from tools.house.product import FOLDERS, Product, read_product
from tools.house.rooms import arrows, cycles, folders_with_rooms, read_layers, rooms_of, unlisted, upward
from tools.house.vocabulary import old_identifiers

CHECKOUT = Path(__file__).parents[1]
PYPROJECT = CHECKOUT / "pyproject.toml"


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
    assert doubles == {}


def test_no_identifier_of_the_old_vocabulary_is_left(product: Product) -> None:
    assert [str(old) for old in old_identifiers(product)] == []
