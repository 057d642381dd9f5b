"""What counts as a value that was not sent yet."""

from __future__ import annotations

from pbr_conformance.conformance.engine.novelty import Novelty
from tests.conformance.doubles import creation


def test_a_value_counts_once_whatever_it_is_sent_with() -> None:
    novelty = Novelty(100)
    known = novelty.bits(creation())
    assert known
    assert not known & (1 << 100) - 1, "the bits below are those of mutants"
    assert novelty.bits(creation()) == known
    described = novelty.bits(creation(Description="x"))
    assert described & ~known
    both = novelty.bits(creation(Description="x", Weight="50"))
    assert (both & ~known).bit_count() == 2 * (described & ~known).bit_count()


def test_a_prefix_counts_by_its_length_and_where_it_begins() -> None:
    novelty = Novelty(0)
    known = novelty.bits(creation(RouteDest="10.0.0.0/24"))
    assert novelty.bits(creation(RouteDest="10.9.0.0/24")) == known
    longer = novelty.bits(creation(RouteDest="10.0.0.0/25")) & ~known
    elsewhere = novelty.bits(creation(RouteDest="11.0.0.0/24")) & ~known
    assert longer
    assert elsewhere
    assert not longer & elsewhere
