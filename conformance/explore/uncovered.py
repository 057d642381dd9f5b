"""Conditions that a search left uncovered, of all that one request to the target can meet, and why.

Rules of this file
1. Everything that the suite's generators find can be met, in any history, of any length and with any value.
2. A reason is worked out: how many creations the plainest history needs, or that no scope has such a request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pbr_conformance.conformance.coverage.combinations import Bench, combinations_of
from pbr_conformance.conformance.coverage.features import BREAKABLE
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.plain_requests import partitions


def uncovered(
    target: Target, spec: str, depth: int, *, conditions: Mapping[str, int], pairs: Mapping[str, int]
) -> list[dict[str, str]]:
    """Return the conditions, and pairs of them, that were not met, each with the reason."""
    found = combinations_of(target, spec)
    benches = [Bench(partition, spec) for partition in partitions(target)]
    rows = [{"what": one, "because": _because((one,), benches, depth)} for one in BREAKABLE if not conditions.get(one)]
    for one, other in found.possible:
        if one in BREAKABLE and other in BREAKABLE and not pairs.get(" + ".join(sorted((one, other)))):
            rows.append({"what": f"{one} + {other}", "because": _because((one, other), benches, depth)})
    return rows


def _because(addresses: tuple[str, ...], benches: list[Bench], depth: int) -> str:
    lengths = [len(h) for bench in benches if (h := bench.conditions(addresses, Counter())) is not None]
    if not lengths:
        return "the target has nothing on which it can be met"
    if min(lengths) > depth:
        return f"the plainest history that meets it has {min(lengths)} operations"
    return "no scope has a request for it in a state for it"
