"""Which of two won, laid out: both sides of a pair say the same, and the order is the one that was seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pbr_conformance.reports.data.implementation_defined import ReportedPrecedence
from pbr_conformance.reports.views.matrix import Cell, Matrix, Winner, matrix_of

OPPOSITE = {Winner.ROW: Winner.COLUMN, Winner.COLUMN: Winner.ROW}


def cell(matrix: Matrix, row: str, column: str) -> Cell | None:
    return matrix.rows[matrix.names.index(row)][matrix.names.index(column)]


@given(st.permutations("abcdefg"), st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1))
def test_an_order_without_contradiction_is_found(order: list[str], seen: set[tuple[int, int]]) -> None:
    won = [ReportedPrecedence(order[min(pair)], order[max(pair)], "E", 1) for pair in seen if pair[0] != pair[1]]
    matrix = matrix_of(won)
    places = {name: place for place, name in enumerate(matrix.names)}
    assert all(places[each.won] < places[each.lost] for each in won)
    assert matrix.pairs == len({(each.won, each.lost) for each in won})
    assert matrix.count(Winner.BOTH, Winner.UNCLEAR) == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("def"), st.booleans(), st.booleans())))
def test_both_sides_of_a_pair_say_the_same(seen: list[tuple[str, str, bool, bool]]) -> None:
    won = [ReportedPrecedence(*((one, two) if first else (two, one)), "E", 2, clear) for one, two, first, clear in seen]
    matrix = matrix_of(won)
    for row in matrix.names:
        for column in matrix.names:
            here, there = cell(matrix, row, column), cell(matrix, column, row)
            assert (here is None) == (there is None)
            if here is not None and there is not None:
                assert (here.won, here.lost, here.unclear) == (there.lost, there.won, there.unclear)
                assert there.winner is OPPOSITE.get(here.winner, here.winner)
    assert matrix.pairs == len({frozenset((each.won, each.lost)) for each in won})


def test_what_goes_both_ways_or_cannot_be_told_is_said_to_be_so() -> None:
    matrix = matrix_of(
        [
            ReportedPrecedence("a", "b", "A", 3),
            ReportedPrecedence("b", "a", "B", 1),
            ReportedPrecedence("a", "c", "X", 1, clear=False),
        ]
    )
    assert cell(matrix, "a", "b") == Cell(3, 1)
    assert [(found.winner if found else None) for found in matrix.rows[matrix.names.index("a")]] == [
        {"a": None, "b": Winner.BOTH, "c": Winner.UNCLEAR}[name] for name in matrix.names
    ]
    assert matrix_of([]) == Matrix((), ())
