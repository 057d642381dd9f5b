"""What a run at a slow pace sends: every directed history once, and a few random ones for each partition.

Rules of this file
1. All of it is judged for every check at once, as the first requests of a budget are.
2. Checks take turns: where time ends before everything is sent, each has had some of its histories.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from pbr_conformance.conformance.checks import Check
from pbr_conformance.conformance.coverage.directed_once import directed_once
from pbr_conformance.conformance.coverage.partitioning import partition_for
from pbr_conformance.conformance.coverage.seed_corpus import Item
from pbr_conformance.simulator.documentation.create import PARAMETERS
from pbr_conformance.simulator.model.target import Target
from pbr_conformance.strategies.decoder import decoded_histories
from pbr_conformance.strategies.plain_requests import History, Partition, partitions

from .search import search


def slow_items(checks: Sequence[Check], target: Target, spec: str, *, examples: int, seed: int) -> Iterator[Item]:
    """The histories for some checks; `examples` is how many random ones each partition gets, by the seed."""
    lines = defaultdict[str, list[Item]](list)
    for item in directed_once(checks, target, spec):
        lines[item.address].append(item)
    candidates = partitions(target)
    for check in checks:
        partition = partition_for(check, candidates)
        if partition is not None and check.waits_until_settled and partition.name not in lines:
            number = zlib.crc32(f"{seed} {partition.name}".encode())
            drawn = _drawn(partition, spec, examples, number)
            lines[partition.name] = [Item(check.address, partition, each) for each in drawn if each]
    for turn in zip_longest(*lines.values()):
        yield from filter(None, turn)


def _drawn(partition: Partition, spec: str, examples: int, number: int) -> list[History]:
    names = frozenset(row.name for row in PARAMETERS if row.holds_in(spec))
    drawn: list[History] = []

    def keep(history: History) -> bool:
        drawn.append(history)
        return False

    search(decoded_histories(partition, names), keep, examples, number)
    return drawn
