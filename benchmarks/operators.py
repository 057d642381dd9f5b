"""What the mutation operators give: how many mutants a small scope shows, how many differ, and which are left out.

Run it by hand:

    python -m benchmarks.operators [--histories 4000] [--equivalents 100]

The small scope is every directed history of a default run on the reference account, shortest first, so many of them.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from itertools import islice
from typing import Final

from pbr_conformance.conformance.engine.power import directed_histories
from pbr_conformance.conformance.mutants.generated import OPERATORS, generated, is_held_out
from pbr_conformance.conformance.mutants.showing import played, shown_by
from pbr_conformance.simulator.rules.dialect import DEFAULT
from tests.accounts import ACCOUNTS

_LONGEST: Final = 12
"""Requests of a history of the small scope."""
_FOR_SETS: Final = 400
"""Histories by which mutants are told apart."""


def main() -> None:
    """Print the counts, and for some of those left out what they do."""
    parser = argparse.ArgumentParser(description="What the mutation operators give.")
    parser.add_argument("--histories", type=int, default=4000)
    parser.add_argument("--equivalents", type=int, default=100)
    chosen = parser.parse_args()
    target = ACCOUNTS["reference"]
    short = (history for history in directed_histories(target) if len(history) <= _LONGEST)
    histories = list(islice(short, chosen.histories))
    left = {mutant.name: mutant for mutant in generated()}
    shown: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    step = max(1, len(histories) // _FOR_SETS)
    for number, history in enumerate(histories):
        asked = generated() if number % step == 0 else left.values()
        for name, place in shown_by(played(target, history, DEFAULT), asked, DEFAULT).items():
            shown[name].add((number, place) if number % step == 0 else (-1, -1))
            left.pop(name, None)
    _say(shown, sorted(left), len(histories), chosen.equivalents)


def _say(shown: dict[str, set[tuple[int, int]]], left: list[str], histories: int, drawn: int) -> None:
    visible = Counter(name.partition(":")[0] for name in shown)
    sets = {frozenset(places) for places in shown.values()}
    share = max(visible.values()) / len(shown)
    out = sys.stdout.write
    out(f"{len(generated())} mutants of {len(OPERATORS)} operators; {histories} histories, ")
    out(f"each of at most {_LONGEST} requests\n{len(shown)} are shown, ")
    out(f"in {len(sets)} different sets of requests; {len(left)} are left out\n")
    out(f"operators that show: {len(visible)}; the largest has {share:.1%}\n")
    out(f"held out: {sum(is_held_out(m) and m.name in shown for m in generated())}\n")
    out("".join(f"  {count:4} {name}\n" for name, count in visible.most_common()))
    out("left out, drawn:\n")
    out("".join(f"  {name}\n" for name in random.Random(1).sample(left, min(drawn, len(left)))))


if __name__ == "__main__":
    main()
