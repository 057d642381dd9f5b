"""What is sent first depends on how long changes take: where they take long, what needs few of them."""

from __future__ import annotations

from itertools import islice

import pytest

from pbr_conformance.conformance.checks import BY_ADDRESS
from pbr_conformance.conformance.client.pace import Pace, SharedPace
from pbr_conformance.conformance.coverage.seed_corpus import seed_corpus
from pbr_conformance.conformance.engine.budget import Budget
from pbr_conformance.conformance.engine.portions import Portions
from tests.conformance.doubles import TARGET, TERMS

CHECKS = [BY_ADDRESS["route/exists"]]


@pytest.mark.parametrize(("seconds", "is_slow"), [(0.0, False), (0.3, False), (3.0, True)])
def test_the_corpus_comes_after_the_first_history_where_gateways_are_slow(seconds: float, *, is_slow: bool) -> None:
    located = TARGET.model_copy(
        update={"endpoint": TARGET.endpoint.model_copy(update={"url": "http://127.0.0.1:9", "shared": True})}
    )
    pace = SharedPace()
    share = Budget(300, None, 1, workers=1).whole()
    portions = Portions(CHECKS, located, TERMS, share, pace=pace, requests=lambda: 0).before(())
    assert len(next(portions)) == 1
    pace.newest = Pace(seconds)
    corpus = list(seed_corpus(CHECKS, located, TERMS.spec))
    (second,) = islice(portions, 1)
    assert corpus
    assert (second == corpus) is is_slow
