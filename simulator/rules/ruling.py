"""Which of several broken conditions is answered: what a dialect and its precedence say."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .creation import MAY, MUST, Case
from .dialect import Dialect
from .oracle import Broken


def winner(
    broken: Iterable[Broken], dialect: Dialect, dry_run: bool = False, case: Callable[[], Case] | None = None
) -> Broken | None:
    """The broken condition that is answered: the first, in the dialect's precedence, of those that it refuses.

    Without `case` no decision depends on one.
    """
    best: Broken | None = None
    for one in broken:
        name = one.condition.id
        if dry_run and name in dialect.dry_run_skips and (one.strength is MAY or one.condition.dry_run_may_pass):
            continue
        refused = one.strength is MUST or (
            name in dialect.refuses if case is None or name not in dialect.varied else _refuses(dialect, one, case())
        )
        if refused and (best is None or dialect.ranks[name] < dialect.ranks[best.condition.id]):
            best = one
    return best


def _refuses(dialect: Dialect, broken: Broken, case: Case) -> bool:
    name = broken.condition.id
    usual, met = name in dialect.refuses, broken.cases(case)
    return any(usual != (f"{name}: {one}" in dialect.otherwise) for one in met) if met else usual
