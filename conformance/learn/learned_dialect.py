"""What is known of an endpoint's dialect: each decision that was seen, with its evidence. A value.

Rules of this file
1. None, or an absent key, is "not known". The simulator's `Dialect` knows everything; `served` fills what is not known
   with the simulator's own opinion.
2. The order of conditions is partial: what was seen, and what follows from it.
3. Where a condition is answered with one of several rows, they stand in the order of preference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from pbr_conformance.simulator.documentation.create import DEFAULT_SPEC, error
from pbr_conformance.simulator.documentation.sibling_errors import sibling_error
from pbr_conformance.simulator.operations.answers import any_refusal
from pbr_conformance.simulator.rules.conditions import BY_ID
from pbr_conformance.simulator.rules.dialect import PRECEDENCE, REFUSED, Dialect, OpenToken
from pbr_conformance.simulator.rules.oracle import DRY_RUN_PASSED, MISMATCH

TOKENS: Final = ("other", "respelled", "deleted")
"""What token/open leaves free: other parameters, another spelling, a deleted route."""
SHOWS: Final = ("dual_weight", "unsupported_priority", "absent_description")
"""What a success may show or not, as the fields of `Dialect` have it."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is known of one condition."""

    decision: bool | None = None
    """Whether it is refused where it is a MAY."""
    cases: Mapping[str, bool] = field(default_factory=dict)
    """The same for single cases, where they differ from `decision` or it is not known."""
    code: tuple[str, ...] = ()
    """The rows of the error table that answer it, or a code, where any will do."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The code where it is about one parameter."""
    skips: bool | None = None
    """Whether a dry run passes over it."""
    evidence: tuple[str, ...] = ()
    unseen: bool = False
    """Whether it was met as a MAY and never answered: it is let pass, or something else always comes first."""
    unseen_dry: bool = False
    """The same of dry runs: they pass over it, or something else always comes first."""

    def refuses(self, cases: tuple[str, ...]) -> bool | None:
        """Whether it is refused where it is a MAY, and meets these cases; None where that is not known."""
        decided = [self.cases.get(case, self.decision) for case in cases] or [self.decision]
        return True if True in decided else None if None in decided else False


@dataclass(frozen=True, slots=True)
class Edge:
    """One answer to a request that breaks several conditions: which was answered, and before which others."""

    first: str
    then: tuple[str, ...]
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Undecided:
    """Pairs whose order is not known, or does not exist, and why."""

    why: str
    pairs: tuple[tuple[str, str], ...]
    evidence: tuple[str, ...] = ()
    apart: bool = field(default=False, compare=False)
    """Whether they were never met together. Known when it is learned, and not kept in a file."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One request, the creations before it, and what came: in words that a file can hold."""

    before: tuple[Mapping[str, str], ...]
    request: Mapping[str, str]
    answer: str
    caller: str = "owner"
    at_work: bool = False
    """Whether it was sent at once, while the gateway was still at work on the creation before."""


