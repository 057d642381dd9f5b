"""How two dialects differ, each difference with the evidence of both.

Rules of this file
1. What only one of them pins is said to be so: it is no contradiction.
2. Of the order only pairs count that the two have the other way round; what only one of them knows is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pbr_conformance.simulator.rules.conditions import BY_ID

from .learned_dialect import ConditionRule, LearnedDialect, known, word_of
from .matching import contradicting_orders


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


def differences(one: LearnedDialect, other: LearnedDialect) -> tuple[DialectDifference, ...]:
    """Everything that two dialects have differently."""
    found: list[DialectDifference] = []
    for name in dict.fromkeys((*one.conditions, *other.conditions)):
        rules = one.rule(name), other.rule(name)
        found += _between(_said_of(name, rules[0]), _said_of(name, rules[1]), rules[0].evidence, rules[1].evidence)
    for first, then in contradicting_orders(one, other):
        steps = one.step(first, then), other.step(then, first)
        seen = [(step.evidence,) if step and step.evidence else () for step in steps]
        found.append(DialectDifference(f"{first} and {then}", (f"{first} first", f"{then} first"), (seen[0], seen[1])))
    return (*found, *_between(_others(one), _others(other)))


def _between(
    one: dict[str, str], other: dict[str, str], seen: tuple[str, ...] = (), seen_too: tuple[str, ...] = ()
) -> Iterator[DialectDifference]:
    for about in dict.fromkeys((*one, *other)):
        sides = one.get(about, ""), other.get(about, "")
        if sides[0] != sides[1]:
            yield DialectDifference(about, sides, (seen, seen_too))


def _said_of(name: str, rule: ConditionRule) -> dict[str, str]:
    """What a dialect says of a condition."""
    said: dict[str, str] = {}
    for case in [each.name for each in BY_ID[name].cases] or [""]:
        refused = rule.refuses(case)
        said[f"{name}: {case}" if case else name] = "" if refused is None else word_of(refused)
    own = (f"{parameter}: {code}" for parameter, code in sorted(rule.parameters.items()))
    said[f"code of {name}"] = ", ".join([*rule.code, *own])
    said[f"dry run, {name}"] = {"skips": "passes over it", "looks": "looks at it"}.get(rule.dry_run or "", "")
    return said


def _others(pins: LearnedDialect) -> dict[str, str]:
    said = {f"message {key}": text for key, text in pins.messages.items()}
    said |= {f"token {use}": str(word) for use, word in known(pins.tokens).items()}
    return said | {f"shows {name}": "yes" if shown else "no" for name, shown in known(pins.response).items()}


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


def to_json(one: LearnedDialect, other: LearnedDialect, found: tuple[DialectDifference, ...]) -> dict[str, Any]:
    """The differences, as data; evidence is that of each file."""
    return {"dialects": [one.name, other.name], "differences": [asdict(each) for each in found]}
