"""How two dialects differ, each difference with the evidence of both.

Rules of this file
1. What only one of them pins is said to be so: it is no contradiction.
2. Of the order only pairs count that the two have the other way round; what only one of them knows is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pbr_conformance.simulator.rules.conditions import BY_ID

from .dialect_writer import DECISIONS, USES
from .learned_dialect import LearnedDialect, Ruling


@dataclass(frozen=True, slots=True)
class DialectDifference:
    """What two dialects have differently: what it is about, and each side with its evidence. "" is not pinned."""

    about: str
    sides: tuple[str, str]
    evidence: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def contradicts(self) -> bool:
        """Whether both say something."""
        return all(self.sides)


_WORDS = {value: word for word, value in DECISIONS.items()}
_USES = {value: word for word, value in USES.items()}


def differences(one: LearnedDialect, other: LearnedDialect) -> tuple[DialectDifference, ...]:
    """Everything that two dialects have differently."""
    return (*_rulings(one, other), *_orders(one, other), *_others(one, other))


def _rulings(one: LearnedDialect, other: LearnedDialect) -> Iterator[DialectDifference]:
    for name in dict.fromkeys((*one.rulings, *other.rulings)):
        first, second = one.ruling(name), other.ruling(name)
        evidence = first.evidence, second.evidence
        for case in [each.name for each in BY_ID[name].cases] or [""]:
            sides = _decision(first, case), _decision(second, case)
            if sides[0] != sides[1]:
                yield DialectDifference(f"{name}: {case}" if case else name, sides, evidence)
        for about, sides in {
            f"code of {name}": (_codes(first), _codes(second)),
            f"dry run, {name}": (_skips(first), _skips(second)),
        }.items():
            if sides[0] != sides[1]:
                yield DialectDifference(about, sides, evidence)


def _decision(ruling: Ruling, case: str) -> str:
    decided = ruling.cases.get(case, ruling.decision)
    return "" if decided is None else _WORDS[decided]


def _codes(ruling: Ruling) -> str:
    own = (f"{parameter}: {code}" for parameter, code in sorted(ruling.parameters.items()))
    return ", ".join([*ruling.code, *own])


def _skips(ruling: Ruling) -> str:
    return "" if ruling.skips is None else "passes over it" if ruling.skips else "looks at it"


def _orders(one: LearnedDialect, other: LearnedDialect) -> Iterator[DialectDifference]:
    for first, later in one.beats.items():
        for then in sorted(later):
            if first in other.beats.get(then, ()):
                edges = one.edge(first, then), other.edge(then, first)
                seen = [(edge.evidence,) if edge and edge.evidence else () for edge in edges]
                yield DialectDifference(f"{first} and {then}", (f"{first} first", f"{then} first"), (seen[0], seen[1]))


def _others(one: LearnedDialect, other: LearnedDialect) -> Iterator[DialectDifference]:
    tables = {
        "message": (dict(one.messages), dict(other.messages)),
        "token": tuple({use: _USES[value] for use, value in pins.tokens.items()} for pins in (one, other)),
        "shows": tuple({name: "yes" if shown else "no" for name, shown in pins.shows.items()} for pins in (one, other)),
    }
    for about, (first, second) in tables.items():
        for key in dict.fromkeys((*first, *second)):
            sides = first.get(key, ""), second.get(key, "")
            if sides[0] != sides[1]:
                yield DialectDifference(f"{about} {key}", sides)


def to_text(one: LearnedDialect, other: LearnedDialect, found: tuple[DialectDifference, ...]) -> list[str]:
    """The differences, in lines: contradictions first, then what only one of the two pins."""
    lines = [" and ".join(f"{each.name} ({each.date}, {each.target or 'written'})" for each in (one, other))]
    for head, wanted in (("They contradict each other:", True), ("Only one of them pins:", False)):
        some = [each for each in found if each.contradicts is wanted]
        lines += ["", f"{head} {len(some)}"]
        for each in some:
            sides = [
                (side or "not pinned") + (f" ({', '.join(seen)})" if seen else "")
                for side, seen in zip(each.sides, each.evidence, strict=True)
            ]
            lines.append(f"  {each.about}: {sides[0]} | {sides[1]}")
    return lines


def to_json(one: LearnedDialect, other: LearnedDialect, found: tuple[DialectDifference, ...]) -> dict[str, object]:
    """The differences, as data; evidence is that of each file."""
    return {
        "dialects": [one.name, other.name],
        "differences": [
            {"about": each.about, "sides": list(each.sides), "evidence": [list(seen) for seen in each.evidence]}
            for each in found
        ],
    }