@dataclass(frozen=True, eq=False)
class LearnedDialect:
    """What is known of the dialect of one endpoint."""

    name: str
    date: str
    target: str = ""
    spec: str = DEFAULT_SPEC
    requests: int = 0
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    order: tuple[Edge, ...] = ()
    messages: Mapping[str, str] = field(default_factory=dict)
    """Row of the error table, or condition, with a parameter or without -> message; `<Param>` is the parameter."""
    tokens: Mapping[str, OpenToken] = field(default_factory=dict)
    shows: Mapping[str, bool] = field(default_factory=dict)
    settles_after: int | None = None
    """How long a gateway is `updating` after a change, in milliseconds, as far as it was seen."""
    lists_at_once: bool | None = None
    undecided: tuple[Undecided, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    @cached_property
    def beats(self) -> Mapping[str, frozenset[str]]:
        """Condition -> all that it is answered before: what was seen, and what follows."""
        direct: dict[str, set[str]] = {}
        for edge in self.order:
            direct.setdefault(edge.first, set()).update(edge.then)
        return closure(direct)

    def ruling(self, condition: str) -> Ruling:
        """What is known of a condition; nothing, where nothing is."""
        return self.rulings.get(condition, NOTHING)

    def edge(self, first: str, then: str) -> Edge | None:
        """The answer that showed one condition before another; None where that only follows from others."""
        return next((edge for edge in self.order if edge.first == first and then in edge.then), None)

    def served(self) -> Dialect:
        """The dialect for the simulator. What is not known is as the simulator has it."""
        usual = Dialect(spec=self.spec)
        refuses = {name for name in PRECEDENCE if self._refuses(name)}
        shows = {f"shows_{name}": value for name, value in self.shows.items()}
        tokens = {f"{name}_token": value for name, value in self.tokens.items()}
        return replace(
            usual,
            name=self.name,
            precedence=self.precedence(),
            refuses=frozenset(refuses),
            otherwise=frozenset(self._otherwise(refuses)),
            answers=self._answers(),
            messages=dict(self.messages),
            dry_run_skips=frozenset(name for name, ruling in self.rulings.items() if ruling.skips or ruling.unseen_dry),
            settles_after=usual.settles_after if self.settles_after is None else self.settles_after,
            lists_at_once=usual.lists_at_once if self.lists_at_once is None else self.lists_at_once,
            **shows,  # type: ignore[arg-type]
            **tokens,  # type: ignore[arg-type]
        )

    def _refuses(self, name: str) -> bool:
        ruling = self.ruling(name)
        usual = name in REFUSED and not ruling.unseen
        return usual if ruling.decision is None else ruling.decision

    def _otherwise(self, refuses: set[str]) -> list[str]:
        return [
            f"{name}: {case}"
            for name, ruling in self.rulings.items()
            for case, decision in ruling.cases.items()
            if decision != (name in refuses)
        ]

    def _answers(self) -> dict[str, str | tuple[str, ...]]:
        answers: dict[str, str | tuple[str, ...]] = {}
        for name, ruling in self.rulings.items():
            if ruling.code:
                answers[name] = ruling.code
            answers.update({f"{name}: {parameter}": code for parameter, code in ruling.parameters.items()})
        return answers

    def precedence(self) -> tuple[str, ...]:
        """A total order that has all that is known, and else follows the simulator's own."""
        left, order = list(PRECEDENCE), list[str]()
        beaten = {name: {one for one in PRECEDENCE if name in self.beats.get(one, ())} for name in PRECEDENCE}
        while left:
            free = next((name for name in left if not beaten[name].intersection(left)), left[0])
            left.remove(free)
            order.append(free)
        return tuple(order)


NOTHING: Final = Ruling()


def closure(direct: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    """All that can be reached from each."""
    reached: dict[str, frozenset[str]] = {}
    for start in direct:
        seen: set[str] = set()
        ahead = [*direct[start]]
        while ahead:
            name = ahead.pop()
            if name not in seen:
                seen.add(name)
                ahead += direct.get(name, ())
        reached[start] = frozenset(seen)
    return reached


def pinned(dialect: Dialect, name: str = "", date: str = "2026-01-01") -> LearnedDialect:
    """Everything that a dialect of the simulator decides, pinned: for one that is written, not learned."""
    order = tuple(Edge(one, (other,)) for one, other in zip(dialect.precedence, dialect.precedence[1:], strict=False))
    return LearnedDialect(
        name or dialect.name,
        date,
        spec=dialect.spec,
        rulings={name: _ruling(dialect, name) for name in dialect.precedence},
        order=order,
        messages=_messages(dialect),
        tokens={name: getattr(dialect, f"{name}_token") for name in TOKENS},
        shows={name: getattr(dialect, f"shows_{name}") for name in SHOWS},
        settles_after=dialect.settles_after,
        lists_at_once=dialect.lists_at_once,
    )


def _ruling(dialect: Dialect, name: str) -> Ruling:
    refuses = name in dialect.refuses
    decided = [case.name for case in BY_ID[name].cases if f"{name}: {case.name}" in dialect.otherwise]
    own = {
        key.partition(": ")[2]: code if isinstance(code, str) else code[0]
        for key, code in dialect.answers.items()
        if key.startswith(f"{name}: ")
    }
    cases = dict.fromkeys(decided, not refuses)
    return Ruling(refuses, cases, _codes(dialect, name), own, name in dialect.dry_run_skips)


def _codes(dialect: Dialect, name: str) -> tuple[str, ...]:
    """The rows that a dialect answers a condition with, in its order of preference; or its code."""
    said = dialect.answers.get(name, ())
    chosen = (said,) if isinstance(said, str) else said
    known = rows_of(name)
    if not known:
        return chosen[:1] or (usual_code(name),)
    return tuple(dict.fromkeys([*(row for row in chosen if row in known), known[0]]))


def _messages(dialect: Dialect) -> dict[str, str]:
    """Every message of a dialect: that of a row, and of a condition that any code may answer."""
    messages = {DRY_RUN_PASSED: error(DRY_RUN_PASSED).message, MISMATCH: sibling_error(MISMATCH).message}
    for name in dialect.precedence:
        codes = _codes(dialect, name)
        messages |= {row: error(row).message for row in codes} if rows_of(name) else {name: usual_message(codes[0])}
    return messages | dict(dialect.messages)


def rows_of(condition: str) -> tuple[str, ...]:
    """The rows of the error table that may answer a condition; none where any code may."""
    row = BY_ID[condition]
    return (*row.errors, *(also[0] for also in row.also))


def usual_code(condition: str) -> str:
    """The usual code of a condition that any may answer."""
    return BY_ID[condition].other_code


def usual_message(code: str) -> str:
    """The usual message of a code that is in no row."""
    members = any_refusal(code, "<Param>", "").members
    return str((members or {})["Message"])
