"""A dialect that was learned or matched, in words and as data."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from pbr_conformance.simulator.rules.conditions import BY_ID

from .dialect_writer import to_data
from .learned_dialect import LearnedDialect
from .learning import Learned
from .matching import Match

_WIDEST: Final = 120
_MOST_PAIRS: Final = 6
"""Characters of a line that is printed."""


def summary(pins: LearnedDialect, learned: Learned) -> list[str]:
    """What was learned, in lines."""
    parts = ", ".join(f"{part} {count}" for part, count in learned.requests.items())
    lines = [
        f"{pins.name}: {pins.target}, {pins.date}; {pins.requests:,} requests ({parts})",
        "",
        "MAY, as it is decided:",
    ]
    lines += [f"  {line}" for line in decisions(pins)]
    lines += ["", "Which is answered where several are broken, the first first (a line is no order among its own):"]
    lines += [f"  {number:>2}. {', '.join(layer)}" for number, layer in enumerate(layers(pins), 1)]
    for undecided in pins.undecided:
        if not undecided.apart:
            lines += ["", f"{undecided.why}: {_pairs(undecided.pairs)}"]
    apart = sum(len(each.pairs) for each in pins.undecided if each.apart)
    lines += ["", f"{apart} pairs can't be broken together; the dialect says why."] if apart else []
    lines += [f"not asked: {what}: {why}" for what, why in learned.troubles.items()]
    return [folded for line in lines for folded in fold(line)]


def fold(line: str) -> list[str]:
    """A line in lines of no more than _WIDEST characters, those after the first indented further."""
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return wrap(line, _WIDEST, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    shown = "; ".join(f"{one} and {other}" for one, other in pairs[:_MOST_PAIRS])
    return shown + (f"; and {len(pairs) - _MOST_PAIRS} more" if len(pairs) > _MOST_PAIRS else "")


def decisions(pins: LearnedDialect) -> Iterator[str]:
    """Each MAY that was seen, and how it is decided."""
    for name, rule in pins.conditions.items():
        usual = "" if rule.decision in (None, "unseen") else str(rule.decision)
        cases = ", ".join(f"{case}: {decision}" for case, decision in rule.cases.items())
        code = f" with {' or '.join(rule.code)}" if rule.code and usual == "refuses" else ""
        dry = "; a dry run passes over it" if rule.dry_run == "skips" else ""
        if usual or cases:
            yield f"{name:<26} {usual}{code}" + (f" ({cases})" if usual and cases else cases) + dry + where_open(name)
        elif rule.decision == "unseen":
            yield f"{name:<26} let pass, or never the first to be answered"


def where_open(name: str) -> str:
    """Where a condition is a MAY, in words; empty where it always is one."""
    condition = BY_ID[name]
    usual = "a prefix in a tolerated spelling" if condition.is_law else "always"
    where = condition.decision.where if condition.decision else usual
    return "" if where == "always" else f"; asked where it is a MAY: {where}"


def layers(pins: LearnedDialect) -> list[list[str]]:
    """The conditions of the order: those that nothing comes before, then those that only these do, and so on."""
    names = {name for step in pins.order for name in (step.first, *step.then)}
    found: list[list[str]] = []
    while names:
        first = sorted(name for name in names if not any(name in pins.beats.get(other, ()) for other in names))
        if not first:
            return [*found, sorted(names)]
        found.append(first)
        names -= set(first)
    return found


def to_json(pins: LearnedDialect, learned: Learned) -> dict[str, object]:
    """What was learned, as data: the dialect file's own keys, and how it went."""
    return {
        "dialect": to_data(pins),
        "complete": learned.complete,
        "requests": dict(learned.requests),
        "conditions": learned.conditions,
        "not_asked": learned.troubles,
    }


def matched(match: Match) -> list[str]:
    """Which dialect is spoken, in lines."""
    spent = f"{match.requests} requests, {match.questions} questions, {match.stored} dialects"
    if not match.settled:
        return [f"not settled within the budget: {len(match.spoken)} dialects are left ({spent})", *match.spoken[:20]]
    if len(match.spoken) == 1:
        return [f"{match.spoken[0]} ({spent})"]
    if match.spoken:
        return [f"one of {len(match.spoken)} that nothing that can be asked tells apart ({spent}):", *match.spoken]
    lines = [f"none of them ({spent}); the nearest is {match.nearest}, but:"]
    return lines + [
        f"  {', '.join(each.about)}: {each.expected} there, {each.came} here" for each in match.contradictions
    ]
