"""The share of faults that tests caught, with its interval, and those that they did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import comb
from typing import Final

CONFIDENCE: Final = 0.95


def clopper_pearson(hits: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of a share: the shares for which as many hits, or as few, are not too unlikely."""
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _root(lambda share: 1 - _at_most(hits - 1, trials, share) - tail)
    high = 1.0 if hits == trials else _root(lambda share: tail - _at_most(hits, trials, share))
    return low, high


def _at_most(hits: int, trials: int, share: float) -> float:
    return sum(comb(trials, n) * share**n * (1 - share) ** (trials - n) for n in range(hits + 1))


def _root(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return low


def summary(rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Yield the share killed, of all and of each room, with its interval, then each survivor."""
    for room in ["all", *sorted({str(row["room"]) for row in rows})]:
        own = [row for row in rows if room in ("all", row["room"])]
        killed = sum(row["outcome"] != "survived" for row in own)
        if own:
            low, high = clopper_pearson(killed, len(own))
            yield f"{room:8} {killed} of {len(own)} killed: {killed / len(own):.1%} ({low:.1%} to {high:.1%})"
    for row in sorted(rows, key=lambda row: str(row["key"])):
        if row["outcome"] == "survived":
            yield f"{row['module']}:{row['line']} {str(row['operator']).removeprefix('core/')}"
            yield f"    - {row['before']}"
            yield f"    + {row['after']}"
