"""A dialect: how one endpoint decides what the documentation leaves open. One more table, and no law.

Rules of this file
1. A dialect never changes a MUST. It says which MAY is refused, which code answers, and which condition wins.
2. DEFAULT is the simulator's own opinion. The rows of `conditions.py` have it, each decision with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC

from .conditions import CONDITIONS
from .creation import MAY, MUST, Case
from .oracle import Broken


class OpenToken(Enum):
    """What becomes of a token that was used before, where `token/open` leaves it free."""

    JUDGE = "judged as a new request"
    MISMATCH = "refused: IdempotentParameterMismatch"
    REPLAY = "answered with the first result"


PRECEDENCE: Final = tuple(row.id for row in sorted(CONDITIONS, key=lambda row: row.rank))
"""Which condition is answered where several are broken: the first."""
REFUSED: Final = frozenset(row.id for row in CONDITIONS if row.decision and row.decision.refuses)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The open decisions of one endpoint. Times in milliseconds."""

    name: str = "default"
    spec: str = DEFAULT_SPEC
    precedence: tuple[str, ...] = PRECEDENCE
    refuses: frozenset[str] = REFUSED
    """The conditions that are refused where they are a MAY."""
    otherwise: frozenset[str] = frozenset()
    """Cases of a MAY (`cidr/loose: host bits`, see circumstances.py), decided the other way than `refuses` has it."""
    answers: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition -> the row of the error table that answers it (else its first), or a code where any will do.

    Of several rows the first that the case has. `format/type: Weight` is about one parameter, and goes before."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """Row of the error table, or condition, with a parameter or without -> the message in place of the usual one.

    `<Param>` stands for the parameter's name. The most exact goes before."""
    dry_run_skips: frozenset[str] = frozenset()
    """The conditions that a dry run does not look at, where it need not: see DRY_RUN_MAY_PASS, and each MAY."""
    other_token: OpenToken = OpenToken.MISMATCH
    respelled_token: OpenToken = OpenToken.REPLAY
    deleted_token: OpenToken = OpenToken.JUDGE
    shows_dual_weight: bool = True
    """Whether a dual-tunnel gateway shows the weight as sent; else 100."""
    shows_unsupported_priority: bool = True
    """Whether a gateway without priority support shows a priority."""
    shows_absent_description: bool = True
    """Whether an absent description is shown, as an empty one."""
    settles_after: int = 1000
    """How long a gateway stays `updating` after a change."""
    lists_at_once: bool = True
    """Whether the list shows a new route before its gateway has settled."""
    ranks: Mapping[str, int] = field(init=False, repr=False, compare=False)
    varied: frozenset[str] = field(init=False, repr=False, compare=False)
    """The conditions that are decided by the case."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "varied", frozenset(case.partition(":")[0] for case in self.otherwise))
        object.__setattr__(self, "ranks", {condition: rank for rank, condition in enumerate(self.precedence)})


DEFAULT: Final = Dialect()


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
