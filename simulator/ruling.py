"""Which of several broken conditions is answered: what a dialect and its precedence say."""

from __future__ import annotations

from collections.abc import Iterable

from .case import MUST
from .dialect import Dialect
from .oracle import Broken


def winner(broken: Iterable[Broken], dialect: Dialect, dry_run: bool = False) -> Broken | None:
    """The broken condition that is answered: the first, in the dialect's precedence, of those that it refuses."""
    best: Broken | None = None
    for one in broken:
        name = one.condition.id
        if dry_run and name in dialect.dry_run_skips:
            continue
        refused = one.strength is MUST or name in dialect.refuses
        if refused and (best is None or dialect.ranks[name] < dialect.ranks[best.condition.id]):
            best = one
    return best
